"""Child process that runs a compiled design under cocotb's runner; its argument is a JSON file.

A process of its own, because the runner neither limits the time of a simulator nor kills it.
"""

import json
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    get_runner(job.pop("simulator")).test(hdl_toplevel_lang="verilog", **job)


if __name__ == "__main__":
    main()
