"""Studies: results, and resumed studies that leave the files of uninterrupted ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hbfp_hw.explore.distances import Distances
from hbfp_hw.explore.landscape import Landscape
from hbfp_hw.explore.perturbation import Perturbation
from hbfp_hw.explore.sensitivity import Sensitivity
from hbfp_hw.explore.study import POINTS, explore
from hbfp_hw.format import Rounding
from hbfp_hw.training.datasets import load_dataset
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT, LOG
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.trainer import TrainingRun, train

QUICK = Settings(
    dataset="digits", model="mlp", epochs=3, width=2, batch_size=400, schedule="hbfp4",
    rounding=Rounding.STOCHASTIC,
)  # fmt: skip
STUDIES = [
    Distances(settings=QUICK, seeds=(0, 4), mantissa_bits=(4, 6), block_sizes=(8, 64), every=2),
    Landscape(
        settings=QUICK, schedules=("fp32", "booster"), seeds=(1,), directions=2, points=5, grid=3,
        samples=300,
    ),
    Sensitivity(settings=QUICK, seeds=(0, 1), mantissa_bits=(4,)),
]  # fmt: skip
STEPS = [6, 2 * (3 + 1 + 2 * 5 + 9), 2 * 5 * 3]


class Stopped(Exception):
    pass


def contents(folder):
    """Return the content of all files but logs, which have times, and models of checkpoints."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.name == CHECKPOINT:
            model = torch.load(path, weights_only=True)["model"]
            found[name] = [tensor.numpy().tobytes() for tensor in model.values()]
        elif path.name != LOG:
            found[name] = path.read_bytes()
    return found


@pytest.mark.full(but=["study0-6"])
@pytest.mark.parametrize(("study", "steps"), [*zip(STUDIES, STEPS, strict=True)])
def test_interrupted_study_ends_as_an_unbroken_one(tmp_path, study, steps):
    seen = []
    whole = explore(study, folder=tmp_path / "whole", progress=lambda *step: seen.append(step))
    assert seen == [(number, steps) for number in range(1, steps + 1)]
    summary, broken = None, tmp_path / "broken"
    stops = [2, steps - 1]

    def stop(done, _):
        if stops and done == stops[0]:
            del stops[0]
            raise Stopped

    while summary is None:
        try:
            summary = explore(study, folder=broken, resume=broken.exists(), progress=stop)
        except Stopped:
            # A line that was half written when the machine went down.
            for path in broken.rglob(POINTS):
                if path.stat().st_size:
                    path.write_bytes(path.read_bytes() + b'{"of": {"see')
    assert not stops
    assert summary == whole
    assert contents(broken) == contents(tmp_path / "whole")


