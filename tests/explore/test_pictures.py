"""Plots of studies, drawn from made-up summaries."""

import numpy as np
import pytest

from hbfp_hw.explore.landscape import Landscape
from hbfp_hw.explore.pictures import draw_lines, draw_sensitivity
from hbfp_hw.explore.sensitivity import Sensitivity
from hbfp_hw.plots.draw import render
from hbfp_hw.training.settings import Settings

SETTINGS = Settings(dataset="digits", model="mlp", schedule="fp32", epochs=2)


def test_intervals_of_sensitivity_stay_within_what_is_possible():
    """The networks learn nothing in few bits and everything in FP32."""
    study = Sensitivity(settings=SETTINGS, mantissa_bits=(4,), seeds=(0, 1, 2))
    accuracies = {(0, None): [1.0, 1.0, 0.97], (4, 0): [0.0, 0.05, 0.0], (4, None): [0.5] * 3}
    results = [
        [{"mantissa_bits": bits, "layer": layer, "name": "x", "seed": seed, "accuracy": accuracy}]
        for (bits, layer), values in accuracies.items()
        for seed, accuracy in enumerate(values)
    ]
    summary = study.summarise(results)
    fp32, first, _ = summary["results"]
    assert fp32["interval"][1] == 1.0
    assert first["interval"][0] == 0.0
    assert first["difference"]["interval"][0] == -1.0
    axes = draw_sensitivity(summary).axes[0]
    ends = np.concatenate([bar.get_segments() for each in axes.containers[1:] for bar in each[2]])[
        ..., 1
    ]
    expected = [row["difference"]["interval"] for row in summary["results"][1:]]
    assert np.allclose(np.sort(ends, axis=1), 100 * np.array(expected))
    assert ends.min() == -100


def summarised(*networks):
    """Return the row of a schedule, given loss, accuracy and rise at half the reach by seed."""
    study = Landscape(settings=SETTINGS, schedules=("fp32",), seeds=tuple(range(len(networks))))
    results = [
        [
            {"schedule": "fp32", "shape": "centre", "x": 0.0, "loss": loss, "accuracy": accuracy},
            *(
                {"schedule": "fp32", "shape": "line", "x": x, "loss": loss and loss + rise}
                for x in (-study.reach, -study.reach / 2, study.reach / 2, study.reach)
            ),
        ]
        for loss, accuracy, rise in networks
    ]
    return study.summarise(results)["results"][0]


def test_loss_and_accuracy_of_a_landscape():
    found = summarised((0.001, 1.0, -0.1), (0.02, 0.98, 0.1))
    assert found["loss"]["interval"][0] == 0
    assert found["accuracy"]["interval"][1] == 1
    assert found["rise_half"]["interval"][0] < -1, "a loss may also fall"
    assert found["rise_half"]["of_seeds"] == pytest.approx([-0.1, 0.1])


def test_loss_that_is_not_finite():
    found = summarised((None, 1.0, 0.0), (0.5, 1.0, 0.0))
    assert found["loss"] == {"mean": None, "interval": None, "of_seeds": [None, 0.5]}
    assert found["rise_whole"]["mean"] is None
    assert found["accuracy"]["mean"] == 1.0


def test_losses_of_less_than_a_decade_have_plain_ticks():
    points = [
        {"schedule": "fp32", "shape": "line", "seed": 0, "direction": 0, "x": x, "loss": loss}
        for x, loss in ((-0.5, 1.4), (0.0, 0.2), (0.5, 1.1))
    ]
    settings = {**SETTINGS.as_dict(), "schedules": ["fp32"]}
    figure = draw_lines({"settings": settings, "points": points})
    figure.canvas.draw()
    texts = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert {"0.2", "0.5", "1"} <= set(texts)
    assert b"mathdefault" not in render(figure, "svg")
