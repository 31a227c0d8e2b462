"""Names for the nets that Amaranth and Yosys leave unnamed, and numbered ports in order.

Every operator of an expression has a net of its own. Without a name, such nets would be half of
what a waveform viewer lists. Here each is called after the net that it helps to compute and after
what drives it: ``x.$next`` is the next value of register ``x``, ``x.$and`` and ``x.$and2`` are
terms of ``x``, and ``i.$p`` is connected to port ``p`` of instance ``i``. Only names change.

Yosys treats a name with ``.$`` in it as a generated one, like the number that it replaces.
Therefore synthesis makes the same choices as without these names, and areas stay what they were.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count

IDENTIFIER = r"(?:\\\S+ |[A-Za-z_][\w$]*)"
NAME = re.compile(IDENTIFIER)
NET = re.compile(r"\\(?:\$\d+|\$auto\$\S+|port\$\d+\$\d+) |(?<![\w$\\])_\d+_(?![\w$])")
GENERATED = re.compile(r"\\\S+\.\$[a-z]\S* ")
"""Name that :func:`named` gave to a net."""
ALONE = re.compile(r"\.\$(?:port|started)\d* ")
"""Generated name of a net whose original number was unique in the whole text."""
UNNAMED_OR_GENERATED = re.compile(f"{NET.pattern}|{GENERATED.pattern}")
MODULE = re.compile(
    rf"^module ({IDENTIFIER}) ?\((.*?)\);\n(.*?)^endmodule$", re.MULTILINE | re.DOTALL
)
PORT = re.compile(
    rf"^(?:  \(\*.*\*\)\n)*  (?:input|output|inout)(?: \[\d+:0\])? ({IDENTIFIER});\n"
    rf"  (?:wire|reg)(?: \[\d+:0\])? \1(?: = [^;\n]+)?;\n",
    re.MULTILINE,
)
ATTRIBUTE = re.compile(r"\(\*.*?\*\) ?")
DECLARATION = re.compile(r"  (?:input|output|inout|wire|reg|initial)\b")
STATEMENT = re.compile(rf"\s+(assign )?\{{?\s*({IDENTIFIER})[^=]*?<?=(.*);")
CONNECTION = re.compile(rf"(    \.)({IDENTIFIER})(\((.*)\),?)")
INSTANCE = re.compile(rf"  ({IDENTIFIER}) ?({IDENTIFIER}) ?\(")
STARTED = "\\simulation.$started "
"""Name of the register that starts the ``always @*`` blocks of a module in simulation."""

OPERATORS = (
    (re.compile(r"\?"), "choice"),
    (re.compile(r"[^&|^~] (?:<<<?|>>>?) "), "shifted"),
    (re.compile(r"[^&|^~] (?:==|!=|<=?|>=?) "), "compare"),
    (re.compile(r"^ ~"), "not"),
    (re.compile(r"^ \|"), "any"),
    (re.compile(r"^ &"), "all"),
    (re.compile(r"^ \^"), "odd"),
    (re.compile(r" & "), "and"),
    (re.compile(r" \| "), "or"),
    (re.compile(r" \^ "), "xor"),
    (re.compile(r" \+ "), "plus"),
    (re.compile(r" -"), "minus"),
    (re.compile(r" \* "), "times"),
)
"""Pattern of an operator in an expression, and the word that names the net of its result."""

PORTS_IN_A_LINE = 20


def named(text: str) -> str:
    """Return the text of some modules with a name for every net, and with ports in order."""
    modules = {found[1]: _Names(found[3]).names() for found in MODULE.finditer(text)}
    return MODULE.sub(lambda found: _ordered(_rewritten(found, modules)), text)


def numbered(text: str) -> str:
    """Return the text with numbers for the names that :func:`named` gave.

    Synthesis decides ties by the order in which it first reads the names of a design, so its result
    depends on which modules share a name. With numbers it depends on the logic alone.
    """
    alone = count(1)
    modules: dict[str, dict[str, str]] = {}
    for found in MODULE.finditer(text):
        nets = count(1)
        modules[found[1]] = {
            name: f"\\alone${next(alone)} " if ALONE.search(name) else f"\\${next(nets)} "
            for name in dict.fromkeys(GENERATED.findall(found[0]))
        }
    return MODULE.sub(lambda found: _rewritten(found, modules), text)


def by_number(name: str) -> list[tuple[int, str]]:
    """Return a sort key in which numbers count as numbers: ``x_2`` comes before ``x_10``."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _ordered(module: str) -> str:
    """Sort the ports of a module that differ in their numbers only."""
    found = MODULE.fullmatch(module)
    assert found
    ports = _in_order(NAME.findall(found[2]))
    lines = [
        ", ".join(ports[start : start + PORTS_IN_A_LINE])
        for start in range(0, len(ports), PORTS_IN_A_LINE)
    ]
    declared = {port[1]: port[0] for port in PORT.finditer(found[3])}
    order = iter(_in_order(list(declared)))
    body = PORT.sub(lambda _: declared[next(order)], found[3])
    header = ",\n    ".join(lines)
    return f"module {found[1]}({header});\n{body}endmodule"


