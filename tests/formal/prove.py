"""Run the proofs: ``python -m tests.formal.prove [TEXT]``, all or those with TEXT in their name."""

import sys
import tempfile
import time
from pathlib import Path

from tests.formal.proofs import LONG, QUICK


def main() -> int:
    """Run the proofs, print a line for each, and return 0 only if all hold."""
    word = " ".join(sys.argv[1:])
    proofs = {name: proof for name, proof in (QUICK | LONG).items() if word in name}
    failed = 0
    for name, proof in proofs.items():
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="hbfp-proof-") as folder:
            wrong = proof(Path(folder))
        failed += bool(wrong)
        seconds = time.monotonic() - started
        print(f"{'FAILED' if wrong else 'proven'}  {seconds:7.1f} s  {name}", flush=True)
        if wrong:
            print(wrong, flush=True)
    print(f"{len(proofs) - failed} of {len(proofs)} proven")
    return 0 if proofs and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
