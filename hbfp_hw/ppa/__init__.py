"""Power, performance and area of units at a clock, on the cells of a library."""
