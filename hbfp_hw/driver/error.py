"""Errors that a core reports."""

from hbfp_hw.core.registers import INPUT_STREAMS, REGISTERS


class CoreError(RuntimeError):
    """An error that the core reports. The core starts no product until the driver's ``recover``.

    Parameters:
        code: Word of the register ``error``.

    Members:
        code: Word of the register ``error``.
        names: Names of the register's fields that are set.
        streams: Input streams with an error: "x", "w", "c". An error of a stream halts the core.
    """

    def __init__(self, code: int):
        found = [field for field in REGISTERS["error"].fields if code & field.mask]
        self.code = code
        self.names = tuple(field.name for field in found)
        starts = {name.partition("_")[0] for name in self.names}
        self.streams = tuple(stream for stream in INPUT_STREAMS if stream in starts)
        what = "; ".join(f"{field.name} ({field.summary})" for field in found)
        super().__init__(f"Core reports error 0x{code:08x}: {what}")
