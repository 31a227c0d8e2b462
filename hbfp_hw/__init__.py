"""Hybrid block floating point in hardware: golden model, RTL generation and simulation.

The number format and the golden model are here. Hardware is in :mod:`hbfp_hw.rtl`, its Verilog in
:mod:`hbfp_hw.generation`, simulators in :mod:`hbfp_hw.simulate`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hbfp_hw.format import Block, HBFPFormat, Rounding
    from hbfp_hw.golden import Blocks, DotProduct, accumulate, convert, dot, gemm, multiply

    __version__: str

_MODULES = {
    **dict.fromkeys(("Block", "HBFPFormat", "Rounding"), "hbfp_hw.format"),
    **dict.fromkeys(
        ("Blocks", "DotProduct", "accumulate", "convert", "dot", "gemm", "multiply"),
        "hbfp_hw.golden",
    ),
}
"""Module of each public name. It is imported when the name is first used (PEP 562).

A program that needs only a part of the package, such as ``hbfp --help``, thus loads no Amaranth.
"""

__all__ = [
    "Block",
    "Blocks",
    "DotProduct",
    "HBFPFormat",
    "Rounding",
    "__version__",
    "accumulate",
    "convert",
    "dot",
    "gemm",
    "multiply",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _version()
    elif name in _MODULES:
        value = getattr(import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("hbfp_hw")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
