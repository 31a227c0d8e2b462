"""Cache of generated designs, which all processes of a user share."""

import threading

import hbfp_hw
from hbfp_hw.generation.design import Design
from hbfp_hw.generation.verilog import generate, tool_versions
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.helpers.package_hash import package_hash
from hbfp_hw.helpers.result_cache import cached_result
from hbfp_hw.rtl import Unit

_generating = threading.Lock()


def cached_design(unit: Unit, *, cached: bool = True, poll: Poll = None) -> Design:
    """Return the design of a unit, from the cache if it was generated earlier.

    The key of a design is the class and the parameters of the unit, the package hash and the
    versions of the tools. Two kinds of units are generated each time: a unit of another package,
    because the key does not cover its source text, and any unit if files of this package were
    edited after they were loaded.

    Parameters:
        unit: The unit.
        cached: Whether to use an earlier result.
        poll: Called a few times a second while another process generates the same design.

    Raises:
        GenerationError: Yosys failed; see :func:`~hbfp_hw.generation.verilog.generate`.
    """
    kind = type(unit)
    if not kind.__module__.startswith(f"{hbfp_hw.__name__}.") or package_hash().edited():
        return _generate(unit)
    key = (
        kind.__module__,
        kind.__qualname__,
        unit.design_name,
        unit.parameters,
        tool_versions(),
        package_hash().sha256,
    )
    record, _ = cached_result(
        f"{unit.design_name}-verilog",
        key,
        lambda *_: _generate(unit).to_json(),
        cached=cached,
        poll=poll,
    )
    return Design.from_json(record)


def _generate(unit: Unit) -> Design:
    # Under Python's global lock, threads that generate at once only slow each other down.
    with _generating:
        return generate(unit)
