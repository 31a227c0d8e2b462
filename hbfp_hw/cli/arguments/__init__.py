"""Arguments of each command: ``EXAMPLES``, and ``add_arguments(parser)``.

These modules name choices and defaults, so they import catalogues and settings, but nothing that
simulates, synthesises, draws or trains.
"""
