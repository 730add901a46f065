"""Names that a submission brings: which could never be typed again, and so are refused."""

from __future__ import annotations

import unicodedata

#: categories of characters that are not seen, or mean nothing: controls, format characters
#: (zero-width, turning the direction of text round), halves of pairs, private and unassigned
#: ones, separators of lines
_UNSEEN = {
    "Cc": "a control character",
    "Cf": "an invisible character",
    "Cs": "half of a surrogate pair",
    "Co": "a private character",
    "Cn": "an unassigned character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}


def fault_of_name(name: str) -> str | None:
    """Return why a name that is not known yet cannot become one, None if it can.

    Examples
    --------
    >>> fault_of_name("größe 7B (50%)")
    >>> fault_of_name("GPT\\u200b-4")
    'has an invisible character (U+200B); take it out'
    >>> fault_of_name("GPT-4 ")
    'begins or ends with a space; take it out'
    """
    fault = fault_of_text(name)
    if fault is None and name != name.strip():
        return "begins or ends with a space; take it out"
    return fault


def fault_of_text(text: str) -> str | None:
    """Return why a text cannot be kept, None if it can."""
    for letter in text:
        what = _UNSEEN.get(unicodedata.category(letter))
        if what is not None:
            return f"has {what} (U+{ord(letter):04X}); take it out"
    return None
