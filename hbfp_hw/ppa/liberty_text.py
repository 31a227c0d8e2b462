"""The syntax of Liberty files: groups that hold attributes and other groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s+|\\\n|/\*.*?\*/|//[^\n]*      # space, a continued line, comments
    |"(?P<string>(?:[^"\\]|\\.|\\\n)*)"  # a string
    |(?P<mark>[{}();:,])
    |(?P<word>[^\s{}();:,"]+)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass
class Group:
    """A group: ``kind(names) { ... }``.

    Members:
        kind: Word before the parenthesis: ``cell``, ``pin``, ``timing``.
        names: Words or strings in the parenthesis.
        attributes: Values by name: one for ``name : value;``, several for ``name(v1, v2);``.
        groups: Groups inside, in the order of the file.
    """

    kind: str
    names: list[str]
    attributes: dict[str, list[str]] = field(default_factory=dict)
    groups: list["Group"] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> Iterator["Group"]:
        """Return the groups inside that have one of the given kinds."""
        return (group for group in self.groups if group.kind in kinds)

    def text(self, name: str, default: str = "") -> str:
        """Return the first value of an attribute."""
        return self.attributes.get(name, [default])[0]

    def number(self, name: str, default: float = 0.0) -> float:
        """Return the first value of an attribute as a number.

        Raises:
            ValueError: The value is not a number.
        """
        if name not in self.attributes:
            return default
        return parse_number(self.text(name))


def parse_number(text: str) -> float:
    """Return the number that a text of a Liberty file stands for.

    Raises:
        ValueError: It stands for no number.
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"Value in a Liberty file must be a number, not {text!r}") from None


def parse_liberty(text: str) -> Group:
    """Parse a Liberty file and return its outermost group, the library.

    Raises:
        ValueError: The text has another syntax, or ends within a group.
    """
    tokens = _Tokens(text.replace("\r\n", "\n"))
    group = _statement(tokens)
    if not isinstance(group, Group) or group.kind != "library":
        raise ValueError("Liberty file must begin with a group library(...) { ... }")
    return group


class _Tokens:
    """The tokens of a file, each with a mark that tells a string from a word."""

    def __init__(self, text: str):
        self.text = text
        self.found = self._tokens()
        self.ahead: str | None = None
        self.position = 0
        self.advance()

    def _tokens(self) -> Iterator[str]:
        while self.position < len(self.text):
            match = TOKEN.match(self.text, self.position)
            if not match:
                raise self.error()
            self.position = match.end()
            if match["mark"]:
                yield match["mark"]
            elif match["word"] is not None:
                yield "=" + match["word"]
            elif match["string"] is not None:
                yield "=" + match["string"].replace("\\\n", " ")

    def error(self) -> ValueError:
        line = self.text.count("\n", 0, self.position) + 1
        return ValueError(f"Liberty file must have its usual syntax; line {line} has not")

    def advance(self) -> str | None:
        taken, self.ahead = self.ahead, next(self.found, None)
        return taken

    def take(self, mark: str) -> None:
        if self.advance() != mark:
            raise self.error()

    def value(self) -> str:
        token = self.advance()
        if token is None or token[0] != "=":
            raise self.error()
        return token[1:]


def _statement(tokens: _Tokens) -> Group | tuple[str, list[str]]:
    """Return a group, or the name of an attribute and its values."""
    name = tokens.value()
    values = []
    if tokens.ahead == ":":
        tokens.advance()
        while tokens.ahead is not None and tokens.ahead[0] == "=":  # `1 + 2` is three words
            values.append(tokens.value())
        values = [" ".join(values)]
    else:
        tokens.take("(")
        while tokens.ahead != ")":
            values.append(tokens.value())
            if tokens.ahead == ",":
                tokens.advance()
        tokens.advance()
        if tokens.ahead == "{":
            tokens.advance()
            return _contents(Group(name, values), tokens)
    if tokens.ahead == ";":
        tokens.advance()
    return name, values


def _contents(group: Group, tokens: _Tokens) -> Group:
    while tokens.ahead != "}":
        if tokens.ahead == ";":
            tokens.advance()
            continue
        inside = _statement(tokens)
        if isinstance(inside, Group):
            group.groups.append(inside)
        else:
            name, values = inside
            group.attributes[name] = values
    tokens.advance()
    return group
