"""Packages and compiled code of the build; everything else stands in pyproject.toml.

The folder ``sim`` is installed as ``hbfp_hw.sim``, which the declarative search cannot express.
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
        # No module of Python's, but a library that needs no header of its: see library.py there.
        Extension(
            "hbfp_hw.golden.native._library",
            sources=[f"{NATIVE}/convert.cpp", f"{NATIVE}/multiply.cpp"],
            depends=[
                f"{NATIVE}/{name}.h"
                for name in ("native", "convert_tile", "multiply_kinds", "multiply_tile")
            ],
            # The processor is asked at run time. Nothing may be rounded in another way than it is
            # written; errors and traps of the arithmetic are not looked at.
            extra_compile_args=[
                *("-std=c++17", "-O3", "-ffp-contract=off", "-fno-math-errno"),
                *("-fno-trapping-math", "-fno-exceptions", "-fno-rtti", "-Wno-psabi"),
            ],
            optional=True,  # without a compiler NumPy computes
        )
    ],
)
