"""cocotb tests of the units, their test benches, and their stimulus.

Modules that import cocotb run inside a simulator. :mod:`hbfp_hw.sim.stimulus` and
:mod:`hbfp_hw.sim.coverage` do not; co-simulation and pytest use them too.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any


@cache
def parameters() -> dict[str, Any]:
    """Return the parameters that :func:`hbfp_hw.simulate.run_tests` passes to this test module."""
    return dict(json.loads(os.environ.get("HBFP_TEST_PARAMETERS", "{}")))
