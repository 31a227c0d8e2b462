"""Plots and pages: figures in one style, scales and ticks, and pieces of HTML."""
