"""Which column of a long table holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.catalogue.normalise import normalise_name
from features.errors import DataError, near_misses
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place

#: standard column -> the names, normalised, that plainly mean it; the standard name goes first
SYNONYMS: dict[str, tuple[str, ...]] = {
    "model": ("model", "model name", "model id", "modelname", "llm", "system", "fullname"),
    "task": (
        *("task", "task name", "task id", "benchmark", "benchmark name", "dataset"),
        *("dataset name", "eval", "eval name", "evaluation", "evaluation name"),
    ),
    "score": (
        *("score", "value", "accuracy", "acc", "result", "performance", "mean score"),
        *("metric value", "score value"),
    ),
    "se": ("se", "stderr", "std err", "standard error", "sem", "score se", "acc stderr"),
    "n_items": (
        *("n items", "n samples", "num samples", "num items", "num instances", "n instances"),
        *("n", "samples"),
    ),
    "date": ("date", "eval date", "evaluation date", "run date", "evaluated"),
    "source": ("source", "source url", "url", "reference", "citation"),
    "setting": ("setting", "settings", "setup"),
    "reported_by": ("reported by", "reporter", "evaluator relationship"),
    "metric": ("metric", "metric name"),
    "shots": ("shots", "n shot", "n shots", "num fewshot", "num shots", "few shot", "fewshot"),
}
REQUIRED = ("model", "task", "score")


def mapped_columns(
    header: Sequence[str], given: Mapping[str, str], file: str, into: Collector
) -> dict[str, str]:
    """Return standard column -> column of the file.

    Parameters
    ----------
    header : sequence of str
    given : mapping
        What the person says; it goes before any guess.
    file : str
    into : Collector
        Is told of columns that were recognised by a synonym, and of those not read.

    Raises
    ------
    DataError
        If a column that is asked for is not there, several may be meant, or model, task or
        score is missing.
    """
    out: dict[str, str] = {}
    for standard, column in given.items():
        if standard not in SYNONYMS:
            raise DataError(
                f"no standard column {standard!r}; must be one of {', '.join(SYNONYMS)}"
            )
        if column not in header:
            close = near_misses(column, header, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(header[:20])}"
            raise DataError(f"{file}, line 1: no column {column!r} for {standard}; {hint}")
        out[standard] = column
    taken = set(out.values())
    for standard, names in SYNONYMS.items():
        if standard in out:
            continue
        found = [c for c in header if c not in taken and normalise_name(c) in names]
        exact = [c for c in found if normalise_name(c) == names[0]]
        if len(found) > 1 and len(exact) != 1:
            raise DataError(
                f"{file}, line 1: {' and '.join(repr(c) for c in found)} may be the {standard}; "
                f"say which with --column {standard}={_quoted(found[0])}"
            )
        if found:
            out[standard] = (exact or found)[0]
            taken.add(out[standard])
            if not exact:
                into.note(Place(file, 1), found[0], f"the column {found[0]!r} is the {standard}")
    missing = [c for c in REQUIRED if c not in out]
    if missing:
        free = [c for c in header if c not in taken]
        raise DataError(
            f"{file}, line 1: no column is called {missing[0]}, or anything that plainly means "
            f"it; say --column {missing[0]}=NAME with NAME one of "
            f"{', '.join(repr(c) for c in free[:20]) or '(no column is left)'}"
        )
    left = [c for c in header if c not in out.values()]
    if left:
        shown = ", ".join(repr(c) for c in left[:20])
        more = f" and {len(left) - 20} more" if len(left) > 20 else ""
        into.note(Place(file, 1), "", f"columns that are not read: {shown}{more}")
    return out


def rivals(header: Sequence[str], mapped: Mapping[str, str]) -> list[str]:
    """Return other columns that plainly name tasks, too (``benchmark`` beside ``task``)."""
    used = set(mapped.values())
    return [c for c in header if c not in used and normalise_name(c) in SYNONYMS["task"]]


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name
