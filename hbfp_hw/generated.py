"""Designs that are generated once: later calls, of any process, read them from the cache."""

import threading
from dataclasses import fields

import hbfp_hw
from hbfp_hw.design import Design
from hbfp_hw.loaded import LOADED
from hbfp_hw.records import Poll, remember
from hbfp_hw.rtl import Unit
from hbfp_hw.verilog import generate, tool_versions

_generating = threading.Lock()


def generated(unit: Unit, *, cached: bool = True, poll: Poll = None) -> Design:
    """The design that :func:`~hbfp_hw.verilog.generate` gives for a unit, now or earlier.

    Generating a design may take longer than all that is done with it. So it is kept, by the kind
    and the parameters of the unit, the text of this package and the versions of the tools. A unit
    of somebody else, whose text is not in this key, is generated each time, as is any unit when
    files of this package were edited after they were loaded.

    Parameters:
        unit: The unit.
        cached: Whether an earlier result will do.
        poll: Called now and then while another process generates the same design.

    Raises:
        GenerationError: As of :func:`~hbfp_hw.verilog.generate`.
    """
    kind = type(unit)
    if not kind.__module__.startswith(f"{hbfp_hw.__name__}.") or LOADED.edited():
        return _generate(unit)
    key = (
        *(kind.__module__, kind.__qualname__, unit.design_name, unit.parameters),
        *(tool_versions(), LOADED.sha256),
    )
    record, _ = remember(
        *(f"{unit.design_name}-verilog", key, lambda *_: vars(_generate(unit))),
        cached=cached,
        poll=poll,
    )
    return Design(**{field.name: record[field.name] for field in fields(Design)})


def _generate(unit: Unit) -> Design:
    # Threads that generate at once would only slow each other down.
    with _generating:
        return generate(unit)
