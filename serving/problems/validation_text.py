"""Faults that pydantic finds, in words that fit after a place."""

from __future__ import annotations

from typing import Any

#: pydantic's type of a fault -> what is said instead of its own words
_WORDS = {
    "extra_forbidden": "there is no such member",
    "missing": "this is needed",
    "string_pattern_mismatch": "must hold more than spaces, and no control characters",
    "finite_number": "must be a finite number",
}


def said(fault: Any) -> str:
    """Return what is wrong, of a fault of pydantic's, in words that fit after a place."""
    words = _WORDS.get(fault["type"])
    if words is not None:
        return words
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
