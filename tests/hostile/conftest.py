"""The fixtures of the command line."""

from tests.cli.conftest import folder, hbfp

__all__ = ["folder", "hbfp"]
