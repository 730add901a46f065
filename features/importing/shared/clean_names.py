"""Names with characters that nobody sees: line ends, escape codes, marks of direction.

A name is printed on terminals and pages, compared, and written into files with a row to a line.
What only looks like space becomes one, what has no width is taken out, and a name with a control
character, or with one that Unicode gives no meaning, is refused: nobody knows what stood there. So
is one that is as long as a page.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from features.importing.shared.task_keys import TaskKey

CLEANED = "line ends and invisible characters of the name are taken for space, or taken out"

#: longest name, and longest text of a setting, source or factor (the rest is cut off, visibly)
MAX_NAME, MAX_TEXT = 1_000, 10_000

_PARTS = ("benchmark", "metric", "filter", "split", "config", "dataset")


def plain(text: str) -> str | None:
    """Return a name on one line and without invisible characters, None if it is no name.

    That is one with a control character or one that is not assigned, or longer than
    :data:`MAX_NAME`.

    Examples
    --------
    >>> plain(" MMLU\\n(5-shot)"), plain("Llama\\u200b 2"), plain("red\\x1b[31m")
    ('MMLU (5-shot)', 'Llama 2', None)
    """
    text = text.strip()
    if len(text) > MAX_NAME:
        return None
    if text.isprintable():
        return text
    kept = "".join(" " if c.isspace() else c for c in text if unicodedata.category(c) != "Cf")
    kept = " ".join(kept.split())
    return kept if kept.isprintable() else None


def plain_key(key: TaskKey) -> TaskKey | None:
    """Return a task whose names are :func:`plain`, None if one of them cannot be."""
    cleaned: dict[str, Any] = {}
    for name in _PARTS:
        text: str = getattr(key, name)
        if len(text) > MAX_NAME or not text.isprintable():
            cleaned[name] = plain(text)
    return None if None in cleaned.values() else replace(key, **cleaned)


def no_name(given: str, what: str = "model") -> tuple[str, str]:
    """Return why :func:`plain` gave no name, and the remedy."""
    if len(given) > MAX_NAME:
        reason = f"the name of the {what} has {len(given):,} characters, more than {MAX_NAME:,}"
        return reason, "shorten it in the source, or look for a missing quote"
    if plain(given) == "":
        return f"the {what} has no name", "name it in the source"
    reason = f"the name of the {what} has a control character (an escape code, a NUL byte)"
    if not any(_is_control(c) and not c.isspace() for c in given):
        reason = f"the name of the {what} has a character without a meaning in Unicode"
    return reason, "take it out of the name in the source"


def without_controls(text: str) -> str:
    """Return a text of several words with a replacement mark for each control character.

    What is longer than :data:`MAX_TEXT` is cut off: files could not be read back with it.
    """
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + " [cut off]"
    if text.isprintable():
        return text
    return "".join("\ufffd" if _is_control(c) and not c.isspace() else c for c in text)


def shown(text: str) -> str:
    """Return a text for a message: what a terminal would act upon is written as its code."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs")