def _in_order(ports: list[str]) -> list[str]:
    """Sort each group of ports that differ in their numbers only, in place of its first port."""
    groups: dict[str, list[str]] = {}
    for port in ports:
        groups.setdefault(re.sub(r"\d+", "", port), []).append(port)
    return [port for group in groups.values() for port in sorted(group, key=by_number)]


def _rewritten(module: re.Match[str], modules: Mapping[str, Mapping[str, str]]) -> str:
    """Rename the nets of a module, and the ports of the modules that it instantiates."""

    def renamed(line: str, names: Mapping[str, str]) -> str:
        return UNNAMED_OR_GENERATED.sub(lambda found: names.get(found[0], found[0]), line)

    names = modules[module[1]]
    inner: Mapping[str, str] = {}
    lines: list[str] = []
    for line in module[0].split("\n"):
        if found := CONNECTION.fullmatch(line):
            lines.append(found[1] + renamed(found[2], inner) + renamed(found[3], names))
            continue
        if found := INSTANCE.fullmatch(line):
            inner = modules.get(found[1], {})
        lines.append(renamed(line, names))
    return "\n".join(lines)


class _Names:
    """Names for the unnamed nets of a module.

    Parameters:
        body: The module without its first line.
    """

    def __init__(self, body: str):
        self._body = body
        self._kinds: dict[str, str] = {}
        """Word for what drives each unnamed net: an operator, a port or a register."""
        self._users: dict[str, str] = {}
        """Net or instance that uses each unnamed net first."""
        for line, target, port in self._lines():
            found = STATEMENT.fullmatch(line)
            source = found[3] if found else line
            if found and NET.fullmatch(found[2]):
                self._kinds.setdefault(found[2], _kind(source) if found[1] else "chosen")
            for net in NET.findall(source):
                self._users.setdefault(net, target)
                if port:
                    self._kinds.setdefault(net, port)
            if found and "<=" in line and NET.fullmatch(source.strip() + " "):
                self._kinds[source.strip() + " "] = "next"

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        """Iterate over lines, each with the net or instance that it drives and the port, if any."""
        instance = ""
        conditions: list[str] = []
        for raw in self._body.split("\n"):
            line = ATTRIBUTE.sub("", raw)
            if DECLARATION.match(line):
                continue
            if found := CONNECTION.fullmatch(line):
                port = "pin" if NET.fullmatch(found[2]) else found[2].strip().removeprefix("\\")
                yield found[3], instance, port
            elif found := STATEMENT.fullmatch(line):
                for condition in conditions:
                    yield condition, found[2], ""
                conditions.clear()
                yield line, found[2], ""
            elif found := INSTANCE.fullmatch(line):
                instance = found[2]
            elif "$" in line:
                conditions.append(line)

    def names(self) -> dict[str, str]:
        """Return the new name of each unnamed net."""
        taken = set(re.findall(r"\\\S+ ", self._body))
        used: Counter[str] = Counter()
        names: dict[str, str] = {}
        for net in dict.fromkeys(NET.findall(self._body)):
            if "verilog_backend" in net:
                names[net] = STARTED
                continue
            if net.startswith("\\port"):
                stem = f"\\{self._base(net, 'output')}.$port"
            else:
                stem = f"\\{self._base(net, 'unused')}.${self._kinds.get(net, 'net')}"
            while True:
                used[stem] += 1
                name = f"{stem}{used[stem] if used[stem] > 1 else ''} "
                if name not in taken:
                    break
            names[net] = name
            taken.add(name)
        return names

    def _base(self, net: str, unused: str) -> str:
        """Return the name of the net or instance for which an unnamed net is used in the end."""
        seen: set[str] = set()
        while NET.fullmatch(net) and net not in seen:
            seen.add(net)
            net = self._users.get(net, unused)
        return unused if NET.fullmatch(net) else net.strip().removeprefix("\\")


def _kind(source: str) -> str:
    """Return a word for the operator of an expression."""
    for pattern, word in OPERATORS:
        if pattern.search(source):
            return word
    return "bits"
