"""Bundles: many designs in one, so that tests compile them together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hbfp_hw.cosim.library import BatchRun, DesignLibrary
from hbfp_hw.generation.description import DesignDescription, Port
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.payload import words_of

PARTS = ("valid", "ready", "payload")


def bundle(designs: Mapping[str, Design], shared: Mapping[str, int] | None = None) -> Design:
    """Return a design that contains other designs, whose ports are streams.

    Parameters:
        designs: The designs; the key and an underscore precede the names of the streams.
        shared: Widths of further inputs that all designs have.
    """
    shared = shared or {}
    ports, body, streams, controls = ["input clk", "input rst"], [], {}, []
    for prefix, design in designs.items():
        given = {port.name: port for port in design.description.ports}
        pins = [f".{name}({name})" for name in ("clk", "rst") if name in given]
        pins += [f".{name}({name})" for name in shared]
        for name, stream in design.description.streams.items():
            streams[f"{prefix}_{name}"] = stream
            for part in PARTS:
                port = given[f"{name}__{part}"]
                ports.append(f"{port.direction}put [{port.width - 1}:0] {prefix}_{name}__{part}")
                pins.append(f".{name}__{part}({prefix}_{name}__{part})")
        body.append(f"  {design.name} {prefix}({', '.join(pins)});")
        lines = design.control.replace(f'"*{design.name}.v"', '"*bundle.v"').splitlines()
        controls += [line for line in lines[1:] if not line.startswith("public_flat_rw")]
    ports += [f"input [{width - 1}:0] {name}" for name, width in shared.items()]
    top = [f"module bundle({', '.join(ports)});", *body, "endmodule", ""]
    verilog = "\n".join([*(design.verilog for design in designs.values()), *top])
    control = "\n".join(["`verilator_config", *dict.fromkeys(controls), ""])
    description = DesignDescription(
        "bundle", "", streams=streams, ports=[Port(name, "in", 1) for name in ("clk", "rst")]
    )
    return Design("bundle", verilog, description, control)


class Part:
    """One design of a compiled bundle, with the interface of a design compiled alone.

    Parameters:
        path: Library of the bundle.
        description: Description of the bundle.
        prefix: Prefix of the design's streams.
    """

    def __init__(self, path: Path, description: DesignDescription, prefix: str):
        self._library = DesignLibrary(path, description)
        self._prefix = prefix
        self.streams = {
            name.removeprefix(prefix): stream
            for name, stream in self._library.streams.items()
            if name.startswith(prefix)
        }

    def pack(self, stream: str, *rest: Any) -> np.ndarray:
        return self._library.pack(self._prefix + stream, *rest)

    def run(
        self,
        inputs: Mapping[str, np.ndarray],
        expected: Mapping[str, int],
        *,
        stalls: Mapping[str, np.ndarray],
        **rest: Any,
    ) -> BatchRun:
        nothing = {
            name: np.zeros((0, words_of(stream.payload_bits)), np.uint32)
            for name, stream in self._library.streams.items()
        }
        named = {self._prefix + name: words for name, words in inputs.items()}
        wanted = {self._prefix + name: count for name, count in expected.items()}
        run = self._library.run(
            {name: named.get(name, nothing[name]) for name in nothing},
            {name: wanted.get(name, 0) for name in self._library.streams},
            stalls={self._prefix + name: pattern for name, pattern in stalls.items()},
            **rest,
        )
        outputs = {name: run.outputs[self._prefix + name] for name in expected}
        return run._replace(outputs=outputs)
