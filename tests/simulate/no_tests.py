"""Module without any cocotb test."""
