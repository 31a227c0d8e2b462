"""A new unit: golden model, RTL and their test, of one name.

    python examples/new_unit/run.py [--sim verilator|icarus]

``golden.py`` says what the unit returns, ``rtl.py`` is the hardware, and ``relu_tests.py`` compares
them in a simulator, with and without stalls. The Verilog is written to ``out``.
"""

import argparse
from pathlib import Path

from rtl import ReLU

from hbfp_hw.generation.verilog import generate, write
from hbfp_hw.simulate import run_tests


def main() -> None:
    parser = argparse.ArgumentParser(description="generate relu and test it")
    parser.add_argument("--sim", choices=["verilator", "icarus"], default="verilator")
    simulator = parser.parse_args().sim

    design = generate(ReLU(lanes=4))
    folder = Path("out")
    for path in write(design, folder):
        print(path)
    result = run_tests(
        *(design, "relu_tests", simulator),
        expected=2,
        results_dir=folder,
        parameters={"design": design.description.to_json(), "count": 1000},
        seed=1,
    )
    print(f"{simulator}: {len(result.passed)} passed, {len(result.failed)} failed; {result.log}")
    if result.failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
