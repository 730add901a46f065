"""Whether the service can answer, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Readiness:
    """Whether answers can be given.

    Attributes
    ----------
    ok : bool
        A model is loaded: its hash was right and its smoke prediction passed.
    reasons : tuple of str
        What is missing; empty if nothing is.

    Examples
    --------
    >>> Readiness(False, ("no model is loaded yet",)).reasons
    ('no model is loaded yet',)
    """

    ok: bool
    reasons: tuple[str, ...] = ()
