"""The register map as a Markdown page and as plain data."""

from typing import Any

from hbfp_hw.core.registers import REGISTERS, VERSION, WORD_BYTES, Register

_INTRODUCTION = """\
# Registers of the core

Version {version} of the register map of `core`. This page is made from
`hbfp_hw/core/registers.py`, as are the decoder, the C header and the driver; do not edit it.

Registers have 32 bits, and addresses count bytes. Reserved bits read as 0, but for those of the
descriptor, which read as they were written. A write to a read-only register, and any access to an
address without a register, is answered by SLVERR and does nothing else. The two lowest bits of an
address are ignored; byte strobes are honoured.
"""


def page() -> str:
    """The Markdown page of the register map."""
    version = ".".join(map(str, VERSION))
    lines = [_INTRODUCTION.format(version=version)]
    lines += ["| address | register | access | is |", "|---|---|---|---|"]
    lines += [
        f"| `{_addresses(register)}` | [`{register.name}`](#{register.name}) "
        f"| {register.access.value} | {register.summary} |"
        for register in REGISTERS.values()
    ]
    for register in REGISTERS.values():
        lines += ["", f"## {register.name}", ""]
        lines += [f"`{_addresses(register)}`, {register.access.value}. {register.summary}"]
        if register.fields:
            lines += ["", "| bits | field | is |", "|---|---|---|"]
        lines += [
            f"| {_bits(field.offset, field.width)} | `{field.name}` | {field.summary} |"
            for field in register.fields
        ]
    return "\n".join(lines) + "\n"


def as_data() -> list[dict[str, Any]]:
    """The register map as it stands in a design's ``.json``."""
    return [
        {
            "name": register.name,
            "address": register.address,
            "count": register.count,
            "access": register.access.name.lower(),
            "summary": register.summary,
            "fields": [
                {
                    "name": field.name,
                    "offset": field.offset,
                    "width": field.width,
                    "summary": field.summary,
                }
                for field in register.fields
            ],
        }
        for register in REGISTERS.values()
    ]


def _addresses(register: Register) -> str:
    first = f"0x{register.address:04x}"
    if register.count == 1:
        return first
    return f"{first} + {WORD_BYTES}·i, i < {register.count}"


def _bits(offset: int, width: int) -> str:
    return str(offset) if width == 1 else f"{offset + width - 1}:{offset}"
