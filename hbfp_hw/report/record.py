"""Plain data of an area report: the content of its ``report.json``."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from hbfp_hw.area.record import AreaRecord
from hbfp_hw.density.tables import DensityTables

DensityRow = dict[str, float]
"""Transistors measured and gains of both models, for one mantissa width and block size."""


class StudyRow(TypedDict):
    """Figures of one row of a sensitivity study.

    Members:
        variant: Name of the row: of a flow, a design or a release.
        transistors: Transistors of the HBFP unit.
        transistors_per_mac: Transistors per MAC and cycle; None for a unit that does no MAC.
        ratio_fp32, ratio_bf16: Transistors per MAC of each baseline over those of the unit.
        transistors_fp32, transistors_bf16: Transistors of the baselines, in rows that measure them
            in another way, too.
    """

    variant: str
    transistors: int
    transistors_per_mac: float | None
    ratio_fp32: float | None
    ratio_bf16: float | None
    transistors_fp32: NotRequired[int]
    transistors_bf16: NotRequired[int]


class ReleaseRow(TypedDict):
    """Figures of one release of pyosys: of the HBFP unit, of the baselines, and their ratios."""

    pyosys: str
    transistors: int
    transistors_per_mac: float
    transistors_fp32: int
    ratio_fp32: float
    transistors_bf16: int
    ratio_bf16: float


class ScopeRecord(TypedDict):
    """Plain data of :class:`~hbfp_hw.report.scope.Scope`."""

    name: str
    widths: Sequence[int]
    block_sizes: Sequence[int]
    side_by_side: Sequence[int]
    configs: Sequence[str]
    study: Sequence[int]
    flows: int | None


class ReportData(TypedDict):
    """All figures of a report.

    Members:
        plan: The scope of the report.
        versions: Versions of the packages that the figures depend on.
        script: Yosys script of the transistor counts, for a top module named TOP.
        public: Transistors of the smallest public units.
        baselines: Transistors per MAC of the baselines.
        area: Configurations that were measured in full.
        density: Measurement and models by mantissa width and block size.
        models: Tables of both models, by the name of the component table.
        sensitivity: Rows of each sensitivity study, by its name.
        releases: One row per release of pyosys; empty without a comparison.
    """

    plan: ScopeRecord
    versions: dict[str, str]
    script: str
    public: Mapping[str, int]
    baselines: dict[str, float]
    area: list[AreaRecord]
    density: list[DensityRow]
    models: dict[str, DensityTables]
    sensitivity: dict[str, list[StudyRow]]
    releases: list[ReleaseRow]
