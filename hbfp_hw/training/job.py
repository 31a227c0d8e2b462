"""A training run as a job of the worker pool."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hbfp_hw.training.errors import Diverged
from hbfp_hw.training.recording import TensorRecording
from hbfp_hw.training.records import EpochRecord
from hbfp_hw.training.settings import Settings

if TYPE_CHECKING:
    from hbfp_hw.training.trainer import TrainingRun


@dataclass(frozen=True)
class TrainingJob:
    """A training run with the folders of its data and its results.

    Members:
        settings: Everything that decides the run's results.
        data: Folder of the user's data set; None for a data set that is generated.
        folder: Folder for checkpoint and log; None to write neither.
        resume: Whether to continue from the folder's checkpoint.
        recording: Tensors to record; None for none.
    """

    settings: Settings
    data: Path | None = None
    folder: Path | None = None
    resume: bool = False
    recording: TensorRecording | None = None

    @property
    def steps(self) -> int:
        """Number of epochs."""
        return self.settings.epochs

    def run(
        self,
        progress: Callable[[], None],
        watch: Callable[["TrainingRun"], None] = lambda run: None,
    ) -> list[EpochRecord]:
        """Train and return a record of every epoch. Parameters are those of :func:`.train`.

        Raises:
            Diverged: A layer gives NaN or infinity.
            BadCheckpoint: The checkpoint or the recorded tensors are not those of this run.
            ValueError: The data set is not valid, or the network does not fit it or the schedule.
            OSError: A file cannot be read or written.
        """
        # Imported here so that a program which only plans runs does not load PyTorch.
        from hbfp_hw.torch import NotFiniteError
        from hbfp_hw.training.datasets import load_dataset
        from hbfp_hw.training.trainer import train

        def record(run: "TrainingRun") -> None:
            if self.recording is not None:
                self.recording.record(run)
            watch(run)

        dataset = load_dataset(self.settings.dataset, self.data)
        try:
            return train(
                self.settings,
                dataset,
                self.folder,
                resume=self.resume,
                progress=progress,
                watch=record,
            )
        except NotFiniteError as error:
            run = f"schedule {self.settings.schedule}, seed {self.settings.seed}"
            raise Diverged(f"{error} ({run})") from None
