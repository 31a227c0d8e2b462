"""Points and summaries of the studies, as they stand in JSON."""

from typing import Literal, TypedDict

from hbfp_hw.training.records import MeanInterval


class StudySettings(TypedDict):
    """The settings of a study that its plots and tables show. The record has all others too."""

    dataset: str
    model: str
    epochs: int
    seeds: list[int]


class TensorFigures(TypedDict):
    """Comparison of a tensor with its HBFP version.

    Members:
        distance: Wasserstein-1 distance between the distributions of the elements.
        relative: The distance as a share of the elements' root mean square.
        sqnr: Signal to quantisation noise ratio in dB.
        predicted, uniform: SQNR in dB that :func:`~hbfp_hw.explore.prediction.noise` and the rule
            of thumb predict for Gaussian values.

    A ratio is None for a tensor of zeros, an SQNR also if there is no noise.
    """

    distance: float
    relative: float | None
    sqnr: float | None
    predicted: float | None
    uniform: float | None


class DistanceRow(TypedDict):
    """One tensor in one format after one epoch: means over seeds."""

    epoch: int
    layer: int
    name: str
    tensor: str
    product: str
    mantissa_bits: int
    block_size: int
    distance: float | None
    relative: float | None
    sqnr: float | None
    predicted: float | None
    uniform: float | None


class DistancePoint(DistanceRow):
    """One tensor in one format after one epoch, of the network with one seed."""

    seed: int


class OverviewRow(TypedDict):
    """One kind of tensor in one format after the last epoch: means over layers and products."""

    tensor: str
    mantissa_bits: int
    block_size: int
    distance: float | None
    relative: float | None
    sqnr: float | None
    predicted: float | None
    uniform: float | None


class DistancesSettings(StudySettings):
    """Settings of the study of distances."""

    schedule: str
    mantissa_bits: list[int]
    block_sizes: list[int]


class DistancesSummary(TypedDict):
    """Result of the study of distances.

    Members:
        last: Figures by tensor after the last epoch; None if there are several formats.
        overview: Means over all layers and products after the last epoch.
        results: Means over seeds.
    """

    study: Literal["distances"]
    settings: DistancesSettings
    last: dict[str, dict[str, float | None]] | None
    overview: list[OverviewRow]
    results: list[DistanceRow]


class NetworkFigures(TypedDict):
    """Loss and accuracy of a network at one position; a loss that is not finite is None."""

    loss: float | None
    accuracy: float


class LandscapePoint(NetworkFigures):
    """Loss and accuracy at one position around one network."""

    schedule: str
    seed: int
    shape: str
    direction: int
    x: float
    y: float


class SeedStatistics(TypedDict):
    """A figure of one schedule: mean, interval and the value for each seed.

    Mean and interval are None if a value is not finite.
    """

    mean: float | None
    interval: tuple[float, float] | None
    of_seeds: list[float | None]


class LandscapeRow(TypedDict):
    """Results of one schedule.

    Members:
        loss, accuracy: Figures of the trained network.
        rise_half, rise_whole: Rise of the loss at half the reach and at the whole reach.
    """

    schedule: str
    seeds: list[int]
    loss: SeedStatistics
    accuracy: SeedStatistics
    rise_half: SeedStatistics
    rise_whole: SeedStatistics


class LandscapeSettings(StudySettings):
    """Settings of the study of loss landscapes."""

    schedules: list[str]
    directions: int
    grid: int
    reach: float
    samples: int


class LandscapeSummary(TypedDict):
    """Result of the study of loss landscapes."""

    study: Literal["landscape"]
    settings: LandscapeSettings
    results: list[LandscapeRow]
    points: list[LandscapePoint]


class SensitivityPoint(TypedDict):
    """Accuracy of one network; ``layer`` is None if all layers have these mantissas."""

    seed: int
    mantissa_bits: int
    layer: int | None
    name: str
    accuracy: float


class SensitivityRow(MeanInterval):
    """Accuracy with one layer in few bits, or with all layers if ``layer`` is None.

    Members:
        mantissa_bits: Mantissa width; 0 for FP32.
        accuracy: Accuracy after the last epoch, by seed.
        difference: Mean and interval of the differences from FP32, taken seed by seed.
    """

    mantissa_bits: int
    layer: int | None
    name: str
    seeds: list[int]
    accuracy: list[float]
    difference: MeanInterval


class SensitivitySettings(StudySettings):
    """Settings of the study of the sensitivity of layers."""

    block_size: int
    mantissa_bits: list[int]


class SensitivitySummary(TypedDict):
    """Result of the study of the sensitivity of layers."""

    study: Literal["sensitivity"]
    settings: SensitivitySettings
    results: list[SensitivityRow]


Summary = DistancesSummary | LandscapeSummary | SensitivitySummary
"""Result of any study."""
