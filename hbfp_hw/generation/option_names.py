"""Names of the command-line options of units; importing this module loads no hardware."""

PARAMETERS = {
    "mantissa_bits": "mantissa-bits",
    "block_size": "block-size",
    "exponent_bits": "exponent-bits",
    "random_bits": "random-bits",
    "rounding": "rounding",
    "pipeline": "pipeline",
    "free_running": "free-running",
    "sign_magnitude": "sign-magnitude",
    "variant": "variant",
    "rows": "rows",
    "columns": "cols",
    "depth": "depth",
    "panel_tiles": "panel-tiles",
    "bus_bits": "bus-bits",
    "queue": "queue",
    "layers": "layers",
    "lanes": "lanes",
    "fused": "separate",
    "accumulate": "accumulate",
}
"""Option of each parameter of a unit, without its dashes."""
