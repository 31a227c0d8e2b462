"""Power, performance and area of units at a clock: cells, timing, energy and wires."""
