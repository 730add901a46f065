"""What fits left out or did otherwise than asked, gathered so that each thing is said once."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: (predictor, fold, what its fit noted)
FitNotes = tuple[str, str, Iterable[str]]
_NUMBER = re.compile(r"\d[\d,.]*")


def gather(fits: Iterable[FitNotes]) -> dict[str, list[str]]:
    """Return the notes of each predictor, each once.

    Notes that differ by their numbers only (how many cells a fold had) count as one: the
    first stands for all, and says how many folds have it.

    Parameters
    ----------
    fits : iterable of (str, str, iterable of str)
        Predictor, fold, and the fit's notes (`Predictor.notes_`).

    Returns
    -------
    dict of str to list of str
        Predictors with a note only.

    Examples
    --------
    >>> gather([("a", "f1", ["left out above 10 cells: 12"]), ("a", "f2", []), ("b", "f1", [])])
    {'a': ['left out above 10 cells: 12 (1 fold)']}
    >>> gather([("a", fold, [f"{n} cells"]) for fold, n in (("f1", 12), ("f2", 13))])
    {'a': ['12 cells (2 folds, and alike)']}
    """
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for predictor, fold, notes in fits:
        for note in dict.fromkeys(notes):
            key = predictor, _NUMBER.sub("#", note)
            found.setdefault(key, []).append((fold, note))
    out: dict[str, list[str]] = {}
    for (predictor, _), said in found.items():
        folds, texts = len({fold for fold, _ in said}), {note for _, note in said}
        alike = ", and alike" if len(texts) > 1 else ""
        text = f"{said[0][1]} ({folds} fold{'s' if folds > 1 else ''}{alike})"
        out.setdefault(predictor, []).append(text)
    return out
