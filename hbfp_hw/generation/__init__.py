"""Generation of Verilog: designs, named configurations, payloads of streams."""
