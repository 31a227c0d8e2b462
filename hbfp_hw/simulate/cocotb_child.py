"""Child process that runs a compiled design under cocotb's runner, with options from a JSON file.

It is a separate process because the runner neither limits the time of a simulator nor kills it.
"""

import json
import sys
from pathlib import Path

from cocotb_tools.runner import get_runner


def main() -> None:
    """Run the tests; the argument is the file that ``cocotb_run.py`` wrote."""
    options = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    get_runner(options.pop("simulator")).test(hdl_toplevel_lang="verilog", **options)


if __name__ == "__main__":
    main()
