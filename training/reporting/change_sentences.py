"""What changed between two runs or snapshots, in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd


def notes_of(facts: dict[str, Any], tables: dict[str, pd.DataFrame], accuracy: str) -> list[str]:
    """Return what the tables of a comparison show, in sentences, the most important first.

    Parameters
    ----------
    facts, tables : dict
        Of :class:`training.reporting.changes.Changes`.
    accuracy : str
        What the errors on the same folds show; empty if they could not be measured.
    """
    notes = [_data_note(facts, tables["names"])]
    if accuracy:
        notes.append(accuracy)
    moved = tables["predictions"]
    if len(moved):
        size = moved["points"].abs()
        notes.append(
            f"{len(moved):,} predictions can be compared ({facts['predictions_by']}): half moved "
            f"by less than {size.median():.1f} points, one in twenty by more than "
            f"{size.quantile(0.95):.1f}."
        )
        why = tables["why"]
        if not facts["same_data"] and len(why):
            first = why.iloc[0]
            notes.append(
                f"{first['share']:.0f} % of the movement lies where {first['where']} "
                f"({first['cells']:,} cells, {first['mean_points']:.1f} points on average)."
            )
    ranking = tables["ranking"]
    if len(ranking):
        n = int((ranking["moved"] != 0).sum())
        text = f"{n:,} of {len(ranking):,} models changed their place in the overall ranking"
        if n:
            top = ranking.iloc[0]
            way = "up" if top["moved"] > 0 else "down"
            text += f"; the furthest is {top['model']}, {way} {abs(int(top['moved']))}"
        notes.append(text + ".")
    return notes


def _data_note(facts: dict[str, Any], names: pd.DataFrame) -> str:
    what: list[str] = []
    if facts["same_data"]:
        what.append("The data are the same")
    else:
        counts = [
            f"{facts[f'cells_{k}']:,} {k}"
            for k in ("new", "changed", "gone")
            if facts[f"cells_{k}"]
        ]
        said = [
            f"{n} {kind}{'s' if n > 1 else ''} {change}"
            for (kind, change), n in names.groupby(["kind", "change"]).size().items()
        ]
        what.append(
            f"The data differ: {', '.join(counts) or 'no score'} of {facts['cells_after']:,} cells"
            + (f"; {', '.join(said)}" if said else "")
            + ("" if counts or said else " (factors or sources changed)")
        )
    if facts["method_before"] and facts["method_after"]:
        one, two = facts["method_before"], facts["method_after"]
        if facts["same_method"]:
            what.append(f"the method, {two}, is the same")
        elif one != two:
            what.append(f"the method went from {one} to {two}")
        else:
            what.append(f"the parameters of {two} changed")
        if not facts["same_seed"]:
            what.append("the seed is another one")
    return "; ".join(what) + "."
