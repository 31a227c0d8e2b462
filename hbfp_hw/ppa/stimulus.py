"""Operand streams of a unit: the operands of a real matrix product, in their real order.

Every unit computes one output element after the other with K ascending, and takes its own running
sum as addend: blocks along K for HBFP units, one element or one group of lanes for the baselines.
The histories of operands and sums therefore decide the switching energy in all units alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hbfp_hw.booster.recorded import Matrices
from hbfp_hw.cosim.batch import FieldArrays
from hbfp_hw.format import check_integer
from hbfp_hw.generation.description import DesignDescription
from hbfp_hw.generation.payload import pack
from hbfp_hw.generation.verilog import describe
from hbfp_hw.golden.gemm import check_operands
from hbfp_hw.ppa.block_operands import AccumulateOperands, DotOperands, FP32Operands, MACOperands
from hbfp_hw.ppa.convert_operands import ConvertOperands
from hbfp_hw.ppa.number_operands import BF16Operands, FP32MACOperands, INT8Operands
from hbfp_hw.ppa.windows import Places, Windows
from hbfp_hw.rtl.fields import Field
from hbfp_hw.rtl.unit import Unit

MOST_TRANSFERS = 1 << 24
"""Most transfers of a stimulus; more would not fit the memory of a small machine."""

X_DEVIATION, W_DEVIATION = 1.0, 0.05
"""Standard deviations of the default operands."""


@dataclass(frozen=True)
class Stimulus:
    """Input bits of a unit in every cycle, and the output bits that the golden model expects.

    Streams are independent runs, simulated side by side. Bit 0 of a payload comes first.

    Members:
        inputs: Bits of each input payload by the name of its port, shape (streams, cycles, bits).
        expected: Bits of ``o__payload`` that belong to the inputs of the same cycle, shape
            (streams, cycles, bits). For ``accumulate`` it is the running sum after each transfer.
            A NaN is the canonical NaN, as in the hardware.
        macs: Mean number of multiply-adds of the product per transfer: K over the transfers of an
            output element. It is less than the lanes of the unit if the last block of K is not
            full. For ``convert`` it is the mean number of values. 0 for random vectors.
    """

    inputs: Mapping[str, NDArray[np.bool_]]
    expected: NDArray[np.bool_]
    macs: float

    @property
    def payload(self) -> NDArray[np.bool_]:
        """Bits of ``i__payload``, shape (streams, cycles, bits)."""
        return self.inputs["i__payload"]


class ProductOperands(Protocol):
    """The operands of a matrix product as a unit takes them, transfer by transfer.

    Members:
        elements: Output elements of the product.
        steps: Transfers per output element.
        zero: The sum before the first transfer of an element, an array of shape ().
    """

    elements: int
    steps: int
    zero: NDArray[Any]

    def add(self, places: Places, sums: NDArray[Any]) -> NDArray[Any]:
        """Return the sums after these transfers, computed as the unit does."""

    def inputs(self, places: Places, sums: NDArray[Any]) -> dict[str, FieldArrays]:
        """Return the payload fields of each input stream; ``sums`` are those before."""

    def results(self, places: Places, sums: NDArray[Any]) -> FieldArrays:
        """Return the fields of the output stream; ``sums`` are those after the transfers."""


class _Maker(Protocol):
    def __call__(
        self, description: DesignDescription, x: NDArray[np.float32], w: NDArray[np.float32]
    ) -> ProductOperands: ...


MAKERS: dict[str, _Maker] = {
    "convert": ConvertOperands,
    "dot": DotOperands,
    "fp32": FP32Operands,
    "accumulate": AccumulateOperands,
    "mac": MACOperands,
    "fp32_mac": FP32MACOperands,
    "bf16_mac": BF16Operands,
    "int8_mac": INT8Operands,
}
"""Operands of each unit that has streams of a product."""


def normal_matrices(
    seed: int, *, rows: int = 64, length: int = 1024, columns: int = 64
) -> Matrices:
    """Return normal operands, the default: X with a standard deviation of 1, W with one of 0.05.

    Parameters:
        seed: Seed of the values.
        rows, length, columns: M, K and P.
    """
    rng = np.random.default_rng(seed)
    x = X_DEVIATION * rng.standard_normal((rows, length))
    w = W_DEVIATION * rng.standard_normal((length, columns))
    return Matrices(x.astype(np.float32), w.astype(np.float32))


def check_unit(unit: Unit) -> None:
    """Raise unless the unit has operands of a product.

    Raises:
        TypeError: It is not a unit.
        ValueError: It is none of the units in :data:`MAKERS`.
    """
    if not isinstance(unit, Unit):
        raise TypeError(f"Unit must be a Unit, not {unit!r}")
    if unit.unit not in MAKERS:
        raise ValueError(f"Unit must be one of {', '.join(MAKERS)}, not {unit.unit!r}")


def check_matrices(x: NDArray[np.float32], w: NDArray[np.float32]) -> None:
    """Raise unless X and W are operands of a product of finite numbers.

    Raises:
        TypeError: One is not a float32 array.
        ValueError: One is not a matrix, is empty or not finite, or the shapes do not fit.
    """
    check_operands(x, w, None)
    for name, matrix in (("X", x), ("W", w)):
        wrong = np.argwhere(~np.isfinite(matrix))
        if len(wrong):
            row, column = wrong[0].tolist()
            found = float(matrix[row, column])
            raise ValueError(f"{name} must be finite, not {found!r} at ({row}, {column})")


def operand_streams(
    unit: Unit,
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    *,
    streams: int,
    cycles: int,
    seed: int,
) -> Stimulus:
    """Return streams of the operands of X · W as this unit takes them.

    Each stream is a window of consecutive transfers, at a random place of the product. The running
    sum has its real value from the first cycle of a window. Operands are rounded to the unit's own
    format: blocks by the golden converter (to nearest), BF16 to nearest even, INT8 by one scale per
    matrix that maps the largest magnitude to 127. Lanes beyond K are +0. ``convert`` takes the rows
    of X, then the columns of W.

    Parameters:
        unit: One of the units in :data:`MAKERS`.
        x: Left operand, float32, shape (M, K).
        w: Right operand, float32, shape (K, P).
        streams: Number of streams.
        cycles: Transfers of each stream.
        seed: Seed of the places.

    Raises:
        TypeError: A parameter is of the wrong kind.
        ValueError: The unit has no such operands, an operand is not a finite matrix, the shapes do
            not fit, a number is out of range, or the product has fewer transfers than a stream.
    """
    check_unit(unit)
    check_matrices(x, w)
    check_integer("Streams", streams, 1, MOST_TRANSFERS)
    check_integer("Cycles", cycles, 1, MOST_TRANSFERS // streams)
    check_integer("Seed", seed, 0, 2**32 - 1)
    description = describe(unit)
    operands = MAKERS[unit.unit](description, x, w)
    total = operands.elements * operands.steps
    if total < cycles:
        raise ValueError(
            f"Product of X and W must have at least {cycles} transfers for {unit.unit}, as many as "
            f"a stream has cycles, not {total!r}"
        )
    windows = Windows.draw(
        operands.elements, operands.steps, streams=streams, cycles=cycles, seed=seed
    )
    before, after = _running_sums(operands, windows)
    places = windows.places()
    shape = streams, cycles
    inputs = {
        f"{name}__payload": payload_bits(description, name, fields, shape)
        for name, fields in operands.inputs(places, before).items()
    }
    expected = payload_bits(description, "o", operands.results(places, after), shape)
    return Stimulus(inputs, expected, x.shape[1] / operands.steps)


def _running_sums(operands: ProductOperands, windows: Windows) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the running sum before and after every transfer of the windows."""
    touched = windows.elements.reshape(-1)
    sums = np.empty((windows.steps + 1, len(touched)), operands.zero.dtype)
    sums[0] = operands.zero
    for step in range(windows.steps):
        places = Places(touched, np.full(len(touched), step))
        sums[step + 1] = operands.add(places, sums[step])
    shape = (*windows.elements.shape, windows.steps)
    before, after = (np.ascontiguousarray(part.T).reshape(shape) for part in (sums[:-1], sums[1:]))
    return windows.cut(before), windows.cut(after)


def payload_bits(
    description: DesignDescription, stream: str, values: FieldArrays, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return the payloads of a stream as bits, shape (streams, cycles, bits), bit 0 first.

    Parameters:
        description: Description of the unit.
        stream: Name of the stream.
        values: Integers of each field, shape (streams * cycles, ...); further fields are ignored.
        shape: Streams and cycles.
    """
    layout = description.streams[stream]
    fields: Sequence[Field] = layout.fields
    words = pack(fields, {field["name"]: values[field["name"]] for field in fields})
    raw = np.ascontiguousarray(words, "<u4").view(np.uint8)
    bits = np.unpackbits(raw, axis=1, bitorder="little", count=layout.payload_bits)
    return bits.astype(bool).reshape(*shape, layout.payload_bits)
