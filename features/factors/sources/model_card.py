"""Model factors from the front matter of a model card (``README.md``)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from features.documents.yaml_files import read_yaml
from features.errors import DataError

#: front matter of a card is read up to so many characters
MAX_CHARACTERS = 1_000_000
_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
#: how a card says by its tags that a model was tuned
_TUNED = frozenset(
    {"instruct", "instruction-tuned", "chat", "sft", "dpo", "rlhf", "conversational"}
)


def front_matter(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the front matter of a card, every scalar as text; empty where it has none.

    Raises
    ------
    DataError
        If the file cannot be read, is not UTF-8, or its front matter is no YAML mapping.
    """
    path = Path(path)
    path = path / "README.md" if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    found = _FRONT.match(text[:MAX_CHARACTERS])
    if found is None:
        return {}
    if not found[1].strip():
        return {}
    tree = read_yaml(found[1], str(path), 2)
    if not isinstance(tree, dict):
        raise DataError(f"{path}: the front matter is no mapping of names to values")
    return tree


def from_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the model factors that a card's front matter says.

    Parameters
    ----------
    path : path
        The card, or the folder that holds it.

    Returns
    -------
    dict
        Of ``base_model`` (where it is a single one), ``finetuning``, ``training_data``, and the
        columns ``license`` and ``language``. What the card does not say is not there.

    Raises
    ------
    DataError
        If the card cannot be read (see :func:`front_matter`).
    """
    card = front_matter(path)
    found: dict[str, Any] = {}
    bases = texts(card.get("base_model"))
    if len(bases) == 1:  # a merge has several, and no one of them is the base
        found["base_model"] = bases[0]
    tags = {t.casefold() for t in texts(card.get("tags"))}
    if tags & _TUNED:
        found["finetuning"] = "instruct"
    for column, names in (
        ("training_data", texts(card.get("datasets"))),
        ("license", texts(card.get("license"))),
        ("language", texts(card.get("language"))),
    ):
        if names:
            found[column] = ", ".join(dict.fromkeys(names))
    return found


def texts(value: Any) -> list[str]:
    """Return a text or a list of them as a list."""
    items = value if isinstance(value, list) else [value]
    return [v.strip() for v in items if isinstance(v, str) and v.strip()]
