"""What software sees of the core: its registers, and what its streams carry."""
