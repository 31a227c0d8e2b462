"""Report of area and density: a page with tables and plots, and its figures as JSON."""
