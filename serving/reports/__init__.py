"""HTML reports: one self-contained file each, rendered from what the lower floors computed."""
