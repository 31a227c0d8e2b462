"""Errors of the core and of its users are reported, and driver and core go on afterwards."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from hbfp_hw.booster import BoosterSchedule, Mode
from hbfp_hw.core.registers import ADDRESS_BITS, INPUT_STREAMS, REGISTERS, STREAM_ERRORS
from hbfp_hw.driver import CompiledCore, CoreError, Driver, TableEntry, TransportError
from hbfp_hw.driver.driver import run_to_end
from hbfp_hw.format import Rounding
from hbfp_hw.simulate import ToolError
from tests.driver.products import ENGINE, random_product

PRODUCT = random_product(np.random.default_rng(0), ENGINE, 7, chunks=2)


def exactly(message):
    return f"^{re.escape(message)}$"


class CorruptingCore(CompiledCore):
    """Core that gets one packet of a stream corrupted.

    Members:
        stream: Stream of the next packet to corrupt; empty for none.
        error: Kind of corruption; an unknown kind drops the packet.
    """

    stream, error = "", ""

    async def send(self, stream, packet):
        if stream != self.stream:
            return await super().send(stream, packet)
        self.stream = ""
        beat = 16 if stream in "xw" else 8
        if self.error == "early":
            await super().send(stream, packet[:beat])
            packet = packet[beat:]
        elif self.error == "late":
            packet += bytes(beat)
        elif self.error == "keep":
            packet = packet[:-1]
        else:
            return None
        return await super().send(stream, packet)


@pytest.fixture
def corrupting(design):
    with CorruptingCore(design, pauses=0.2) as core:
        yield core


def check(driver):
    product = random_product(np.random.default_rng(1), ENGINE, 6, chunks=2)
    y = driver.multiply(*product[:3], **product.options)
    assert y.tobytes() == product.golden(ENGINE)


@pytest.mark.parametrize("stream", INPUT_STREAMS)
def test_streams(corrupting, stream):
    """The error names stream and kind. Started products are lost; later ones are right."""
    driver = Driver(corrupting)
    # Whole tiles, so that the last byte of a packet is not padding.
    x, w, c = (np.ones(shape, np.float32) for shape in ((4, 16), (16, 4), (4, 4)))
    for error in STREAM_ERRORS:
        check(driver)
        corrupting.stream, corrupting.error = stream, error
        with pytest.raises(CoreError) as raised:
            driver.finish([driver.start(x, w, c) for _ in range(2)][1])
        field = REGISTERS["error"].field(f"{stream}_{error}")
        found = raised.value
        # The core may refuse the second product because of the error of the first.
        assert found.code & ~REGISTERS["error"].pack(refused=1) == field.mask
        assert (found.names[-1], found.streams) == (field.name, (stream,))
        assert str(found).startswith(f"Core reports error 0x{found.code:08x}: ")
        assert str(found).endswith(f"{field.name} ({field.summary})")
        assert driver.fields("status")["halted"]
        with pytest.raises(CoreError, match=field.name):
            driver.start(x, w, c)
        driver.recover()
        assert driver.read("error") == driver.read("interrupt_status") == 0
    check(driver)


def test_descriptor(driver):
    """An illegal entry of the mode table."""
    driver.write("layer_mode", REGISTERS["layer_mode"].pack(forward=3), index=5)
    for _ in range(2):
        with pytest.raises(CoreError) as raised:
            driver.start(*PRODUCT[:3], table_entry=TableEntry(5))
        assert (raised.value.names, raised.value.streams) == (("descriptor",), ())
    driver.recover()
    check(driver)


@pytest.mark.parametrize("how", ["recover", "reset"])
def test_stopped_in_mid_product(driver, how):
    for _ in range(3):
        started = driver.start(*PRODUCT[:3], **PRODUCT.options)
        driver.start(*PRODUCT[:3], **PRODUCT.options)
        getattr(driver, how)()
        message = "Product must be one that was not lost by an error or a reset"
        with pytest.raises(ValueError, match=exactly(message)):
            driver.finish(started)
        check(driver)


def test_missing_operands(corrupting):
    driver = Driver(corrupting)
    corrupting.stream = "w"
    with pytest.raises(ToolError, match=r"^hbfp_core_\w+ has moved nothing for 1\d+ cycles$"):
        driver.multiply(*PRODUCT[:3])
    driver.recover()
    check(driver)


def test_time_limit(design):
    with CompiledCore(design, timeout=0.0) as core:
        message = f"{design.name} was stopped after its time limit of 0 s"
        with pytest.raises(ToolError, match=exactly(message)):
            Driver(core).multiply(*PRODUCT[:3])


def test_registers(driver):
    address = (1 << ADDRESS_BITS) - 4
    message = f"Register at 0x{address:04x} answers SLVERR"
    with pytest.raises(TransportError, match=exactly(message)):
        driver.read("layer_mode", REGISTERS["layer_mode"].count - 1)
    with pytest.raises(TransportError, match=exactly("Register at 0x0000 answers SLVERR")):
        driver.write("id", 1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": 1 << 32}, ValueError, "Seed must be 0 to 4294967295, not 4294967296"),
        ({"table_entry": TableEntry(64)}, ValueError, "Layer must be 0 to 63, not 64"),
        ({"table_entry": TableEntry(1.0)}, TypeError, "Layer must be an integer, not 1.0"),
        ({"table_entry": TableEntry(0, "backward")}, ValueError, "'backward' is not a valid Pass"),
        (
            {"table_entry": TableEntry(0), "wide_w": True},
            ValueError,
            "Mode must be left out where a layer is given, not "
            f"{Mode(Rounding.NEAREST, wide_x=False, wide_w=True)!r}",
        ),
        ({"c": np.ones((2, 2), np.float32)}, ValueError, "C must be of shape"),
        ({"c": np.ones((2, 2))}, TypeError, "C must be"),
    ],
)
def test_bad_products(driver, options, error, message):
    """Arguments are checked before anything is sent to the core."""
    given = {"x": PRODUCT.x, "w": PRODUCT.w} | options
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        driver.start(**given)
    check(driver)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 65}, "Layers of the schedule must be 1 to 64, not 65"),
        ({"block_size": 8}, "Schedule must have block_size 4, not 8"),
        ({"exponent_bits": 8}, "Schedule must have exponent_bits 10, not 8"),
        ({"name": "fp32"}, "Formats must be HBFP for a mode of the GEMM engine, not FP32"),
    ],
)
def test_bad_schedules(driver, options, message):
    given = {"name": "booster", "layers": 2, "epochs": 1, "block_size": ENGINE.block_size}
    with pytest.raises(ValueError, match=exactly(message)):
        driver.load_modes(BoosterSchedule.preset(**given | options))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"queue": 2}, "Core must have queue 2, not 4"),
        ({"variant": "native"}, "Core must have variant 'native', not 'mixed'"),
        ({"depth": 4}, "Core must have depth 4, not 2"),
        ({"bus_bits": 64}, "Core must have operand_bytes 8, not 16"),
    ],
)
def test_another_core(design, core, wrong, message):
    with pytest.raises(ValueError, match=exactly(message)):
        Driver(core, {**design.description.parameters, **wrong})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"pauses": 1.0}, ValueError, "Pauses must be a probability below 1, not 1.0"),
        ({"seed": -1}, ValueError, "Seed must be 0 to 4294967295, not -1"),
        (
            {"waves": Path("core.txt")},
            ValueError,
            "Waves must be a .fst or .vcd file, not 'core.txt'",
        ),
    ],
)
def test_bad_simulations(design, options, error, message):
    with pytest.raises(error, match=exactly(message)):
        CompiledCore(design, **options)


def test_bad_calls_of_a_transport(design):
    with CompiledCore(design) as core:
        for packet in (bytearray(4), memoryview(b"1234"), "1234", None):
            message = f"Packet must be bytes, not {type(packet).__name__}"
            with pytest.raises(TypeError, match=exactly(message)):
                run_to_end(core.send("x", packet))
        for address, word, message in (
            (0, 2**32, "Word must be 0 to 4294967295, not 4294967296"),
            (0, -1, "Word must be 0 to 4294967295, not -1"),
            (2**32, 0, "Address must be 0 to 4294967295, not 4294967296"),
        ):
            with pytest.raises(ValueError, match=exactly(message)):
                run_to_end(core.write(address, word))
        sending = core.send("x", b"")
        with pytest.raises(ValueError, match=exactly("Packet must have bytes, not none")):
            sending.send(None)
    message = f"Core must be one that was not closed, not {design.name!r}"
    with pytest.raises(ValueError, match=exactly(message)):
        Driver(core)


def test_another_design(design):
    other = dataclasses.replace(
        design, description=dataclasses.replace(design.description, unit="gemm")
    )
    with pytest.raises(ValueError, match=exactly(f"Design must be a core, not {design.name!r}")):
        CompiledCore(other)


def test_transport_that_yields(core):
    class Asynchronous(CompiledCore):
        async def read(self, address):
            await Pause()

    class Pause:
        def __await__(self):
            yield

    core.__class__ = Asynchronous
    message = "Transport must be one that blocks; use AsyncDriver for one that yields"
    with pytest.raises(TypeError, match=exactly(message)):
        Driver(core)
