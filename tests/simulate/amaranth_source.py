"""Units prepared for Amaranth's simulator: with a clock, and without Verilog instances."""

from typing import Any

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    DomainRenamer,
    Fragment,
    Instance,
    Module,
    Value,
)

from hbfp_hw.rtl.unit import Unit


def clocked(unit: Unit) -> tuple[Module, dict[str, Value], str]:
    """Return a unit with a clock, its ports by their Verilog names, and the clock's domain."""
    m = Module()
    m.submodules.unit = _whole(unit, unit)
    signals = _signals(unit)
    if "aclk" in signals:
        m.domains.bench = ClockDomain(reset_less=True)
        m.d.comb += signals["aclk"].eq(ClockSignal("bench"))
        return m, signals, "bench"
    m.domains.sync = domain = ClockDomain()
    return m, signals | {"rst": domain.rst}, "sync"


def _signals(component: Any) -> dict[str, Value]:
    """Return the ports of a component by their Verilog names."""
    return {
        "__".join(map(str, path)): Value.cast(value)
        for path, _, value in component.signature.flatten(component)
    }


def _whole(component: Any, unit: Unit) -> Fragment:
    """Return a component with its source in place of each Verilog instance."""
    return _replaced(Fragment.get(component, None), unit)


def _replaced(fragment: Fragment, unit: Unit) -> Fragment:
    """Replace all Verilog instances in a fragment by their source."""
    parts = []
    for part, name, source in fragment.subfragments:
        if isinstance(part, Instance):
            component = unit.instances[part.type]()
            signals = _signals(component)
            m = Module()
            m.submodules.part = _whole(component, unit)
            domain = "sync"
            for port, (value, direction) in part.ports.items():
                if port == "clk":
                    domain = value.domain
                elif port != "rst":
                    ends = (signals[port], value)
                    target, driver = ends if direction == "i" else reversed(ends)
                    m.d.comb += target.eq(driver)
            part = Fragment.get(DomainRenamer(domain)(m), None)
        else:
            part = _replaced(part, unit)
        parts.append((part, name, source))
    fragment.subfragments = parts
    return fragment
