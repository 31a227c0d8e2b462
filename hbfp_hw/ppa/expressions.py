"""Boolean functions of Liberty files, as functions of packed bits.

The operators are ``!`` before and ``'`` after an operand, ``^``, then ``&``, ``*`` or a space, and
last ``|`` or ``+``, in this order of precedence (Liberty Reference Manual, "function").
"""

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Packed bits: 64 values of one net in each word."""

Function = Callable[[Mapping[str, Words]], Words]
"""The value of an output from the values of the input pins."""

TOKEN = re.compile(r"\s*(?:([A-Za-z_][\w\[\]]*)|([01])|([!'^&*|+()]))")
ONES = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class _Parser:
    """A parser by recursive descent, one method for each level of precedence."""

    def __init__(self, text: str):
        self.text = text
        self.tokens: list[str] = []
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if not match:
                raise self.error()
            self.tokens.append(match[0].strip())
            position = match.end()
        self.pins: set[str] = set()

    def error(self) -> ValueError:
        return ValueError(f"Function of a pin must be a Boolean expression, not {self.text!r}")

    def next_is(self, *tokens: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in tokens

    def either(self) -> Function:
        result = self.both()
        while self.next_is("|", "+"):
            del self.tokens[0]
            result = _joined(np.bitwise_or, result, self.both())
        return result

    def both(self) -> Function:
        result = self.differ()
        while self.tokens and not self.next_is("|", "+", ")"):
            if self.next_is("&", "*"):
                del self.tokens[0]
            result = _joined(np.bitwise_and, result, self.differ())
        return result

    def differ(self) -> Function:
        result = self.operand()
        while self.next_is("^"):
            del self.tokens[0]
            result = _joined(np.bitwise_xor, result, self.operand())
        return result

    def operand(self) -> Function:
        if not self.tokens:
            raise self.error()
        token = self.tokens.pop(0)
        if token == "!":
            return _inverted(self.operand())
        if token == "(":
            result = self.either()
            if not self.next_is(")"):
                raise self.error()
            del self.tokens[0]
        elif token in "01":
            result = _constant(int(token))
        elif token[0].isalpha() or token[0] == "_":
            self.pins.add(token)
            result = _pin(token)
        else:
            raise self.error()
        while self.next_is("'"):
            del self.tokens[0]
            result = _inverted(result)
        return result


def parse_function(text: str) -> tuple[Function, frozenset[str]]:
    """Return the function that an expression stands for, and the pins it reads.

    Raises:
        ValueError: The text is not a Boolean expression.
    """
    parser = _Parser(text)
    function = parser.either()
    if parser.tokens:
        raise parser.error()
    return function, frozenset(parser.pins)


def _joined(operator: np.ufunc, left: Function, right: Function) -> Function:
    return lambda values: operator(left(values), right(values))


def _inverted(operand: Function) -> Function:
    return lambda values: operand(values) ^ ONES


def _constant(bit: int) -> Function:
    word = np.array([ONES if bit else 0], np.uint64)
    return lambda values: word


def _pin(name: str) -> Function:
    return lambda values: values[name]
