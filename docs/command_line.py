"""Sphinx directive ``commands``: a section for each command of ``hbfp``, with its own help."""

import argparse
import os
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

from hbfp_hw.cli.parser import command_parsers

COLUMNS = 90


class Commands(Directive):
    """All commands, in the order of ``hbfp --help``."""

    def run(self) -> list[nodes.Node]:
        os.environ["COLUMNS"] = str(COLUMNS)  # argparse wraps help texts at this width
        return [self._section(name, parser) for name, parser in command_parsers().items()]

    def _section(self, name: str, command: argparse.ArgumentParser) -> nodes.Node:
        section = nodes.section(ids=[nodes.make_id(f"hbfp-{name}")], names=[f"hbfp {name}"])
        section += nodes.title(text=f"hbfp {name}")
        section += nodes.literal_block(text=command.format_help(), language="none")
        return section


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
