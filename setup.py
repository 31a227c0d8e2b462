"""Packages and compiled code of the build. Everything else is in pyproject.toml.

The folder ``sim`` is installed as ``hbfp_hw.sim``, which a declarative search cannot express.
"""

from setuptools import Extension, find_packages, setup

NATIVE = "hbfp_hw/golden/native"

setup(
    packages=[
        *find_packages(include=["hbfp_hw", "hbfp_hw.*"]),
        "hbfp_hw.sim",
        *(f"hbfp_hw.sim.{name}" for name in find_packages("sim")),
    ],
    ext_modules=[
        # A plain shared library, which ctypes loads: see library.py there.
        Extension(
            "hbfp_hw.golden.native._library",
            sources=[f"{NATIVE}/convert.cpp", f"{NATIVE}/multiply.cpp"],
            depends=[
                f"{NATIVE}/{name}.h"
                for name in ("native", "convert_blocks", "multiply_kinds", "multiply_tile")
            ],
            # No option for a processor: the code checks its features at run time. Every rounding
            # must stay as written, so contraction is off; errno and traps are not used.
            extra_compile_args=[
                *("-std=c++17", "-O3", "-ffp-contract=off", "-fno-math-errno"),
                *("-fno-trapping-math", "-fno-exceptions", "-fno-rtti", "-Wno-psabi"),
            ],
            optional=True,  # without a compiler NumPy computes
        )
    ],
)
