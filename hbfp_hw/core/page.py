"""The register map as a Markdown page and as plain data."""

from typing import TypedDict

from hbfp_hw.core.register import Register
from hbfp_hw.core.registers import REGISTERS, VERSION, WORD_BYTES

_INTRODUCTION = """\
# Registers of the core

The registers of `core` are the interface by which software configures it, starts products and reads
its state; this page lists version {version} of their map. Read it when you write a driver: the
[driver](driver.md) of this package, the C header and the decoder in hardware come from the same
table, `hbfp_hw/core/registers.py`. The page is generated; do not edit it.

```python
from hbfp_hw.core.registers import REGISTERS

mode = REGISTERS["mode"]
word = mode.pack(accumulate=1, from_table=1, layer=3, product=0)
assert (mode.address, word) == (0x58, 0x30030)  # what a driver writes for layer 3
assert mode.unpack(word)["layer"] == 3
```

Registers have 32 bits, and addresses count bytes. The core ignores the two lowest address bits and
honours byte strobes. Reserved bits read as 0, except in a descriptor, where they read as written. A
write to a read-only register and any access to an address without a register are answered by SLVERR
and have no other effect.
"""


class FieldData(TypedDict):
    """Plain data of a field: the members of :class:`~hbfp_hw.core.register.Field`."""

    name: str
    offset: int
    width: int
    summary: str


class RegisterData(TypedDict):
    """Plain data of a register: the members of :class:`~hbfp_hw.core.register.Register`."""

    name: str
    address: int
    count: int
    access: str
    summary: str
    fields: list[FieldData]


def page() -> str:
    """Return the register map as a Markdown page."""
    version = ".".join(map(str, VERSION))
    lines = [_INTRODUCTION.format(version=version)]
    lines += ["| address | register | access | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{_addresses(register)}` | [`{register.name}`](#{register.name}) "
        f"| {register.access.value} | {register.summary} |"
        for register in REGISTERS.values()
    ]
    for register in REGISTERS.values():
        lines += ["", f"## {register.name}", ""]
        lines += [f"`{_addresses(register)}`, {register.access.value}. {register.summary}"]
        if register.fields:
            lines += ["", "| bits | field | meaning |", "|---|---|---|"]
        lines += [
            f"| {_bits(field.offset, field.width)} | `{field.name}` | {field.summary} |"
            for field in register.fields
        ]
    return "\n".join(lines) + "\n"


def as_data() -> list[RegisterData]:
    """Return the register map as plain data for a design's ``.json``."""
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
