"""Old models on new tasks: ``python -m tests.bench.frontier`` (``make bench-frontier``).

Nobody measured GPT-3 on SWE-bench Verified, so no held-out score says what is right there; who
knows the field knows what would be absurd. Both presets are fitted on the shipped leaderboard. Of
the models released before 2024 with MMLU (5-shot) below 70 the highest prediction on two
tasks is printed beside its limit, and over cells of these models the share whose interval holds the
median score of the five nearest models, where these agree within 10 points.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.table import Table

import cpp
from cpp.explain.neighbours import nearest_models
from features import load_leaderboard
from features.table.score_table import ScoreTable
from tests.bench.results import write_json
from tests.bench.running import or_exit, wide_console

#: task -> the most that is believed of such a model
LIMITS = {"GPQA Diamond": 38.0, "SWE-bench Verified": 10.0}
BEFORE, MMLU, BELOW = pd.Timestamp("2024-01-01"), "MMLU (5-shot)", 70.0
#: nearest models, how far apart their scores may be, and the share that is wanted
NEAREST, APART, WANTED = 5, 10.0, 90.0


@click.command(help=__doc__.splitlines()[0])
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(out: Path) -> None:
    """Fit both presets, print what they say, write ``frontier.json``."""
    or_exit(lambda: run(out))


def run(out: Path) -> dict[str, Any]:
    """Return the rows that are printed."""
    console, table = wide_console(), load_leaderboard()
    rows: list[dict[str, Any]] = []
    for name, rung in cpp.PRESETS.items():
        predictor = cpp.make_predictor(rung, random_state=0).fit(table)
        rows += [{"preset": name, **row} for row in measured(predictor, table)]
    shown = Table("preset", "what", "cells", "found", "limit", "", title="old models on new tasks")
    for row in rows:
        cells = [str(row["cells"]), f"{row['found']:.1f}", row["limit"]]
        shown.add_row(row["preset"], row["what"], *cells, "ok" if row["ok"] else "MISSED")
    console.print(shown)
    write_json(out / "frontier.json", rows)
    return {"rows": rows}


def old_and_weak(table: ScoreTable) -> list[str]:
    """Return the models released before 2024 whose MMLU is below 70."""
    mmlu = table.cells[table.cells["task"] == MMLU].set_index("model")["score"]
    date = table.models["release_date"].reindex(mmlu.index)
    return list(mmlu.index[(mmlu < BELOW) & (date < BEFORE)])


def measured(predictor: cpp.Predictor, table: ScoreTable) -> list[dict[str, Any]]:
    """Return the largest prediction on each task, and how often the nearest models agree."""
    models, rows, held = old_and_weak(table), [], []
    known = set(zip(table.cells["model"], table.cells["task"], strict=True))
    for task, limit in LIMITS.items():
        asked = pd.DataFrame({"model": [m for m in models if (m, task) not in known]})
        told = predictor.predict(asked.assign(task=task)).frame
        top = told.loc[told["prediction"].idxmax()]
        what = f"highest on {task}: {top['model']}"
        found = float(top["prediction"])
        rows.append(_row(what, len(told), found, f"<= {limit:g}", found <= limit))
        held += [_holds(predictor, cell) for cell in told.itertuples()]
    agreed = np.array([h for h in held if h is not None], dtype=float)
    share = 100.0 * float(agreed.mean()) if len(agreed) else 0.0
    what = "% of intervals that hold the nearest five's median, where these agree"
    return [*rows, _row(what, len(agreed), share, f">= {WANTED:g}", share >= WANTED)]


def _row(what: str, cells: int, found: float, limit: str, ok: bool) -> dict[str, Any]:
    return {"what": what, "cells": cells, "found": round(found, 2), "limit": limit, "ok": bool(ok)}


def _holds(predictor: cpp.Predictor, cell: Any) -> bool | None:
    """Return whether the interval holds the neighbours' median; None where they disagree."""
    data = predictor.data_
    row, col = data.model_index[cell.model], data.task_index[cell.task]
    scores = nearest_models(predictor, row, col, NEAREST)["score"]
    if len(scores) < NEAREST or scores.max() - scores.min() > APART:
        return None
    return bool(cell.lower <= scores.median() <= cell.upper)


if __name__ == "__main__":
    main()
