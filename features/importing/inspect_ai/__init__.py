"""Logs of Inspect AI, as JSON and as archives, with their samples.

It reads logs; it never needs Inspect itself.
"""

__all__: list[str] = []
