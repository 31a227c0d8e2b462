"""AXI4-Stream and AXI4-Lite: the pieces of which the shell of the core is made."""
