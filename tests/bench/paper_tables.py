"""The paper's experiments as tables for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.paper_figures import NEW_MODELS, NEW_TASKS, TABLE_1

#: heading -> where it stands in a predictor's figures, digits
_COLUMNS: dict[str, tuple[tuple[str, ...], int]] = {
    "MSE\nper model": (("model", "mse"), 4),
    "L1\nper model": (("model", "l1"), 4),
    "MSE\nper task": (("task", "mse"), 4),
    "L1\nper task": (("task", "l1"), 4),
    "exact\nrank %": (("exact_rank",), 1),
    "rank\n+-2 %": (("rank_hit_rate@2",), 1),
    "MedAE": (("medae",), 2),
    "MAE": (("mae",), 2),
    "RMSE": (("rmse",), 2),
    "covered\n%": (("coverage",), 1),
    "beats mean\n% models": (("wins", "task-mean", "models"), 0),
    "beats law\n% models": (("wins", "scaling-law", "models"), 0),
    "beats mean\n% tasks": (("wins", "task-mean", "tasks"), 0),
    "s per\nfold": (("seconds_per_fold",), 1),
}
_NOTE = (
    "MSE, L1: errors in spans (max - min) of the training scores of the model's row or the task's "
    "column, where those span 10 points; MedAE, MAE and RMSE in points; beats: the smaller median "
    "error"
)


def show(
    console: Console, experiment: str, title: str, dataset: str, rows: list[dict[str, Any]]
) -> None:
    """Print one experiment."""
    if experiment.startswith("named"):
        _show_named(console, experiment, title, dataset, rows)
        return
    found = [f for row in rows for f in row["predictors"].values()]
    columns = {h: c for h, c in _COLUMNS.items() if any(_at(f, c[0]) is not None for f in found)}
    table = Table(title=f"{dataset}: {title}", caption=_NOTE)
    table.add_column("setting", no_wrap=True)
    table.add_column("predictor", no_wrap=True)
    for head in columns:
        table.add_column(head, justify="right", no_wrap=True)
    if experiment == "table-1":
        for method, (mse, l1, exact, near) in TABLE_1.items():
            figures = [_text(mse, 4), _text(l1, 4), "", "", _text(exact, 1), _text(near, 1)]
            table.add_row("5 %, 5 splits", f"paper: {method}", *figures, style="dim")
        table.add_section()
    for row in rows:
        for i, (name, mine) in enumerate(row["predictors"].items()):
            cells = [_text(_at(mine, path), digits) for path, digits in columns.values()]
            table.add_row(row["label"] if i == 0 else "", name, *cells)
        table.add_section()
    console.print(table)


def _at(found: dict[str, Any], path: tuple[str, ...]) -> float | None:
    value: Any = found
    for key in path:
        value = None if value is None else value.get(key)
    return value


def _show_named(
    console: Console, experiment: str, title: str, dataset: str, rows: list[dict[str, Any]]
) -> None:
    """Print one row per model or task, with 0 and with 2 known scores."""
    per = "task" if experiment == "named-models" else "model"
    published = NEW_MODELS if experiment == "named-models" else NEW_TASKS
    predictors = list(rows[0]["predictors"]) if rows else []
    caption = (
        f"MSE with 0 -> 2 known scores (MAE in points), in spans of the training scores of each "
        f"{'task' if per == 'task' else 'model'}; the paper's own MSE is per row"
    )
    table = Table(title=f"{dataset}: {title}", caption=caption)
    table.add_column("left out", no_wrap=True)
    table.add_column("paper", justify="right", no_wrap=True)
    for name in predictors:
        table.add_column(name, justify="right", no_wrap=True)
    for one in dict.fromkeys(r["one"] for r in rows):
        mine = sorted((r for r in rows if r["one"] == one), key=lambda r: r["known"])
        cells = []
        for name in predictors:
            found = [r["predictors"][name] for r in mine]
            mse = " -> ".join(_text(f[per]["mse"], 4) or "-" for f in found)
            mae = " -> ".join(_text(f["mae"], 1) for f in found)
            cells.append(f"{mse} ({mae})")
        table.add_row(one, " -> ".join(_text(v, 4) for v in published[one]), *cells)
    console.print(table)
    missing = [one for one in published if one not in {r["one"] for r in rows}]
    if missing:
        console.print(f"not in {dataset}: {', '.join(missing)}")


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
