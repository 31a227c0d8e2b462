"""Handwritten digits in HBFP on golden model, cycle model and RTL, compared bit for bit.

    python examples/digits/run.py [--sim verilator|icarus]

The classifier is one matrix product. Each row of the table is one ``hbfp gemm`` command, which runs
the golden model, the RTL of the dot engine, or the cycle model or the RTL of a 4x4 array of mixed
4/6-bit cells. The script prints each command, which also runs by itself in the current folder.
``mismatch`` counts the results that differ from those of the golden model; ``accuracy`` is measured
on the 360 digits that were not used in training. The exit code is 0 only if no result differs and
cycle model and RTL take the same number of cycles.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent
TRAIN_ROWS = 1437  # as in train.py
DOT_ENGINES = [(4, 64), (6, 64), (8, 16)]  # mantissa bits, block size
ARRAYS = [(4, 16), (6, 16)]
ARRAY = ["--rows", "4", "--cols", "4"]
RESULT = "outputs.npy"
TIMEOUT = 600  # seconds for one command with the build of its simulation


def find_hbfp() -> str:
    """Return the ``hbfp`` command of the Python in use, else the one on the path."""
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
    command = shutil.which("hbfp", path=os.pathsep.join(places))
    if command is None:
        sys.exit("The command hbfp must be installed first: make run, or pip install .")
    return command


def shown(hbfp: str, command: list[str]) -> str:
    """Return the command line for a user to run in the current folder, which gets the results."""
    on_path = shutil.which("hbfp")
    program = "hbfp" if on_path and Path(on_path).samefile(hbfp) else os.path.relpath(hbfp)
    words = [os.path.relpath(word) if word.endswith(".npy") else word for word in command]
    words[words.index("-o") + 1] = RESULT
    return shlex.join([program, *words])


def run_json(command: list[str]) -> dict:
    """Run a command that prints one JSON object, and return it. Messages go to standard error."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            output, _ = process.communicate(timeout=TIMEOUT)
        except BaseException as error:
            # After an interrupt, unlike a kill, hbfp stops the simulator that it started.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                sys.exit(f"No result within {TIMEOUT} s: {' '.join(command)}")
            raise
    if process.returncode not in (0, 1):
        sys.exit(process.returncode)
    try:
        return json.loads(output)
    except json.JSONDecodeError:
        sys.exit(f"No JSON on standard output (exit {process.returncode}): {' '.join(command)}")


def accuracy(outputs: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of held-out digits whose largest output is at their label."""
    return float(np.mean(outputs.argmax(axis=1)[TRAIN_ROWS:] == labels[TRAIN_ROWS:]))


def commands(sim: str) -> list[tuple[int, int, str, list[str]]]:
    """Return mantissa bits, block size, name of the engine and options of each row."""
    golden = ("golden", ["--engine", "golden"])
    rtl = ["--engine", "rtl", "--sim", sim, "--check"]
    dot_engine = [golden, (f"rtl/{sim}", rtl)]
    array = [
        golden,
        ("4x4 cycle", ["--engine", "cycle", "--check", *ARRAY]),
        (f"4x4 rtl/{sim}", [*rtl, *ARRAY]),
    ]
    return [
        *((*fmt, name, options) for fmt in DOT_ENGINES for name, options in dot_engine),
        *((*fmt, name, options) for fmt in ARRAYS for name, options in array),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="handwritten digits on golden model and RTL")
    parser.add_argument("--sim", choices=["verilator", "icarus"], default="verilator")
    sim = parser.parse_args().sim

    start = time.monotonic()
    hbfp = find_hbfp()
    files = {name: DATA / f"{name}.npy" for name in ("pixels", "weights", "bias", "labels")}
    pixels, weights, bias, labels = (np.load(file) for file in files.values())
    fp32 = bias + pixels @ weights
    shape = f"{pixels.shape[0]}x{pixels.shape[1]}x{weights.shape[1]}"

    rows = []
    mismatches = 0
    modelled = None  # cycles of the cycle model, to compare with the RTL in the next row
    with tempfile.TemporaryDirectory() as folder:
        for mantissa_bits, block_size, name, options in commands(sim):
            result_file = Path(folder) / RESULT
            arguments = [
                "gemm",
                files["pixels"],
                files["weights"],
                "-c",
                files["bias"],
                "-o",
                result_file,
                "--mantissa-bits",
                mantissa_bits,
                "--block-size",
                block_size,
                *options,
                "--json",
            ]
            command = [str(argument) for argument in arguments]
            print(shown(hbfp, command), file=sys.stderr, flush=True)
            report = run_json([hbfp, *command])

            outputs = np.load(result_file)
            if report["engine"] == "golden":
                golden, modelled = outputs, None
            elif report["engine"] == "cycle":
                modelled = report["cycles"]
            elif modelled not in (None, report["cycles"]):
                sys.exit(f"The RTL took {report['cycles']} cycles, its model {modelled}")
            differing = np.count_nonzero(outputs.view(np.uint32) != golden.view(np.uint32))
            mismatch = max(differing, report.get("mismatches") or 0)
            mismatches += mismatch
            error = np.abs(outputs - fp32)
            rows.append(
                f"{shape:>11}  HBFP{mantissa_bits} N={block_size:<3} {name:<17}{mismatch:>9}"
                f"{error.max():>11.2e}{error.mean():>11.2e}{accuracy(outputs, labels):>9.2%}"
                f"{report['cycles'] if report['cycles'] is not None else '-':>9}"
                f"{report['seconds']:>9.2f}"
            )

    print(f"\n{'MxKxP':>11}  {'format':<11} {'engine':<17}{'mismatch':>9}{'max err':>11}", end="")
    print(f"{'mean err':>11}{'accuracy':>9}{'cycles':>9}{'seconds':>9}")
    print(f"{shape:>11}  {'FP32':<11} {'NumPy':<17}{'-':>9}{'-':>11}{'-':>11}", end="")
    print(f"{accuracy(fp32, labels):>9.2%}{'-':>9}{'-':>9}")
    print("\n".join(rows))
    agree = "golden model, cycle model and RTL agree in every bit"
    verdict = agree if mismatches == 0 else f"{mismatches} MISMATCHES"
    print(f"{verdict}; {time.monotonic() - start:.0f} s in all")
    return 0 if mismatches == 0 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
