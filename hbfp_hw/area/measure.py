"""Area measurement of units: Verilog, synthesis and derived figures, kept in the result cache."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hbfp_hw.area.fpga import check_family, measure_fpga
from hbfp_hw.area.library import Library, load_library
from hbfp_hw.area.parallel import run_parallel
from hbfp_hw.area.result import AreaResult, converter_lanes, macs_per_cycle
from hbfp_hw.area.scripts import SYNTHESIS, script_hash
from hbfp_hw.area.source import VerilogSource
from hbfp_hw.area.synthesis import synthesise
from hbfp_hw.area.yosys import TIMEOUT
from hbfp_hw.generation.catalog import CATALOG
from hbfp_hw.helpers.locks import Poll
from hbfp_hw.rtl import Unit


def measure(
    unit: Unit | str,
    *,
    liberty: Path | None = None,
    fpga: str | None = None,
    cached: bool = True,
    timeout: float = TIMEOUT,
) -> AreaResult:
    """Measure the area of a unit and return its figures.

    Parameters:
        unit: The unit, or the name of a configuration of the catalog.
        liberty: Liberty file whose standard cells give ``area``; the package's own by default.
        fpga: "ecp5" or "ice40" to measure the resources in that FPGA family, too.
        cached: Whether an earlier result of the same Verilog, scripts, library and Yosys may be
            returned.
        timeout: Seconds allowed for each synthesis.

    Raises:
        ValueError: The configuration or the FPGA family is unknown, or the Liberty file cannot be
            used.
        SynthesisError: Yosys fails, or its report is not as expected; the error names the log.
    """
    if isinstance(unit, str):
        if unit not in CATALOG:
            raise ValueError(f"Configuration must be one of {', '.join(CATALOG)}, not {unit!r}")
        units = {unit: CATALOG[unit]()}
    else:
        units = {unit.design_name: unit}
    library = load_library(liberty, cached=cached)
    (result,) = measure_all(
        units, library=library, fpga=fpga, cached=cached, timeout=timeout
    ).values()
    return result


def measure_all(
    units: Mapping[str, Unit],
    *,
    library: Library | None = None,
    fpga: str | None = None,
    cached: bool = True,
    timeout: float = TIMEOUT,
    progress: Callable[[], object] | None = None,
) -> dict[str, AreaResult]:
    """Measure units in parallel, one per processor.

    Parameters:
        units: Units by name; a name becomes the ``config`` of the unit's result.
        library: Library whose standard cells give ``area``; the package's own by default.
        fpga, cached, timeout: See :func:`measure`.
        progress: Called after each unit.

    Returns:
        The results by name, in the order of ``units``.

    Raises:
        ValueError: The FPGA family is unknown.
        SynthesisError: Yosys fails for one unit; the others are stopped.
    """
    if fpga is not None:
        check_family(fpga)
    cells = load_library(cached=cached) if library is None else library

    def measure_one(name: str, poll: Poll) -> AreaResult:
        return _measure(name, units[name], cells, fpga, cached=cached, timeout=timeout, poll=poll)

    results = run_parallel(measure_one, list(units), progress=progress)
    return dict(zip(units, results, strict=True))


def _measure(
    config: str,
    unit: Unit,
    library: Library,
    fpga: str | None,
    *,
    cached: bool,
    timeout: float,
    poll: Poll,
) -> AreaResult:
    """Measure one unit with a library that is already loaded."""
    source = VerilogSource.of_unit(unit, cached=cached, poll=poll)
    figures, earlier = synthesise(
        source, library, root=unit.unit, cached=cached, timeout=timeout, poll=poll
    )
    resources = None
    if fpga is not None:
        resources, known = measure_fpga(source, fpga, cached=cached, timeout=timeout, poll=poll)
        earlier &= known
    return AreaResult(
        config=config,
        design=unit.design_name,
        parameters=unit.parameters,
        macs_per_cycle=macs_per_cycle(unit),
        lanes=converter_lanes(unit),
        gate_equivalents=figures["area"] / library.nand_area,
        fpga=resources,
        liberty={"name": library.name, "sha256": library.sha256},
        verilog_hash=source.sha256,
        script_hash=script_hash(SYNTHESIS),
        cached=earlier,
        **figures,
    )
