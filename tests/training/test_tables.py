"""Training runs by tables of mantissa widths, in checkpoints and in comparisons."""

import re

import numpy as np
import pytest
import torch

from hbfp_hw.booster import FormatTable, Pass, preset_table
from hbfp_hw.format import Rounding
from hbfp_hw.training.comparison import plan, summarise
from hbfp_hw.training.curves import LINES, OTHERS, draw_curves
from hbfp_hw.training.errors import BadCheckpoint
from hbfp_hw.training.run_files import CHECKPOINT
from hbfp_hw.training.settings import Settings
from hbfp_hw.training.trainer import TrainingRun, train


def make_settings(schedule, **changes):
    given = {"dataset": "digits", "model": "mlp", "width": 2, "epochs": 2, "batch_size": 30}
    return Settings(**given | {"schedule": schedule} | changes)


OWN = FormatTable.make("own.toml", [[6, 8], [4, 6], [0, 2]])


def test_settings():
    settings = make_settings(OWN)
    assert settings.as_dict()["schedule"] == "own.toml"
    assert settings.as_dict()["mantissa_bits"] == OWN.mantissa_bits
    assert "mantissa_bits" not in make_settings("booster").as_dict()
    with pytest.raises(ValueError, match=r"^Epochs of own\.toml must be 3, not 2$"):
        make_settings(OWN, epochs=3)


def test_layers_of_the_network(small):
    with pytest.raises(ValueError, match=r"^Layers of own\.toml must be 4 for cnn, not 3$"):
        TrainingRun(make_settings(OWN, model="cnn"), small)


def test_table_of_a_preset_gives_its_bits(small):
    def weights(schedule):
        run = TrainingRun(
            make_settings(schedule, rounding=Rounding.STOCHASTIC, block_size=8), small
        )
        run.train_epoch()
        run.train_epoch()
        return [tensor.numpy().tobytes() for tensor in run.model.state_dict().values()]

    table = FormatTable.make("same.toml", preset_table("booster", 3, 2))
    assert weights(table) == weights("booster")
    assert weights(OWN) != weights("booster")


def test_formats_and_records(small):
    widths = [[[4, 6, 8], [4, 4, 4]], [[6, 6, 6], [6, 6, 16]], [[0, 0, 0], [5, 5, 5]]]
    run = TrainingRun(make_settings(FormatTable.make("own.toml", widths)), small)
    first, second = run.schedule.formats(0, Pass.WEIGHT_GRADIENT)
    assert (first.mantissa_bits, second.mantissa_bits) == (4, 8)
    records = [run.train_epoch() for _ in range(2)]
    assert records[0]["mantissa_bits"] == [[4, 6, 8], 6, 0]
    assert records[1]["mantissa_bits"] == [4, [6, 6, 16], 5]


def test_one_layer_of_a_table(small):
    run = TrainingRun(make_settings(OWN, only_layer=1), small)
    assert run.schedule.mantissa_bits[..., 0].tolist() == [[0, 0], [4, 6], [0, 0]]


def test_checkpoint_of_another_table_is_refused(tmp_path, small):
    first = train(make_settings(OWN), small, tmp_path)
    content = (tmp_path / CHECKPOINT).read_bytes()
    saved = torch.load(tmp_path / CHECKPOINT, weights_only=True)["settings"]
    assert np.array_equal(saved["mantissa_bits"], OWN.mantissa_bits)
    for other, message in (
        (
            FormatTable.make("own.toml", [[6, 8], [4, 6], [0, 3]]),
            "Checkpoint must be of a run with the mantissa widths of own.toml, not with others: ",
        ),
        (
            FormatTable("new.toml", OWN.mantissa_bits),
            "Checkpoint must be of a run with schedule 'new.toml', not 'own.toml': ",
        ),
        ("booster", "Checkpoint must be of a run with schedule 'booster', not 'own.toml': "),
    ):
        with pytest.raises(BadCheckpoint, match=f"^{re.escape(message)}'.*{CHECKPOINT}'$"):
            train(make_settings(other), small, tmp_path, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == content
    assert train(make_settings(OWN), small, tmp_path, resume=True) == first


def test_comparison(tmp_path):
    other = FormatTable.make("b.toml", [[4, 4]])
    jobs = plan(make_settings("fp32"), ["hbfp4", OWN, other], [3], folder=tmp_path)
    assert [job.folder.name for job in jobs] == ["hbfp4-seed3", "own.toml-seed3", "b.toml-seed3"]
    summary = summarise(jobs, [[{"accuracy": 0.5}, {"accuracy": 0.75}]] * 3)
    assert [row["schedule"] for row in summary["results"]] == ["hbfp4", "own.toml", "b.toml"]
    assert not {"schedule", "mantissa_bits", "seed"} & set(summary["settings"])
    (axes,) = draw_curves(summary).axes
    drawn = [(line.get_label(), line.get_color(), line.get_linestyle()) for line in axes.lines]
    styles = (LINES["hbfp4"], *OTHERS[:2])
    assert drawn == [
        (name, *style) for name, style in zip(("hbfp4", "own.toml", "b.toml"), styles, strict=True)
    ]
    with pytest.raises(
        ValueError, match=r"^Schedules must be different ones, not \['own\.toml', 'own\.toml'\]$"
    ):
        plan(make_settings("fp32"), [OWN, FormatTable.make("own.toml", [[4, 4]])], [0])
