"""Results and samples of lm-evaluation-harness, old and new.

It reads files; it never needs the harness itself.
"""

__all__: list[str] = []
