"""Descriptors that the GEMM engine refuses."""


def bad_fields(block_size: int, depth: int) -> dict[str, dict[str, int]]:
    """Return the field values that make a descriptor bad, by the name of the fault.

    Parameters:
        block_size, depth: Sizes of the engine. Values that its fields cannot hold are left out.
    """
    bad = {f"{name}_0": {name: 0} for name in ("rows", "columns", "blocks", "lanes", "chunk")}
    bad["rounding_3"] = {"rounding": 3}
    for name, largest in (("lanes", block_size), ("chunk", depth)):
        most = (1 << largest.bit_length()) - 1
        bad |= {
            f"{name}_{value}": {name: value}
            for value in (largest + 1, most)
            if largest < value <= most
        }
    return bad
