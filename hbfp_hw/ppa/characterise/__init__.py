"""Characterisation of standard cells by ngspice: delays, energies and leakage as Liberty file."""
