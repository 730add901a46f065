"""Answers: predicted cells as a table, a file or JSON, never confusable with observed ones."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.cli.output.console import Console, number, silent
from serving.cli.output.output_files import write_frame
from serving.engine.columns import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable
    from serving.cli.input.prediction_source import Source

#: cells per step of the progress bar
CHUNK = 1000


def answer(
    predictor: Predictor, cells: pd.DataFrame, level: float, console: Console
) -> pd.DataFrame:
    """Predict `cells` (columns model, task) and return the columns of `COLUMNS`.

    Scores, predictions and bounds are in each task's own unit.
    """
    import pandas as pd

    parts = []
    shown = console.progress("predicting") if len(cells) > CHUNK else nullcontext(silent)
    with shown as tell:
        for start in range(0, len(cells), CHUNK):
            tell(start, len(cells), "")
            part = cells.iloc[start : start + CHUNK]
            parts.append(predictor.predict(part, level=level).frame)
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return from_predictions(pd.concat(parts, ignore_index=True))


def from_predictions(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of predictions with the columns of `COLUMNS`."""
    observed = frame["kind"] == "observed"
    frame = frame.assign(score=frame["prediction"].where(observed))
    for column in ("prediction", "lower", "upper"):
        frame[column] = frame[column].mask(observed)
    return frame[list(COLUMNS)]


def observed_cells(table: ScoreTable, level: float) -> pd.DataFrame:
    """Return the scores of `table` with the columns of `COLUMNS`."""
    nothing = float("nan")
    frame = table.cells.assign(
        kind="observed",
        prediction=nothing,
        lower=nothing,
        upper=nothing,
        level=level,
        support=table.cells.groupby("model")["task"].transform("size"),
        reason="observed: the reconciled score of the reports",
    )
    return frame[list(COLUMNS)]


def show(frame: pd.DataFrame, level: float, console: Console, title: str = "") -> None:
    """Print cells as a table for people."""
    rows = []
    for row in frame.itertuples(index=False):
        observed = row.kind == "observed"
        interval = "" if observed else f"{number(row.lower)} to {number(row.upper)}"
        rows.append(
            [
                row.model,
                row.task,
                row.kind,
                float(row.score) if observed else None,
                None if observed else float(row.prediction),
                interval,
                row.reason,
            ]
        )
    wide = f"{100 * level:g}% interval"
    names = ["model", "task", "kind", "observed", "predicted", wide, "reason"]
    console.table(names, rows, title)


def give(
    command: str,
    frame: pd.DataFrame,
    source: Source,
    level: float,
    out: Path | None,
    console: Console,
    **more: Any,
) -> None:
    """Write the file if one is asked for, print the table or its summary, or the JSON."""
    kinds = {str(k): int(n) for k, n in frame["kind"].value_counts().sort_index().items()}
    if out is not None:
        write_frame(frame, out)
        counts = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "none"
        console.say(f"{len(frame)} cells ({counts}) written to {out}")
    else:
        show(frame, level, console)
    console.say(f"from {source.text}")
    console.document(
        {
            "command": command,
            "predictor": source.about,
            "level": level,
            "kinds": kinds,
            **more,
            **(
                {"out": str(out)}
                if out is not None
                else {"predictions": frame.to_dict(orient="records")}
            ),
        }
    )
