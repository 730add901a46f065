"""Protection of the service."""
