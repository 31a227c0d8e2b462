"""Fuzzing of the command line: valid command lines and files with random damage."""

import os

import numpy as np

COMMANDS = (
    "gemm X.npy W.npy --mantissa-bits 4 --block-size 4",
    "gemm X.npy W.npy -c C.npy -o Y.npy --mantissa-bits 4x6 --block-size 3 --rounding stochastic "
    "--seed 7 --random-bits 3 --exponent-bits 5 --check --json",
    "gemm X.npy W.npy --mantissa-bits 4 --block-size 2 --engine cycle --rows 2 --cols 2 --depth 4 "
    "--panel-tiles 2 --trace t.svg",
    "gemm X.npy W.npy --mantissa-bits 4 --block-size 2 --engine rtl --sim icarus --waves w.fst "
    "--timeout 5",
    "generate dot --mantissa-bits 4 --block-size 2 -o out",
    "generate gemm --variant mixed --rows 2 --cols 2 --block-size 4 -o out",
    "generate convert --mantissa-bits 4 --block-size 2 --rounding any --pipeline 1 --random-bits 3",
    "generate fp32_mac --lanes 2 --separate -o out",
    "generate bf16_mac --accumulate bf16 --json",
    "units --json",
    "test fp32 --sim icarus -o results --json",
    "area dot --mantissa-bits 4 --block-size 2 --liberty cells.lib --timeout 9 --no-cache",
    "density --json",
    "density --plot p.svg --components paper",
    "report -o page --quick --pyosys python",
    "workload resnet20 --schedule booster --rows 8 --cols 8 --epochs 3 --batch 2",
    "workload gpt2-block --rows 2 --cols 2 --block-size 16 --length 8 --classes 4 --depth 4 --json",
    "train --dataset digits --model mlp --schedule fp32 --seeds 0 1 --epochs 2 -o run --resume",
    "train --dataset cifar10 --data batches --learning-rate 0.1 --workers 2",
    "train --study -o study",
    "sweep sweep.toml --workers 2 --csv s.csv -o s.sqlite --retry-failed --json",
)
"""Valid commands."""

WORDS = (
    *("", " ", "-", "--", "-1", "0", "-0", "1", "2", "3", "4x", "x4", "4x6x8", "16", "17", "1025"),
    *("nan", "inf", "-inf", "1e400", "0x10", "1_0", "\N{FULLWIDTH DIGIT FOUR}", "9" * 30),
    *("9" * 5000, "1e-400", "True", "None", "booster", "catalog", "gemm", "convert", "--json"),
    *("X.npy", "W.npy", "broken.npy", "pickle.npy", "huge.npy", "pipe", "loop", "out", "none/Y"),
    *("a b", "it's", 'a"b', "a\nb", "a\tb\r\x1b[31m", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{SNOWMAN}"),
    *(os.fsdecode(b"\xff"), "; touch pwned", "$(touch pwned)", "`touch pwned`", "|touch pwned"),
    *("& touch pwned &", "%s%n", "{0}", "-h", "--help", "--version", "--nonsense", "-o", "x" * 300),
    *("x" * 5000, "--mantissa-bits=4", "--rows", "--engine", "rtl", "cycle", "/dev/full", "/"),
)
"""Words that may replace any word of a command."""


def damaged_command(rng: np.random.Generator) -> list[str]:
    """Return a command with one to four words replaced, removed, repeated, exchanged or added."""
    words = str(rng.choice(COMMANDS)).split()
    for _ in range(rng.integers(1, 5)):
        place = int(rng.integers(1, len(words) + 1))
        hostile = WORDS[rng.integers(len(WORDS))]
        kind = rng.integers(6)
        if kind == 0:
            words.insert(place, hostile)
        elif kind == 1:
            words = words[:place] + words[place + 1 :]
        elif kind == 2 and len(words) > 2:
            other = int(rng.integers(1, len(words)))
            place = min(place, len(words) - 1)
            words[place], words[other] = words[other], words[place]
        elif kind == 3:
            words += words[place : place + 2]
        else:
            words[place : place + 1] = [hostile]
    return words


def damaged_file(rng: np.random.Generator, content: bytes) -> bytes:
    """Return the content of a file with bytes replaced, removed, repeated, added or cut off."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(min(len(changed), 150) + 1))
        kind = rng.integers(5)
        if kind == 0:
            changed[place : place + 1] = rng.bytes(1)
        elif kind == 1:
            del changed[place : place + int(rng.integers(1, 40))]
        elif kind == 2:
            changed[place:place] = changed[place : place + int(rng.integers(1, 40))]
        elif kind == 3:
            changed[place:place] = rng.choice([b"9" * 20, b"(", b"[", b"'", b"\0", b"-", b"=\n"])
        else:
            del changed[int(rng.integers(len(changed) + 1)) :]
    return bytes(changed)
