"""Generation of Verilog: registry and catalog of units, generated designs, stream payloads."""
