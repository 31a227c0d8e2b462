"""The process of one point: ``hbfp`` that ends when whoever started it is gone."""

import os
import signal
import sys
import threading
import time

from hbfp_hw.sweep.execute import GRACE


def main() -> int:
    """Run the command of the arguments; its standard input is a pipe that nobody writes to."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from hbfp_hw.cli import main

    return main(sys.argv[1:])


def _end_with_parent() -> None:
    """Wait until the other end of the pipe is closed, even by the parent's death."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
