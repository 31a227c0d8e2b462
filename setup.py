"""Package list of the build; everything else stands in pyproject.toml.

The folder ``sim`` is installed as ``hbfp_hw.sim``, which the declarative search cannot express.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["hbfp_hw", "hbfp_hw.*"]),
        "hbfp_hw.sim",
        *(f"hbfp_hw.sim.{name}" for name in find_packages("sim")),
    ]
)
