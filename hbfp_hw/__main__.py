"""The command line as ``python -m hbfp_hw``."""

import sys

from hbfp_hw.cli import main

if __name__ == "__main__":
    sys.exit(main())
