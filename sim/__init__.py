"""Tests that cocotb runs inside a simulator, and their stimulus, which pytest uses too.

Modules that import cocotb are for a simulator; :mod:`hbfp_hw.sim.stimulus` is for anyone.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any


@cache
def parameters() -> dict[str, Any]:
    """Parameters that `hbfp_hw.simulate.run_tests` was given for this test module, read once."""
    values: dict[str, Any] = json.loads(os.environ.get("HBFP_TEST_PARAMETERS", "{}"))
    return values
