"""Arguments of each command: ``EXAMPLES``, and ``add_arguments(parser)``.

These modules import catalogs and settings for the choices and defaults that they name. They import
nothing that simulates, synthesises, draws or trains, because that takes seconds.
"""