def test_another_study_is_refused(tmp_path):
    study = STUDIES[0]
    explore(study, folder=tmp_path)
    before = contents(tmp_path)
    for other, message in (
        (study, "Folder must be one without a study, unless that is resumed, not '"),
        (replace(study, every=3), "Folder must hold a study whose setting 'every' is 3, not 2: '"),
        (
            replace(study, settings=replace(QUICK, width=3)),
            "Folder must hold a study whose setting 'width' is 3, not 2: '",
        ),
        (
            STUDIES[2],
            "Folder must hold a study whose setting 'study' is 'sensitivity', not 'distances': '",
        ),
    ):
        with pytest.raises(BadCheckpoint) as raised:
            explore(other, folder=tmp_path, resume=other is not study)
        assert str(raised.value) == f"{message}{tmp_path}'"
    assert contents(tmp_path) == before

    points = tmp_path / "seed4" / POINTS
    points.write_text("".join(points.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(
        BadCheckpoint, match=r"^Points must be complete, but some of epoch 0 are missing: '"
    ):
        explore(study, folder=tmp_path, resume=True)
    (tmp_path / "settings.json").write_text("[]")
    with pytest.raises(BadCheckpoint, match=r"^Settings must be those of a study, not '"):
        explore(study, folder=tmp_path, resume=True)
    (tmp_path / "settings.json").unlink()
    with pytest.raises(BadCheckpoint, match=r"^Folder must be one without checkpoints of others, "):
        explore(study, folder=tmp_path, resume=True)


def test_distances_are_means_of_all_seeds():
    study = STUDIES[0]
    summary = explore(study)
    assert {row["epoch"] for row in summary["results"]} == {0, 2, 3}
    singles = [explore(replace(study, seeds=(seed,)))["results"] for seed in study.seeds]
    for row, *parts in zip(summary["results"], *singles, strict=True):
        assert row["distance"] == np.mean([part["distance"] for part in parts])
        assert row["sqnr"] == pytest.approx(np.mean([part["sqnr"] for part in parts]))
    for row in summary["overview"]:
        own = [
            each["relative"]
            for each in summary["results"]
            if each["epoch"] == 3 and all(each[k] == row[k] for k in list(row)[:3])
        ]
        assert row["relative"] == pytest.approx(np.mean(own))
    by_format = {tuple(row.values())[:3]: row["relative"] for row in summary["overview"]}
    for tensor in ("input", "weight", "gradient"):
        assert by_format[tensor, 4, 8] > 2 * by_format[tensor, 6, 8]
    assert summary["last"] is None
    single = explore(replace(study, mantissa_bits=(4,), block_sizes=(8,)))
    for tensor, figures in single["last"].items():
        assert figures["relative"] == by_format[tensor, 4, 8]
    assert len(single["last"]) == 3


def test_directions_have_the_lengths_of_the_filters():
    dataset = load_dataset("digits")
    run = TrainingRun(replace(QUICK, model="cnn", schedule="fp32"), dataset)
    perturbation = Perturbation(run.model, dataset, 5, directions=2, samples=100)
    first, second = perturbation.directions
    matrices = 0
    for own, one, other in zip(run.model.parameters(), first, second, strict=True):
        if own.ndim == 1:
            assert not one.any()
            continue
        matrices += 1
        lengths = [tensor.detach().flatten(1).norm(dim=1) for tensor in (own, one, other)]
        torch.testing.assert_close(lengths[0], lengths[1])
        torch.testing.assert_close(lengths[0], lengths[2])
        assert not torch.equal(one, other)
    assert matrices == 4

    with torch.no_grad():
        for own, one, other in zip(run.model.parameters(), first, second, strict=True):
            own += 0.5 * one - 0.25 * other
        run.model.eval()
        scores = run.model(torch.from_numpy(dataset.train_x[:100]))
    y = torch.from_numpy(dataset.train_y[:100])
    found = perturbation.evaluate({0: 0.5, 1: -0.25})
    assert found["loss"] == pytest.approx(torch.nn.functional.cross_entropy(scores, y).item())
    assert found["accuracy"] == (scores.argmax(dim=1) == y).sum().item() / 100
    assert perturbation.evaluate({0: 1e30})["loss"] is None


def test_landscape_is_around_the_trained_network():
    study = STUDIES[1]
    summary = explore(study)
    dataset = load_dataset("digits")
    for row in summary["results"]:
        settings = replace(QUICK, schedule=row["schedule"], seed=1)
        (model,) = _trained(settings, dataset)
        with torch.no_grad():
            scores = model.eval()(torch.from_numpy(dataset.train_x[:300]))
        right = (scores.argmax(dim=1).numpy() == dataset.train_y[:300]).mean()
        assert row["accuracy"] == {"mean": right, "interval": None, "of_seeds": [right]}
        own = [point for point in summary["points"] if point["schedule"] == row["schedule"]]
        (centre,) = (point for point in own if point["shape"] == "centre")
        lines = [point for point in own if point["shape"] == "line"]
        middle = [point["loss"] for point in lines if point["x"] == 0]
        assert middle == [centre["loss"]] * 2
        ends = [point["loss"] for point in lines if abs(point["x"]) == 0.5]
        assert row["rise_whole"]["mean"] == pytest.approx(np.mean(ends) - centre["loss"])
        halves = [point["loss"] for point in lines if abs(point["x"]) == 0.25]
        assert len(ends) == len(halves) == 4
        assert row["rise_half"]["mean"] == pytest.approx(np.mean(halves) - centre["loss"])


def _trained(settings, dataset):
    models = []
    train(settings, dataset, watch=lambda run: models.append(run.model))
    return set(models)


def test_one_layer_alone():
    summary = explore(STUDIES[2])
    dataset = load_dataset("digits")
    kinds = [
        (0, None, "all"),
        (4, 0, "hidden1"),
        (4, 1, "hidden2"),
        (4, 2, "output"),
        (4, None, "all"),
    ]
    assert [(r["mantissa_bits"], r["layer"], r["name"]) for r in summary["results"]] == kinds
    for row in summary["results"]:
        bits, layer, _ = kinds[summary["results"].index(row)]
        run = TrainingRun(
            replace(QUICK, schedule="hbfp4" if bits else "fp32", only_layer=layer), dataset
        )
        expected = [bits if layer in (None, number) else 0 for number in range(3)]
        for _ in range(3):
            record = run.train_epoch()
            assert record["mantissa_bits"] == expected
        assert row["accuracy"][0] == record["accuracy"]
        fp32 = summary["results"][0]["accuracy"]
        differences = np.subtract(row["accuracy"], fp32)
        assert row["difference"]["mean"] == pytest.approx(differences.mean(), abs=1e-15)


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (Distances, {"seeds": ()}, "Seeds must be different ones, not []"),
        (Distances, {"seeds": (1, 1)}, "Seeds must be different ones, not [1, 1]"),
        (Distances, {"mantissa_bits": (1,)}, "Mantissa widths must be 2 to 16, not 1"),
        (Distances, {"block_sizes": (0,)}, "Block sizes must be 1 to 1024, not 0"),
        (Distances, {"every": 0}, "Every must be 1 to 65536, not 0"),
        (Landscape, {"schedules": ()}, "Schedules must be different ones, not []"),
        (
            Landscape,
            {"schedules": ("hbfp5",)},
            "Schedule must be one of fp32, hbfp8, hbfp6, hbfp4, hbfp4+layers, booster, not 'hbfp5'",
        ),
        (Landscape, {"directions": 1}, "Directions must be 2 to 100, not 1"),
        (Landscape, {"points": 7}, "Points must be 5, 9, 13 and so on, not 7"),
        (Landscape, {"grid": 4}, "Grid must be an odd number or 0, not 4"),
        (Landscape, {"reach": 0.0}, "Reach must be above 0 and at most 100, not 0.0"),
        (Landscape, {"samples": 0}, "Samples must be 1 to 65536, not 0"),
        (Sensitivity, {"mantissa_bits": (5,)}, "Mantissa widths must be 4, 6 or 8, not 5"),
        (Settings, {"dataset": "digits", "only_layer": -1}, "Layer must be 0 to 65535, not -1"),
    ],
)
def test_bad_values(kind, changes, message):
    settings = {} if kind is Settings else {"settings": QUICK}
    with pytest.raises(ValueError) as raised:  # noqa: PT011, the message is compared whole
        kind(**settings, **changes)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (Distances, {"seeds": [0]}, "Seeds must be a tuple of integers, not [0]"),
        (Distances, {"mantissa_bits": (4.0,)}, "Mantissa widths must be an integer, not 4.0"),
        (Landscape, {"reach": "1"}, "Reach must be a number, not '1'"),
    ],
)
def test_bad_kinds(kind, changes, message):
    with pytest.raises(TypeError) as raised:
        kind(settings=QUICK, **changes)
    assert str(raised.value) == message


def test_layer_that_the_network_does_not_have():
    with pytest.raises(ValueError, match=r"^Layer must be 0 to 2, not 3$"):
        TrainingRun(replace(QUICK, only_layer=3), load_dataset("digits"))
