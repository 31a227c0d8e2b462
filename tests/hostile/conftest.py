"""Fixtures of the command line, for these tests."""

from tests.cli.conftest import folder, hbfp

__all__ = ["folder", "hbfp"]
