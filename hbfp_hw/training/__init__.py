"""Training of small networks in HBFP, with seeds, checkpoints and statistics."""
