"""A module without any cocotb test."""
