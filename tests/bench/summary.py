"""The ladder as tables for people and as JSON."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table

#: the published record's method, which the others are measured against
REFERENCE = "bias-als"


def summarise(columns: list[dict], default: str) -> dict[str, dict]:
    """Return, per predictor, what holds over all columns.

    Parameters
    ----------
    columns : list of dict
        ``name``, ``folds``, ``predictors``: name -> overall metrics with ``ratio`` (MedAE
        over the reference's) and ``seconds_per_fold``.

    Returns
    -------
    dict
        predictor -> ``geometric_mean_ratio`` over the columns that have a ratio (None if
        none has), ``columns``, ``seconds_per_fold`` (mean), ``coverage`` (mean, %) and
        ``width_median`` (mean over columns, points), ``is_default``.
    """
    names = list(dict.fromkeys(p for c in columns for p in c["predictors"]))
    out: dict[str, dict] = {}
    for name in names:
        rows = [c["predictors"][name] for c in columns if name in c["predictors"]]
        ratios = [r["ratio"] for r in rows if r["ratio"]]
        logs = [math.log(r) for r in ratios]
        out[name] = {
            "geometric_mean_ratio": math.exp(sum(logs) / len(logs)) if logs else None,
            "columns": len(rows),
            "seconds_per_fold": _mean([r["seconds_per_fold"] for r in rows]),
            "coverage": _mean([r["coverage"] for r in rows]),
            "width_median": _mean([r["width_median"] for r in rows]),
            "is_default": name == default,
        }
    return out


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def show(console: Console, columns: list[dict], summary: dict[str, dict], default: str) -> None:
    """Print one table per data set, and one over all."""
    for dataset in dict.fromkeys(c["dataset"] for c in columns):
        mine = [c for c in columns if c["dataset"] == dataset]
        table = Table(title=f"{dataset}: MedAE in points (ratio to {REFERENCE})")
        table.add_column("predictor", no_wrap=True)
        for column in mine:
            folds = len(column["folds"])
            table.add_column(f"{column['file']}\n{folds} fold{'s' * (folds > 1)}", justify="right")
        for name in summary:
            cells = [_cell(c["predictors"].get(name)) for c in mine]
            table.add_row(name, *cells, style="bold" if name == default else None)
        own = [c["predictors"].get(default) for c in mine]
        if any(own):
            table.add_section()
            table.add_row(f"{default}: coverage %", *[_number(o, "coverage") for o in own])
            table.add_row(f"{default}: median width", *[_number(o, "width_median") for o in own])
        console.print(table)
    table = Table(title="over all columns")
    for head in ("predictor", "geometric mean ratio", "coverage %", "median width", "s per fold"):
        table.add_column(head, justify="left" if head == "predictor" else "right")
    for name, row in summary.items():
        table.add_row(
            name,
            _text(row["geometric_mean_ratio"], 3),
            _text(row["coverage"], 1),
            _text(row["width_median"], 1),
            _text(row["seconds_per_fold"], 2),
            style="bold" if row["is_default"] else None,
        )
    console.print(table)


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _number(row: dict | None, metric: str) -> str:
    return "" if row is None else _text(row[metric], 1)


def _cell(row: dict | None) -> str:
    if row is None:
        return ""
    ratio = f" ({row['ratio']:.2f})" if row["ratio"] else ""
    return f"{_text(row['medae'], 2)}{ratio}"
