"""Draw the pictures of the data paths.

python docs/draw.py [FOLDER]

The script writes them into FOLDER, by default the folder of this file.
"""

import sys
from pathlib import Path

from drawing import arrays, units

PICTURES = {
    "data_path": units.dot_engine,
    "pictures/convert": units.convert,
    "pictures/dot": units.dot,
    "pictures/accumulate": units.accumulate,
    "pictures/mac": units.mac,
    "pictures/pe": arrays.pe,
    "pictures/array": arrays.array,
    "pictures/gemm": arrays.gemm,
    "pictures/core": arrays.core,
}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, draw in PICTURES.items():
        path = folder / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw())
