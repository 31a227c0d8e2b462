"""The driver on a mapped core: the device is a file of registers and the golden model."""

import re

import numpy as np
import pytest

from hbfp_hw.booster import Mode
from hbfp_hw.core.packets import packets
from hbfp_hw.core.registers import ADDRESS_BITS, DESCRIPTOR, IDENTIFICATION, REGISTERS, WORD_BYTES
from hbfp_hw.driver import Driver, MappedCore, TransportError
from hbfp_hw.engine import Engine, Variant
from hbfp_hw.format import Rounding
from hbfp_hw.rtl.core import Core
from tests.driver.products import Product, random_product

ENGINE = Engine(Variant.NATIVE, rows=3, columns=5, block_size=4, depth=4, panel_tiles=2)
NEVER = 0xDEADBEEF


class Device:
    """Model of a core that computes Y with the golden model when it is asked for.

    It reads the operands in the order of the engine's streams, independently of the driver.
    """

    def __init__(self, path):
        path.write_bytes(bytes(1 << ADDRESS_BITS))
        self.words = np.memmap(path, np.uint32, "r+")
        for name, word in Core(ENGINE).constants.items():
            self[name] = word
        self["status"] = REGISTERS["status"].pack(free=1)
        self["start"] = NEVER
        self.polls = 0
        self.resets = 0
        self.clear()

    def __getitem__(self, name):
        return int(self.words[REGISTERS[name].address // WORD_BYTES])

    def __setitem__(self, name, word):
        self.words[REGISTERS[name].address // WORD_BYTES] = word

    def clear(self):
        self.sent = {"x": [], "w": [], "c": []}
        self.ready = []

    def send(self, stream, packet):
        self.sent[stream].append(packet)

    def receive(self, size):
        if not self.ready and self.sent["x"] and self.polls:
            self.compute()
        return self.ready.pop(0) if self.ready else None

    def wait(self):
        self.polls += 1

    def reset(self):
        self.resets += 1
        self.clear()

    def compute(self):
        assert self["start"] == 0, "not started"
        given = {name: self[name] for name in DESCRIPTOR}
        size = ENGINE.block_size
        length = (given["blocks"] - 1) * size + given["lanes"]
        schedule = ENGINE.schedule(given["rows"], length, given["columns"])
        assert given["chunk"] == schedule.chunk == schedule.blocks
        cut = packets(schedule)
        floats = {name: np.frombuffer(b"".join(sent), "<f4") for name, sent in self.sent.items()}
        assert [len(packet) // (4 * size) for packet in self.sent["x"]] == cut.x

        def lines(values, order, count):
            blocks = np.empty((count * schedule.blocks, size), np.float32)
            blocks[order] = values.reshape(-1, size)
            return blocks.reshape(count, -1)[:, :length]

        x = lines(floats["x"], schedule.x_order(), given["rows"])
        w = lines(floats["w"], schedule.w_order(), given["columns"]).T
        mode = REGISTERS["mode"].unpack(given["mode"])
        word = mode["word"]
        c = None
        if mode["accumulate"]:
            c = schedule.from_tiles(floats["c"].reshape(-1, ENGINE.columns))
        how = Mode(Rounding(word & 3), bool(word & 4), bool(word & 8))
        product = Product(x, np.ascontiguousarray(w), c, how, given["seed"])
        y = np.frombuffer(product.golden(ENGINE), np.float32).reshape(given["rows"], -1)
        tiles = np.split(schedule.to_tiles(y), np.cumsum(cut.results)[:-1])
        self.ready = [tile.tobytes() for tile in tiles]
        self.sent = {"x": [], "w": [], "c": []}
        self.polls = 0
        self["start"] = NEVER


@pytest.fixture
def device(tmp_path):
    return Device(tmp_path / "registers")


@pytest.fixture
def mapped(device):
    core = MappedCore(
        device.words.filename,
        device.send,
        device.receive,
        wait=device.wait,
        stop=device.clear,
        reset=device.reset,
    )
    yield core
    core.close()


def test_products(device, mapped):
    driver = Driver(mapped, Core(ENGINE).parameters)
    assert device["interrupt_enable"] == REGISTERS["interrupt_enable"].mask
    for number in range(24):
        product = random_product(np.random.default_rng(number), ENGINE, number, chunks=1)
        y = driver.multiply(*product[:3], **product.options)
        assert y.tobytes() == product.golden(ENGINE)


def test_counter_that_runs(device):
    """The low word of a counter overflows while the counter is read."""
    first = REGISTERS["cycles"].address // WORD_BYTES
    device.words[first : first + 2] = 0xFFFFFFFF, 3

    class Running(MappedCore):
        async def read(self, address):
            word = await super().read(address)
            if address == REGISTERS["cycles"].address:
                device.words[first : first + 2] = 1, 4
            return word

    core = Running(device.words.filename, device.send, device.receive)
    assert Driver(core).counters()["cycles"] == 4 << 32 | 1
    core.close()


def test_stopping(device, mapped):
    driver = Driver(mapped)
    product = random_product(np.random.default_rng(0), ENGINE, 0, chunks=1)
    driver.start(*product[:3])
    driver.recover()
    assert not device.sent["x"]
    assert device["error"] == REGISTERS["error"].mask  # a file keeps the word written to it
    assert device["control"] == 0
    driver.reset()
    assert device.resets == 1


def test_patience(device):
    core = MappedCore(device.words.filename, device.send, lambda _: None, timeout=0.0)
    driver = Driver(core)
    product = random_product(np.random.default_rng(0), ENGINE, 0, chunks=1)
    with pytest.raises(TimeoutError, match=f"^{re.escape('Core gave no packet in 0 s')}$"):
        driver.multiply(*product[:3])
    with pytest.raises(ValueError, match=r"^Reset must be given to reset the core, not None$"):
        driver.reset()
    core.close()


def test_packet_of_another_size(device):
    core = MappedCore(device.words.filename, device.send, lambda size: bytes(size - 1))
    product = random_product(np.random.default_rng(0), ENGINE, 0, chunks=1)
    message = r"^Packet of Y must be of (\d+) bytes, not \d+$"
    with pytest.raises(TransportError, match=message):
        Driver(core).multiply(*product[:3])
    core.close()


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("id", 0, f"Core must identify itself as 0x{IDENTIFICATION:08x}, not 0x00000000"),
        ("version", 2 << 16, "Register map must be of major version 1, not 2"),
        ("array", 0, "Rows must be 1 to 64, not 0"),
    ],
)
def test_no_core(device, mapped, name, word, message):
    device[name] = word
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Driver(mapped)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        MappedCore(tmp_path / "none", lambda *_: None, lambda _: None)
