"""One thread for each library that would take more: tests run side by side.

Threads that wait for their share of a small matrix take all of a processor meanwhile.
"""

import os

# Before any of them is loaded, and for all child processes too.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
