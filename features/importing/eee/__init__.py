"""Records of Every Eval Ever, version by version.

It reads what a record declares; it never infers a scale that is not there.
"""

__all__: list[str] = []
