"""Syntheses in parallel, one per processor; if one fails, all are stopped."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from hbfp_hw.area.yosys import SynthesisError
from hbfp_hw.helpers.locks import Poll

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_parallel(
    run: Callable[[Item, Poll], Result],
    items: Sequence[Item],
    *,
    progress: Callable[[], object] | None = None,
) -> list[Result]:
    """Run a synthesis for each item and return the results in the order of the items.

    Parameters:
        run: Called with an item and a function to poll while it works. That function raises once
            another item has failed, or after an interrupt.
        progress: Called after each item.

    Raises:
        Exception: The error of the first item that fails.
    """
    stop = threading.Event()

    def poll() -> None:
        if stop.is_set():
            raise SynthesisError("The synthesis was stopped: another one failed")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            futures = [pool.submit(run, item, poll) for item in items]
            for future in as_completed(futures):
                future.result()
                if progress is not None:
                    progress()
            return [future.result() for future in futures]
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
