"""A new unit in five parts: golden model, RTL, tests, vectors and entry in the registry.

    python examples/new_unit/run.py [--sim verilator|icarus]

The script registers relu, writes its Verilog to ``out``, and runs its cocotb tests and a
co-simulation.
"""

import argparse
from pathlib import Path

from entry import RELU

from hbfp_hw.cosim import cosim
from hbfp_hw.generation.registry import make_unit, register
from hbfp_hw.generation.verilog import generate, write
from hbfp_hw.sim.suite import missing_classes, run_case


def main() -> None:
    parser = argparse.ArgumentParser(description="generate relu and test it")
    parser.add_argument("--sim", choices=["verilator", "icarus"], default="verilator")
    simulator = parser.parse_args().sim

    register(RELU)
    (case,) = RELU.cases.values()
    design = generate(make_unit("relu", case.options))
    folder = Path("out")
    for path in write(design, folder):
        print(path)

    result = run_case(case, simulator, folder)
    print(f"{simulator}: {len(result.passed)} passed, {len(result.failed)} failed; {result.log}")
    missing = missing_classes(case, result)
    print(f"corner classes missed: {', '.join(missing) or 'none'}")
    comparison = cosim(design, 20_000, stalls=0.2)
    print(f"co-simulation: {comparison.vectors} vectors, {comparison.mismatches} mismatches")
    if result.failed or missing or comparison.mismatches:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
