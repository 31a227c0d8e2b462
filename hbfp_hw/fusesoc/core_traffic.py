"""Traffic of the core: register accesses, and the operands and results as AXI4-Stream packets."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hbfp_hw.core.packets import beats, packets
from hbfp_hw.core.registers import IDENTIFICATION, INPUT_STREAMS, REGISTERS
from hbfp_hw.cosim.batch import Batch
from hbfp_hw.cosim.vectors.core import CoreVectors
from hbfp_hw.driver.mode import SIZE_REGISTERS, packed_mode
from hbfp_hw.driver.parameters import CoreParameters
from hbfp_hw.fusesoc.channels import Access, Channel, Traffic, packed
from hbfp_hw.fusesoc.products import draw_products, good_descriptors, schedule_of
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.rtl.fields import Field

BAD_DESCRIPTOR = REGISTERS["error"].pack(descriptor=1)
"""Word of the register ``error`` after a bad descriptor."""

ALL_INTERRUPTS = REGISTERS["interrupt_status"].pack(done=1, error=1)


def core_traffic(description: DesignDescription, rng: Generator) -> Traffic:
    """Return products on a core, every second one with a mode from the mode table."""
    given = CoreParameters.from_description(description.parameters)
    batch = draw_products(CoreVectors(description), rng)
    sizes: dict[str, list[int]] = {"x": [], "w": [], "c": [], "y": []}
    for descriptor in good_descriptors(batch):
        schedule = schedule_of(given.engine, descriptor)
        cut, chunks = packets(schedule), len(schedule.chunks)
        sizes["x"] += cut.x
        sizes["w"] += cut.w
        sizes["c"] += cut.results * (chunks - 1 + descriptor["accumulate"])
        sizes["y"] += cut.results * chunks
    items = {name: batch.inputs[f"i_{name}"]["values"] for name in INPUT_STREAMS}
    items["y"] = batch.expected["o"]["values"]
    beat = dict.fromkeys("xw", given.operand_bytes) | dict.fromkeys("cy", given.row_bytes)
    channels = [_stream(name, beat[name], items[name], sizes[name]) for name in items]
    return Traffic(channels, _accesses(batch, given.layers))


def _stream(letter: str, size: int, items: NDArray[Any], packet_sizes: list[int]) -> Channel:
    """Return the channel of an AXI4-Stream.

    Padding bytes are unknown, and their bits of ``tkeep`` are deasserted.

    Parameters:
        letter: Name of the stream: "x", "w", "c" or "y".
        size: Bytes of a beat.
        items: Values of each item; values that the core must ignore are masked.
        packet_sizes: Items of each packet.
    """
    output = letter == "y"
    name = f"m_axis_{letter}" if output else f"s_axis_{letter}"
    values = items.shape[1]
    count = beats(32 * values, 8 * size)
    padding = count * size // 4 - values
    shape = (len(items) * count, size // 4)
    masked = np.pad(np.ma.getmaskarray(items), ((0, 0), (0, padding)), constant_values=True)
    data = np.pad(np.ma.getdata(items), ((0, 0), (0, padding)))
    unknown = masked.reshape(shape)
    last = np.zeros(len(items) * count, np.uint8)
    last[np.cumsum(packet_sizes, dtype=np.intp) * count - 1] = 1
    fields = [
        Field(name="tdata", offset=0, width=32, count=size // 4, signed=False),
        Field(name="tkeep", offset=8 * size, width=4, count=size // 4, signed=False),
        Field(name="tlast", offset=9 * size, width=1, count=1, signed=False),
    ]
    payload = {
        "tdata": np.ma.array(data.reshape(shape), mask=unknown),
        "tkeep": np.where(unknown, 0, 15),
        "tlast": last,
    }
    ports = ((f"{name}_tdata", 8 * size), (f"{name}_tkeep", size), (f"{name}_tlast", 1))
    words = packed(fields, payload)
    return Channel(name, output, ports, f"{name}_tvalid", f"{name}_tready", *words)


def _accesses(batch: Batch, layers: int) -> list[Access]:
    """Return the register accesses: they start all products and check errors and interrupt."""
    made = [
        _read("id", IDENTIFICATION),
        _write("interrupt_enable", REGISTERS["interrupt_enable"].pack(done=1, error=1)),
    ]
    errors = batch.expected["o_status"]["error"]
    fields = batch.inputs["i_descriptor"]
    for number, refused in enumerate(errors.tolist()):
        given = {name: int(values[number]) for name, values in fields.items()}
        word = packed_mode(given)
        mode = {"accumulate": given["accumulate"], "word": word}
        if number % 2 == 0:
            layer, product = number % layers, number % 3
            field = REGISTERS["layer_mode"].fields[product]
            address = REGISTERS["layer_mode"].address + 4 * layer
            made.append(Access("write", address, word << field.offset))
            mode |= {"from_table": 1, "layer": layer, "product": product, "word": 0}
        made += [_write(name, given[name]) for name in SIZE_REGISTERS]
        made += [_write("mode", REGISTERS["mode"].pack(**mode)), _write("start", 1)]
        made.append(_read("error", BAD_DESCRIPTOR if refused else 0))
        if refused:
            made += [
                Access("interrupt", value=1),
                _write("error", BAD_DESCRIPTOR),
                _read("error", 0),
            ]
    done = int((errors == 0).sum())
    return [
        *made,
        Access("wait"),
        _read("products", done),
        _read("error", 0),
        Access("interrupt", value=1),
        _read("interrupt_status", ALL_INTERRUPTS),
        _write("interrupt_status", ALL_INTERRUPTS),
        _read("interrupt_status", 0),
        Access("interrupt", value=0),
    ]


def _write(name: str, value: int) -> Access:
    return Access("write", REGISTERS[name].address, value)


def _read(name: str, value: int) -> Access:
    return Access("read", REGISTERS[name].address, value)
