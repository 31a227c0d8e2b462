"""Check of the core's registers against the register map."""

from cocotbext.axi import AxiResp

from hbfp_hw.core.register import Access
from hbfp_hw.core.registers import ADDRESS_BITS, DESCRIPTOR, REGISTERS, WORD_BYTES
from hbfp_hw.sim.bench import design_parameters, generator
from hbfp_hw.sim.core_bench import WORD, CoreBench
from hbfp_hw.sim.products import design_engine


async def check_registers(bench: CoreBench) -> None:
    """Compare every register with the register map: constants, access and unknown addresses."""
    rng = generator("registers")
    await bench.start()
    given, engine = design_parameters(), design_engine()
    assert await bench.read("id") == int.from_bytes(b"HBFP", "big")
    array, block = await bench.fields("array"), await bench.fields("block")
    native = engine.variant.value == "native"
    assert array == {"rows": engine.rows, "columns": engine.columns, "native": native}
    assert block["size"] == engine.block_size
    assert block["exponent_bits"] == engine.exponent_bits
    assert block["random_bits"] == given["random_bits"]
    buffers = {"depth": engine.depth, "panel_tiles": engine.panel_tiles}
    assert await bench.fields("buffers") == buffers
    limits = {"queue": given["queue"], "layers": given["layers"]}
    assert await bench.fields("limits") == limits
    assert await bench.fields("status") == {"busy": 0, "halted": 0, "free": given["queue"]}
    sizes = {
        "operand_bytes": len(bench.dut.s_axis_x_tkeep),
        "row_bytes": len(bench.dut.m_axis_y_tkeep),
    }
    assert await bench.fields("bus") == sizes

    known, seen = set(), set()
    for register in REGISTERS.values():
        count = given["layers"] if register.name == "layer_mode" else register.count
        known |= {register.address + WORD_BYTES * index for index in range(count)}
        address = register.address + WORD_BYTES * int(rng.integers(count))
        before = (await bench.axil.read(address, WORD_BYTES)).data
        word, first, size = rng.bytes(WORD_BYTES), int(rng.integers(4)), 1
        if register.name == "control":
            word = bytes(WORD_BYTES)
        size = int(rng.integers(1, WORD_BYTES - first + 1))
        answer = await bench.axil.write(address + first, word[first : first + size])
        after = await bench.axil.read(address, WORD_BYTES)
        assert after.resp == AxiResp.OKAY
        seen.add(register.access)
        good = AxiResp.SLVERR if register.access is Access.READ else AxiResp.OKAY
        assert answer.resp == good, register.name
        if register.access is Access.READ_WRITE:
            mixed = before[:first] + word[first : first + size] + before[first + size :]
            mask = WORD if register.name in DESCRIPTOR else register.mask
            expected = int.from_bytes(mixed, "little") & mask
            assert int.from_bytes(after.data, "little") == expected, register.name
        elif register.access is Access.COMMAND:
            assert not any(after.data)
    assert seen == set(Access)
    unknown = set(range(0, 1 << ADDRESS_BITS, WORD_BYTES)) - known
    for address in rng.choice(sorted(unknown), 20):
        answer = await bench.axil.write(int(address), bytes(WORD_BYTES))
        assert answer.resp == AxiResp.SLVERR, address
        assert (await bench.axil.read(int(address), WORD_BYTES)).resp == AxiResp.SLVERR, address
