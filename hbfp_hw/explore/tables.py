"""Text tables of the studies."""

from collections.abc import Sequence

from hbfp_hw.explore.records import (
    DistanceRow,
    DistancesSummary,
    LandscapeSummary,
    SensitivitySummary,
)


def distances_table(summary: DistancesSummary) -> list[str]:
    """Return a table of every tensor in every format after the last epoch."""
    settings = summary["settings"]
    last = [row for row in summary["results"] if row["epoch"] == settings["epochs"]]
    heads = [f"{m}/{n}" for m in settings["mantissa_bits"] for n in settings["block_sizes"]]
    lines = [
        f"{settings['model']} on {settings['dataset']} trained in {settings['schedule']}, tensors "
        f"after {settings['epochs']} epochs, mantissa bits / block size"
    ]
    for title, cell in (
        ("Wasserstein-1 distance to HBFP, in % of the root mean square", _relative),
        ("SQNR in dB, measured (predicted for a Gaussian)", _ratio),
    ):
        lines += ["", title, f"{'layer':22}{'tensor':10}{'blocks of':16}" + _line(heads)]
        for key, rows in _by_tensor(last).items():
            layer, name, tensor, product = key
            head = f"{f'{layer}: {name}':22}{tensor:10}{product.replace('_', ' '):16}"
            lines.append(head + _line([cell(row) for row in rows]))
    return lines


def _by_tensor(
    rows: Sequence[DistanceRow],
) -> dict[tuple[int, str, str, str], list[DistanceRow]]:
    groups: dict[tuple[int, str, str, str], list[DistanceRow]] = {}
    for row in rows:
        key = (row["layer"], row["name"], row["tensor"], row["product"])
        groups.setdefault(key, []).append(row)
    return groups


def _line(cells: Sequence[str]) -> str:
    return "".join(f"{cell:>14}" for cell in cells)


def _relative(row: DistanceRow) -> str:
    return "-" if row["relative"] is None else f"{100 * row['relative']:.2f}"


def _ratio(row: DistanceRow) -> str:
    if row["sqnr"] is None or row["predicted"] is None:
        return "-"
    return f"{row['sqnr']:.1f} ({row['predicted']:.1f})"


def landscape_table(summary: LandscapeSummary) -> list[str]:
    """Return a table of loss, accuracy and rise of the loss for each schedule."""
    settings = summary["settings"]
    half, whole = (f"at {share * settings['reach']:g}" for share in (0.5, 1))
    lines = [
        f"{settings['model']} on {settings['dataset']} after {settings['epochs']} epochs, loss of "
        f"{settings['samples']} training samples, and how it rises along "
        f"{settings['directions']} directions",
        f"{'schedule':13}{'loss':>9}{'accuracy':>10}{half:>10}{whole:>10}",
    ]
    for row in summary["results"]:
        accuracy = row["accuracy"]["mean"]
        assert accuracy is not None  # an accuracy is always finite
        lines.append(
            f"{row['schedule']:13}{_number(row['loss']['mean'], 4):>9}{100 * accuracy:>9.2f}%"
            f"{_number(row['rise_half']['mean'], 3):>10}{_number(row['rise_whole']['mean'], 3):>10}"
        )
    return lines


def sensitivity_table(summary: SensitivitySummary) -> list[str]:
    """Return a table of the accuracy with each layer alone in few bits."""
    settings, rows = summary["settings"], summary["results"]
    lines = [
        f"accuracy in % after {settings['epochs']} epochs, {settings['model']} on "
        f"{settings['dataset']}, blocks of {settings['block_size']}, all else FP32",
        f"{'bits':6}{'layer':22}{'mean':>7}{'from fp32':>11}  {'95 % interval':17}"
        f"of each seed ({' '.join(map(str, settings['seeds']))})",
    ]
    for row in rows:
        bits = str(row["mantissa_bits"] or "fp32")
        layer = row["name"] if row["layer"] is None else f"{row['layer']}: {row['name']}"
        bounds = row["difference"]["interval"]
        interval = "-" if bounds is None else " to ".join(f"{100 * b:+.2f}" for b in bounds)
        lines.append(
            f"{bits:6}{layer:22}{100 * row['mean']:7.2f}{100 * row['difference']['mean']:+11.2f}  "
            f"{interval:17}" + " ".join(f"{100 * value:.1f}" for value in row["accuracy"])
        )
    return lines


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
