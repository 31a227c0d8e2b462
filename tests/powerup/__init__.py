"""Tests of generated Verilog in plain test benches, from power-up on."""
