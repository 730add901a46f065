"""The data card: what a score table holds, whose it is, how old, how full, how consistent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.table.attribution import attribution_of
from features.table.score_table import ScoreTable

#: release periods that a picture has room for; longer ranges are cut into years
PERIODS = 16
#: reports of one cell that lie further apart are a conflict, points
CONFLICT = 3.0
UNKNOWN = "unknown"


@dataclass(frozen=True)
class DataCard:
    """Facts and tables about a snapshot.

    Attributes
    ----------
    facts : dict
        Name, title, version, licence, homepage, dates, sizes; None where not stated.
    tables : dict of str to DataFrame
        ``sources`` (see :func:`features.table.attribution.attribution_of`); ``models`` and
        ``tasks`` with their number of cells; ``released`` (models and cells by period of release);
        ``measured`` (see :func:`measured_shares`); ``reported`` (reports by the year of their
        date and by who reported); ``scales``; ``conflicts`` (cells whose reports lie more than
        3 points apart) and, where the directory has it, ``candidates`` (figures that were
        left out of such a cell).
    """

    facts: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def data_card(
    table: ScoreTable, directory: Path | None = None, *, today: dt.date | None = None
) -> DataCard:
    """Describe a snapshot.

    Parameters
    ----------
    table : ScoreTable
    directory : path, optional
        Of the dataset, for attribution and listed conflicts.
    today : date, optional
        By which ages are told; today if left out.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> card = data_card(load_leaderboard(), today=dt.date(2026, 11, 23))
    >>> card.facts["cells"], card.facts["newest_score"], card.facts["newest_score_age_days"]
    (3275, '2025-11-16', 372)
    """
    today = today or dt.datetime.now(dt.UTC).date()
    cells, meta = table.cells, table.meta
    newest = table.scores["date"].max()
    released = release_dates(table)
    seen = released[released.index.isin(cells["model"].unique())]
    retrieved = _day(meta.get("retrieved"))
    facts: dict[str, Any] = {
        "name": table.name,
        "title": meta.get("title"),
        "version": meta.get("version"),
        "license": meta.get("license"),
        "homepage": meta.get("homepage") or None,
        "fingerprint": table.fingerprint,
        "store": meta.get("store"),
        "batch": meta.get("batch"),
        "retrieved": None if retrieved is None else retrieved.isoformat(),
        "retrieved_age_days": None if retrieved is None else (today - retrieved).days,
        "newest_score": None if pd.isna(newest) else newest.date().isoformat(),
        "newest_score_age_days": None if pd.isna(newest) else (today - newest.date()).days,
        "dated_reports": int(table.scores["date"].notna().sum()),
        "first_release": _iso(seen.min()),
        "last_release": _iso(seen.max()),
        "reports": len(table.scores),
        "cells": table.n_cells,
        "models": len(table.models),
        "tasks": len(table.tasks),
        "share_measured": 100.0 * table.n_cells / max(1, len(table.models) * len(table.tasks)),
        "cells_per_model_median": float(cells.groupby("model").size().median()),
        "models_per_task_median": float(cells.groupby("task").size().median()),
        "reports_with_error": int(table.scores["se"].notna().sum()),
    }
    tables = {
        "sources": attribution_of(table, directory),
        "models": _models(table, released),
        "tasks": _tasks(table),
        "released": _released(table, released),
        "measured": measured_shares(table),
        "reported": _reported(table),
        "scales": _scales(table),
        "conflicts": _conflicts(table),
    }
    listed = None if directory is None else directory / "conflicts.csv"
    if listed is not None and listed.is_file():
        tables["candidates"] = _candidates(table, pd.read_csv(listed))
    return DataCard(facts, tables)


def release_dates(table: ScoreTable) -> pd.Series:
    """Return the release date of each model, NaT where it is not known."""
    if "release_date" not in table.models.columns:
        return pd.Series(pd.NaT, index=table.models.index, dtype="datetime64[s]")
    return pd.to_datetime(table.models["release_date"])


def measured_shares(table: ScoreTable) -> pd.DataFrame:
    """Return how many cells were measured, by release of the model and group of the task.

    Returns
    -------
    DataFrame
        ``released`` (half-year or year, in order; models without a date last), ``group``
        (the tasks' ability, else their family, else all tasks), ``cells``, ``possible``.
    """
    period = _periods(release_dates(table))
    group = _groups(table)
    index = pd.MultiIndex.from_product([_ordered(period), sorted(group.unique())])
    index.names = ["released", "group"]
    n_models, n_tasks = period.value_counts(), group.value_counts()
    seen = pd.DataFrame(
        {
            "released": table.cells["model"].map(period),
            "group": table.cells["task"].map(group),
        }
    )
    out = seen.groupby(["released", "group"]).size().reindex(index, fill_value=0)
    frame = out.rename("cells").reset_index()
    frame["possible"] = frame["released"].map(n_models) * frame["group"].map(n_tasks)
    return frame


def _periods(dates: pd.Series) -> pd.Series:
    """Return half-years; years where there would be too many."""
    year = dates.dt.year.astype("Int64").astype(str)
    half = year + np.where(dates.dt.month <= 6, "-H1", "-H2")
    named = half if half[dates.notna()].nunique() <= PERIODS else year
    return named.where(dates.notna(), UNKNOWN)


def _ordered(period: pd.Series) -> list[str]:
    known = sorted(set(period) - {UNKNOWN})
    return known + ([UNKNOWN] if UNKNOWN in set(period) else [])


def _groups(table: ScoreTable) -> pd.Series:
    for column in ("ability", "family"):
        if column in table.tasks.columns and table.tasks[column].notna().any():
            return table.tasks[column].fillna(UNKNOWN).astype(str)
    return pd.Series("all tasks", index=table.tasks.index)


# -- tables --------------------------------------------------------------------------------


def _models(table: ScoreTable, released: pd.Series) -> pd.DataFrame:
    size = table.cells.groupby("model").size().reindex(table.models.index, fill_value=0)
    out = pd.DataFrame({"model": table.models.index, "cells": size.to_numpy()})
    for column in ("organization", "family"):
        if column in table.models.columns:
            out[column] = table.models[column].fillna("").astype(str).to_numpy()
    out["release_date"] = released.dt.strftime("%Y-%m-%d").fillna("").to_numpy()
    out["share_measured"] = 100.0 * out["cells"] / max(1, len(table.tasks))
    return out.sort_values(["cells", "model"], ignore_index=True)


def _tasks(table: ScoreTable) -> pd.DataFrame:
    scores = table.cells.groupby("task")["score"].agg(["size", "min", "median", "max"])
    scores = scores.reindex(table.tasks.index)
    scales = [table.scales[t] for t in table.tasks.index]
    out = pd.DataFrame(
        {
            "task": table.tasks.index,
            "group": _groups(table).to_numpy(),
            "cells": scores["size"].fillna(0).astype(int).to_numpy(),
            "share_measured": 100.0 * scores["size"].fillna(0).to_numpy() / len(table.models),
            "scale": [s.describe() for s in scales],
            "chance": [np.nan if s.chance is None else s.chance for s in scales],
            "higher_is_better": [s.higher_is_better for s in scales],
            "lowest": scores["min"].to_numpy(),
            "median": scores["median"].to_numpy(),
            "highest": scores["max"].to_numpy(),
        }
    )
    return out.sort_values(["cells", "task"], ignore_index=True)


def _released(table: ScoreTable, released: pd.Series) -> pd.DataFrame:
    period = _periods(released)
    size = table.cells.groupby("model").size().reindex(table.models.index, fill_value=0)
    out = pd.DataFrame({"released": period, "cells": size})
    out = out.groupby("released").agg(models=("cells", "size"), cells=("cells", "sum"))
    return out.reindex(_ordered(period)).rename_axis("released").reset_index()


def _reported(table: ScoreTable) -> pd.DataFrame:
    year = table.scores["date"].dt.year.astype("Int64").astype(str)
    rows = pd.DataFrame(
        {
            "year": year.where(table.scores["date"].notna(), UNKNOWN),
            "reported_by": table.scores["reported_by"],
        }
    )
    return rows.groupby(["year", "reported_by"]).size().rename("reports").reset_index()


def _scales(table: ScoreTable) -> pd.DataFrame:
    size = table.cells.groupby("task").size()
    rows = [
        {
            "scale": {"bounded": "bounded, in points"}.get(s.kind, s.kind),
            "direction": "higher is better" if s.higher_is_better else "lower is better",
            "chance_known": s.chance is not None,
            "tasks": 1,
            "cells": int(size.get(task, 0)),
        }
        for task, s in table.scales.items()
    ]
    keys = ["scale", "direction", "chance_known"]
    return pd.DataFrame(rows).groupby(keys, as_index=False)[["tasks", "cells"]].sum()


def _conflicts(table: ScoreTable) -> pd.DataFrame:
    cells = table.cells
    unit = cells["task"].map(
        {t: s.points_per_unit() if s.in_points else np.nan for t, s in table.scales.items()}
    )
    out = cells.assign(spread_points=cells["spread"] * unit.to_numpy(dtype=float))
    out = out[(out["n_reports"] > 1) & (out["spread_points"] > CONFLICT)]
    out = out[["model", "task", "n_reports", "score", "score_mean", "spread_points"]]
    return out.sort_values("spread_points", ascending=False, kind="stable", ignore_index=True)


def _candidates(table: ScoreTable, listed: pd.DataFrame) -> pd.DataFrame:
    listed = listed[["model", "task", "score", "chosen", "source"]]
    listed = listed.assign(chosen=listed["chosen"].astype(str).str.lower() == "true")
    unit = {t: s.points_per_unit() for t, s in table.scales.items() if s.in_points}
    spread = listed.groupby(["model", "task"])["score"].transform(lambda s: s.max() - s.min())
    listed["spread_points"] = spread * listed["task"].map(unit).astype(float)
    order = ["spread_points", "model", "task", "chosen"]
    return listed.sort_values(
        order, ascending=[False, True, True, False], kind="stable", ignore_index=True
    )


def _day(text: object) -> dt.date | None:
    if not text:
        return None
    found = pd.to_datetime(str(text), errors="coerce")
    return None if pd.isna(found) else found.date()


def _iso(date: Any) -> str | None:
    return None if pd.isna(date) else date.date().isoformat()
