"""Software's view of the core: its registers, and the packets on its streams."""
