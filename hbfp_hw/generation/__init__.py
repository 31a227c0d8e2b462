"""Generation of Verilog: registry and catalog of units, designs, payloads of streams."""
