"""The register map as a C header."""

from collections.abc import Iterator, Mapping

from hbfp_hw.core.register import Register
from hbfp_hw.core.registers import IDENTIFICATION, REGISTERS, VERSION, WORD_BYTES


def header(name: str, parameters: Mapping[str, object]) -> str:
    """Return the C header of one design: its numeric parameters and the register map.

    Parameters:
        name: Name of the design.
        parameters: Parameters of the design, as in its ``.json``; only numbers are written.
    """
    guard = f"{name.upper()}_H"
    major, minor, patch = VERSION
    lines = [
        f"/* Registers of {name}; generated, do not edit. */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        f"#define HBFP_CORE_IDENTIFICATION 0x{IDENTIFICATION:08X}u",
        f"#define HBFP_CORE_VERSION 0x{major << 16 | minor << 8 | patch:08X}u",
        "",
        "/* This design. */",
    ]
    lines += [
        f"#define HBFP_CORE_{key.upper()} {value}u"
        for key, value in parameters.items()
        if isinstance(value, int)
    ]
    for register in REGISTERS.values():
        lines += ["", f"/* {register.summary} ({register.access.value}) */", *_register(register)]
    return "\n".join([*lines, "", "#endif", ""])


def _register(register: Register) -> Iterator[str]:
    name = f"HBFP_REG_{register.name.upper()}"
    if register.count == 1:
        yield f"#define {name} 0x{register.address:04X}u"
    else:
        yield f"#define {name}(i) (0x{register.address:04X}u + {WORD_BYTES}u * (i))"
    for field in register.fields:
        part = f"{name}_{field.name.upper()}"
        yield f"#define {part}_SHIFT {field.offset}"
        yield f"#define {part}_MASK 0x{field.mask:08X}u"
