"""Arguments of ``hbfp units``: none of its own."""

import argparse

EXAMPLES = ("hbfp units", "hbfp units --json          with ports")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has only ``--json``."""
