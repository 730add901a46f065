"""Answers: predicted cells as a table, a file or JSON, never confusable with observed ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.answers import predictions
from serving.cli.output.console import Console, Tell, number, silent
from serving.cli.output.output_files import write_frame

if TYPE_CHECKING:
    import pandas as pd

    from serving.cli.input.prediction_source import Source


@contextmanager
def progress(console: Console, n_cells: int) -> Iterator[Tell]:
    """Show how far predicting is, if there are many cells; give what is to be told."""
    if n_cells <= predictions.CHUNK:
        yield silent
        return
    with console.progress("predicting") as tell:
        yield tell


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
    """Write the file if one is asked for, print the table or its summary, or the JSON.

    `frame` is one of :func:`serving.answers.predictions.predict_frame`.
    """
    frame = predictions.split_observed(frame)
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
