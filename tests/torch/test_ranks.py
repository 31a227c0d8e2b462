"""Random numbers of the processes in data-parallel training."""

import re
import socket

import numpy as np
import pytest
import torch
from torch import distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel

from hbfp_hw import Rounding
from hbfp_hw.booster import BoosterSchedule, Pass
from hbfp_hw.torch import convert_model
from tests.torch.patterns import same

RANKS = 2


def schedule(rank, **options):
    return BoosterSchedule(
        [[4], [4]], block_size=8, rounding=Rounding.STOCHASTIC, seed=7, rank=rank, **options
    )


def seeds(plan):
    return [
        plan.product_seed(layer, which, call)
        for layer in range(2)
        for which in Pass
        for call in range(100)
    ]


def test_each_rank_has_seeds_of_its_own():
    plans = [schedule(rank) for rank in (0, 1, 2, 2**20 - 1)]
    found = [seed for plan in plans for seed in seeds(plan)]
    assert len(set(found)) == len(found) == 4 * 600
    assert seeds(schedule(0)) == seeds(
        BoosterSchedule([[4], [4]], block_size=8, rounding=Rounding.STOCHASTIC, seed=7)
    )
    assert schedule(3).rank == 3


def test_seeds_of_rank_0_stay_what_they_were():
    assert [schedule(0).product_seed(1, which, 5) for which in Pass] == [
        1048982549,
        131913512,
        465888594,
    ]


@pytest.mark.parametrize(
    ("rank", "error", "message"),
    [
        (-1, ValueError, "Rank must be 0 to 1048575, not -1"),
        (2**20, ValueError, "Rank must be 0 to 1048575, not 1048576"),
        ("0", TypeError, "Rank must be an integer, not '0'"),
    ],
)
def test_bad_ranks(rank, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        schedule(rank)


def model_of(rank):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2))
    return convert_model(model, schedule(rank))


def work(rank, port, own, folder):
    """Run one process: two steps on a batch that all ranks share."""
    distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=RANKS
    )
    model = model_of(rank if own else 0)
    parallel = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    x, outputs = batch(), []
    for _ in range(2):
        optimizer.zero_grad()
        y = parallel(x)
        y.square().sum().backward()
        optimizer.step()
        outputs.append(y.detach())
    gradients = [each.grad for each in model.parameters()]
    torch.save({"y": outputs, "gradients": gradients}, folder / f"{rank}.pt")
    distributed.destroy_process_group()


def batch():
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.standard_normal((6, 16)).astype(np.float32))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.full
@pytest.mark.parametrize("own", [False, True])
def test_distributed_data_parallel(own, tmp_path):
    multiprocessing.spawn(work, (free_port(), own, tmp_path), nprocs=RANKS)
    results = [torch.load(tmp_path / f"{rank}.pt") for rank in range(RANKS)]
    # Gradients are averaged, so weights stay equal; outputs differ by rank.
    assert all(map(same, results[0]["gradients"], results[1]["gradients"]))
    assert same(results[0]["y"][0], results[1]["y"][0]) is not own
    for rank, result in enumerate(results):
        assert same(result["y"][0], model_of(rank if own else 0)(batch()))
