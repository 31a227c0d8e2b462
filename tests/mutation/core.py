"""Mutants of the core that a session over its buses kills."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

from hbfp_hw.driver.compiled import core_source
from hbfp_hw.engine import Engine
from hbfp_hw.generation.design import Design
from hbfp_hw.simulate.verilate import build_program
from tests.mutation.core_session import ROUNDS, session
from tests.mutation.isolated import isolated
from tests.mutation.netlist import PORT

CHOICE = """
extern "C" void hbfp_core_choose(unsigned number) { chosen = number; }
extern "C" void hbfp_core_strobe(unsigned bytes) { strobes = bytes; }
extern "C" void hbfp_core_hold(unsigned hold) { y_held = hold; }
"""


def build_core_of_mutants(design: Design) -> Path:
    """Compile a core with its mutants to a shared library.

    ``hbfp_core_choose`` of the library sets :data:`~tests.mutation.netlist.PORT` of cores made
    later. ``hbfp_core_strobe`` sets the byte strobes of register writes,
    ``hbfp_core_hold`` deasserts ``tready`` of Y.
    """
    source = core_source()
    for old, new in (
        ("class Core {", "unsigned chosen = 0, strobes = 15, y_held = 0;\n\nclass Core {"),
        ("wstrb = 15;", "wstrb = strobes;"),
        ("m_axis_y_tready = !paused();", "m_axis_y_tready = !y_held && !paused();"),
        ("void reset() {", f"void reset() {{\n        top->{PORT} = chosen;"),
    ):
        assert source.count(old) == 1
        source = source.replace(old, new)
    return build_program(design, "mutants", source + CHOICE, shared=True)


class CoreSessionHunt:
    """Hunt of the mutants of the core, by sessions over its buses.

    Parameters:
        design: The core.
        library: Build of :func:`build_core_of_mutants`.
    """

    def __init__(self, design: Design, library: Path):
        self._design, self._library = design, library
        self._engine = Engine.from_parameters(design.description.parameters)

    def fates(self, mutants: Sequence[int]) -> dict[int, str]:
        """Return the first round of :data:`ROUNDS` that kills each mutant, or an empty text."""
        fates = dict.fromkeys(mutants, "")
        for number in range(len(ROUNDS)):
            unchanged = list(self._session(0, number))
            # The unchanged core has no wrong product, which is yielded as bytes, and no exception,
            # which is yielded as a text.
            assert all(
                seen is not False and not isinstance(seen, (bytes, str)) for seen in unchanged
            )
            for mutant in mutants:
                if not fates[mutant]:
                    failure = isolated(partial(self._judge, mutant, number, unchanged))
                    fates[mutant] = failure and f"{failure} in round {number}"
        return fates

    def _judge(self, mutant: int, number: int, unchanged: list[object]) -> str:
        pairs = zip_longest(self._session(mutant, number), unchanged, fillvalue=None)
        same = all(a == b for a, b in pairs)
        return "" if same else "wrong"

    def _session(self, mutant: int, number: int) -> Iterator[object]:
        return session(self._design, self._engine, self._library, mutant, number)
