"""How predictions turned out once a score came in for their cell, in a sentence."""

from __future__ import annotations

import logging
from typing import Any

from features.errors import BenchcastError
from serving.api.routes.info import audit_of

log = logging.getLogger("benchcast.page")


def audit_text(current: Any, settings: Any) -> str:
    """Return what is known of the realised errors, in words; "" without a store.

    A store that does not answer is no reason to show no page: the text says so instead.
    """
    try:
        found = audit_of(current, settings)
    except BenchcastError as error:
        log.warning("the audit cannot be read: %s", error)
        return "How predictions turned out cannot be said now: the score store does not answer."
    return "" if found is None else _in_words(found)


def _in_words(found: dict[str, Any]) -> str:
    n = found["n"]
    if not n:
        return "No score has come in yet for a cell that was predicted before."
    level = f"{100 * found['level']:g} %" if found.get("level") is not None else "their"
    text = (
        f"Of {n:,} score{'s' if n != 1 else ''} that came in for predicted cells, "
        f"{100 * found['covered']:.0f} % lay in their interval (meant to be {level})"
    )
    error = found["median_abs_error"]
    return text + (f"; the median error was {error:.1f} points." if error is not None else ".")
