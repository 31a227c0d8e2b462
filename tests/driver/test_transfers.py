"""Packets and register words of a product are those that docs/core.md defines."""

import numpy as np
import pytest

from hbfp_hw.core.packets import packets
from hbfp_hw.core.registers import DESCRIPTOR, REGISTERS
from hbfp_hw.driver import CoreParameters
from hbfp_hw.driver.transfers import product_transfers
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.golden.convert import split
from hbfp_hw.rtl.core import Core

ENGINES = (
    (Engine(Variant.MIXED, 2, 3, 4, depth=4, panel_tiles=2), {"queue": 2}),
    (Engine(Variant.NATIVE, 3, 5, 7, exponent_bits=8, depth=2, panel_tiles=1), {"bus_bits": 64}),
    (Engine(Variant.MIXED, 4, 7, 33), {"bus_bits": 32, "random_bits": 3, "layers": 1024}),
)


@pytest.mark.parametrize(("engine", "options"), ENGINES)
def test_registers_and_description_say_the_same(engine, options):
    core = Core(engine, **options)
    fields = {name: REGISTERS[name].unpack(word) for name, word in core.constants.items()}
    assert CoreParameters.from_registers(fields) == CoreParameters.from_description(core.parameters)


@pytest.mark.parametrize(("engine", "options"), ENGINES[:2])
def test_transfers(engine, options):
    """The packets follow the order of the engine's streams, which is computed independently."""
    parameters = CoreParameters.from_description(Core(engine, **options).parameters)
    rng, size = np.random.default_rng(0), engine.block_size
    rows, length, columns = 3 * engine.rows * engine.panel_tiles - 1, 5 * engine.depth * size - 1, 8
    shapes = (rows, length), (length, columns), (rows, columns)
    x, w, c = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    transfers = product_transfers(parameters, x, w, c, 17)
    schedule = engine.schedule(rows, length, columns)
    assert len(schedule.chunks) == 5
    assert len(schedule.panels) == 3
    assert set(transfers.words) == set(DESCRIPTOR) - {"mode"}
    assert transfers.words["lanes"] == size - 1
    cut = packets(schedule)

    def items(planned, values, beat):
        """Return the items of each packet and the bytes of their values; check the padding."""
        width = -(-4 * values // beat) * beat
        data = np.frombuffer(b"".join(planned), np.uint8).reshape(-1, width)
        assert not data[:, 4 * values :].any()
        return [len(packet) // width for packet in planned], data[:, : 4 * values].tobytes()

    blocks_x = split(x, size).reshape(-1, size)[schedule.x_order()]
    assert items(transfers.x, size, parameters.operand_bytes) == (cut.x, blocks_x.tobytes())
    blocks_w = split(np.ascontiguousarray(w.T), size).reshape(-1, size)[schedule.w_order()]
    assert items(transfers.w, size, parameters.operand_bytes) == (cut.w, blocks_w.tobytes())
    lines, firsts = schedule.result_rows()
    padded = np.pad(c, ((0, 0), (0, engine.columns)))
    tiles = np.stack(
        [padded[i, j : j + engine.columns] for i, j in zip(lines, firsts, strict=True)]
    )
    found = items(transfers.start, engine.columns, parameters.row_bytes)
    assert found == (cut.results, tiles.tobytes())
    assert transfers.result(transfers.start).tobytes() == c.tobytes()
    assert transfers.results == [len(packet) for packet in transfers.start]
    assert transfers.returned == 4 * len(cut.results)
