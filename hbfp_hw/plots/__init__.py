"""Drawing: figures, axes and the markup of pages."""
