"""Implementation of each command: ``run(options)`` returns the exit code."""
