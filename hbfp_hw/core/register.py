"""Types of the register map: registers and their fields."""

from dataclasses import dataclass
from enum import Enum


class Access(Enum):
    """Access that a register allows, and the effect of a write."""

    READ = "read only"
    """A write is answered by SLVERR and has no effect."""
    READ_WRITE = "read and write"
    """A read returns what was written."""
    CLEAR = "write 1 to clear"
    """Hardware sets bits; writing 1 to a bit clears it."""
    COMMAND = "write only"
    """A write of any value triggers an action; reads as 0."""


@dataclass(frozen=True)
class Field:
    """Some bits of a register.

    Members:
        name: Name in lower case.
        offset, width: Lowest bit, and number of bits.
        summary: Meaning, in a few words.
    """

    name: str
    offset: int
    width: int
    summary: str

    @property
    def mask(self) -> int:
        """Bits of the field in the register's word."""
        return ((1 << self.width) - 1) << self.offset


@dataclass(frozen=True)
class Register:
    """A register of 32 bits, or several equal ones in a row.

    Members:
        name: Name in lower case.
        address: Byte address of the first register.
        access: Access that it allows.
        summary: Purpose, in one sentence.
        fields: Fields, lowest first. Bits outside all fields are reserved.
        count: Number of registers, at successive addresses.
    """

    name: str
    address: int
    access: Access
    summary: str
    fields: tuple[Field, ...] = ()
    count: int = 1

    @property
    def mask(self) -> int:
        """Bits that belong to a field; the others are reserved."""
        return sum(field.mask for field in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by its name.

        Raises:
            ValueError: There is no such field.
        """
        for field in self.fields:
            if field.name == name:
                return field
        known = ", ".join(field.name for field in self.fields)
        raise ValueError(f"Field of register {self.name!r} must be one of {known}, not {name!r}")

    def pack(self, **values: int) -> int:
        """Return the word with these field values; fields left out are 0.

        Raises:
            ValueError: There is no such field, or a value does not fit into it.
        """
        word = 0
        for name, value in values.items():
            field = self.field(name)
            most = (1 << field.width) - 1
            if not 0 <= value <= most:
                raise ValueError(
                    f"Field {name!r} of register {self.name!r} must be 0 to {most}, not {value!r}"
                )
            word |= int(value) << field.offset
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """Return the field values of a word, the inverse of :meth:`pack`."""
        return {field.name: (word & field.mask) >> field.offset for field in self.fields}
