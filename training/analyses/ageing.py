"""Ageing: how well models are predicted that were released after the data end.

The data are cut at a date: a predictor learns from the models released up to then, and later
ones are put before it, by their factors alone and with a few of their scores folded in. So
the same later cells are predicted from data of several ages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import cpp
from features.errors import DataError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.work import Work
from training.evaluation.coverage_tests import coverage_interval

#: months between the cut and a model's release: where the groups begin
AGES = (0, 3, 6, 12, 18, 24)
#: shares of the dated models that lie before the cuts
CUTS, FEW_CUTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8), (0.4, 0.6, 0.8)
#: scores of a later model that are told
KNOWN = 5
#: what a later model needs of scores on tasks that the data know
LEAST = KNOWN + 3
#: models before a cut, below which nothing is learned; scores of a task that make it known
OLD_MODELS, TASK_SCORES = 8, 3
_MONTH = 365.25 / 12
#: models from which on a group of ages is told of
TELLING = 8
_DRAWS = 500


def analyse_ageing(
    table: ScoreTable, *, work: Work, seed: int = 0, sampled: bool = False
) -> Analysis:
    """Predict models by the preset `fast` from data that end before their release.

    Parameters
    ----------
    table : ScoreTable
        With release dates of models.
    work : Work
    seed : int
        Of the predictor and of which scores are told.
    sampled : bool
        Three cuts instead of six.

    Returns
    -------
    Analysis
        ``by_age``: `known` (scores told of a model), `months_from`, `months_to` (between the
        cut and the release; the last group is open), `n_cells`, `n_models`, `medae`, `mae` with
        `mae_low`, `mae_high` (95 %, bootstrap over models), `width` (median), all in points;
        `coverage` with `coverage_low`, `coverage_high` (% of the scores within the 90 % interval).
        ``cuts``: the same by `cut` (date), with `n_old_models`, `n_old_cells` before it.
        ``models``: by later model, `known`, its `release_date`, `n_cells` and `mae`, over all cuts.

    Raises
    ------
    DataError
        If too few models have a release date or scores.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> found = analyse_ageing(load_leaderboard(), work=Work(budget=0), sampled=True)
    >>> found.complete, len(found.tables["by_age"])
    (False, 0)
    """
    cuts = cuts_of(table, FEW_CUTS if sampled else CUTS)
    # the middle cut tells most: enough before it, and enough after it
    order = sorted(cuts, key=lambda cut: abs(cuts.index(cut) - len(cuts) // 2))
    found = work.run(
        predict_later,
        {str(cut.date()): (table, str(cut.date()), seed) for cut in order},
        what="data cut off at",
    )
    cells = pd.concat(
        [pd.DataFrame(v["cells"]).assign(cut=cut) for cut, v in sorted(found.items())]
        or [pd.DataFrame(columns=_COLUMNS)],
        ignore_index=True,
    )
    about = pd.DataFrame(
        [{"cut": cut, **v["about"]} for cut, v in sorted(found.items())],
        columns=["cut", "n_old_models", "n_old_cells"],
    )
    tables = {
        "by_age": _by_age(cells),
        "cuts": about.merge(_grouped(cells, ["cut", "known"]), on="cut"),
        "models": _by_model(cells, table),
    }
    settings = {"seed": seed, "sampled": sampled, "predictor": "fast", "known": KNOWN}
    notes = _notes(tables, len(found), len(cuts))
    return work.analysis("ageing", table, tables, notes, settings)


_COLUMNS = ["model", "task", "known", "months", "error", "covered", "width", "cut"]


def cuts_of(table: ScoreTable, shares: tuple[float, ...]) -> list[pd.Timestamp]:
    """Return dates before which those shares of the dated models were released.

    Raises
    ------
    DataError
        If there is no date with enough models before it and any after it.
    """
    dates = _dates(table).dropna().sort_values()
    dates = dates[dates.index.isin(table.cells["model"].unique())]
    at = [dates.iloc[min(int(s * len(dates)), len(dates) - 1)] for s in shares if len(dates)]
    cuts = [c for c in dict.fromkeys(at) if (dates <= c).sum() >= OLD_MODELS and (dates > c).any()]
    if not cuts:
        raise DataError(
            f"{table.name!r}: ageing needs models released after {OLD_MODELS} or more others; "
            f"{len(dates)} models with scores have a release_date. Fill release_date in the models "
            "file"
        )
    return cuts


def predict_later(table: ScoreTable, cut: str, seed: int) -> dict[str, Any]:
    """Predict the models released after `cut` from those up to it; results as JSON values."""
    dates = _dates(table)
    old = dates[dates <= pd.Timestamp(cut)].index
    cells = table.cells
    before = cells[cells["model"].isin(old)]
    about = {"n_old_models": int(before["model"].nunique()), "n_old_cells": len(before)}
    size = before.groupby("task").size()
    tasks = size[size >= TASK_SCORES].index
    tasks = [t for t in tasks if table.scales[t].in_points]
    later = cells[cells["model"].isin(dates[dates > pd.Timestamp(cut)].index)]
    later = later[later["task"].isin(tasks)]
    enough = later.groupby("model").size()
    later = later[later["model"].isin(enough[enough >= LEAST].index)]
    if later.empty:
        return {"about": about, "cells": {c: [] for c in _COLUMNS[:-1]}}
    told = _revealed(later, seed)
    asked = later[~told].sort_values(["model", "task"])
    past = ScoreTable(
        table.scores[table.scores["model"].isin(old)],
        table.models.loc[table.models.index.isin(old)],
        table.tasks,
        name=table.name,
    )
    predictor = cpp.make_predictor("fast", random_state=seed).fit(past)
    newcomers = table.models.loc[sorted(later["model"].unique())]
    first = table.only(later[told])
    first = ScoreTable(first.scores, newcomers, table.tasks.loc[sorted(first.tasks.index)])
    out: list[pd.DataFrame] = []
    for known, who in ((0, predictor), (KNOWN, predictor.fold_in(first))):
        frame = who.predict(asked[["model", "task"]], models=newcomers).frame
        out.append(_measured(asked, frame, table, dates, cut).assign(known=known))
    both = pd.concat(out, ignore_index=True)
    return {"about": about, "cells": both[_COLUMNS[:-1]].to_dict("list")}


def _revealed(later: pd.DataFrame, seed: int) -> np.ndarray:
    """Return which cells are told: `KNOWN` of each model, the same for every cut that has them."""
    rng = np.random.default_rng([seed, 5])
    order = later[["model", "task"]].assign(at=np.arange(len(later)))
    told = np.zeros(len(later), dtype=bool)
    for _, rows in order.groupby("model", sort=True):
        told[rng.permutation(rows["at"].to_numpy())[:KNOWN]] = True
    return told


def _measured(
    asked: pd.DataFrame, frame: pd.DataFrame, table: ScoreTable, dates: pd.Series, cut: str
) -> pd.DataFrame:
    unit = asked["task"].map({t: s.points_per_unit() for t, s in table.scales.items()}).to_numpy()
    score = asked["score"].to_numpy(dtype=float)
    lower, upper = (frame[c].to_numpy(dtype=float) for c in ("lower", "upper"))
    days = (dates.reindex(asked["model"]) - pd.Timestamp(cut)).dt.days.to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "model": asked["model"].to_numpy(),
            "task": asked["task"].to_numpy(),
            "months": np.round(days / _MONTH, 2),
            "error": np.round(np.abs(frame["prediction"].to_numpy(dtype=float) - score) * unit, 4),
            "covered": ((lower <= score) & (score <= upper)).astype(int),
            "width": np.round((upper - lower) * unit, 4),
        }
    )


def _dates(table: ScoreTable) -> pd.Series:
    if "release_date" not in table.models.columns:
        return pd.Series(pd.NaT, index=table.models.index, dtype="datetime64[s]")
    return pd.to_datetime(table.models["release_date"])


# -- tables --------------------------------------------------------------------------------

_MEASURES = [
    "n_cells", "n_models", "medae", "mae", "mae_low", "mae_high", "coverage", "coverage_low",
    "coverage_high", "width",
]  # fmt: skip


def _by_age(cells: pd.DataFrame) -> pd.DataFrame:
    which = np.searchsorted(AGES, cells["months"].to_numpy(dtype=float), side="right") - 1
    ends = [*AGES[1:], np.nan]
    start = [float(AGES[max(i, 0)]) for i in which]
    out = _grouped(cells.assign(months_from=start), ["known", "months_from"])
    end = [float(ends[AGES.index(int(m))]) for m in out["months_from"]]
    out.insert(2, "months_to", pd.Series(end, dtype=float))
    return out


def _by_model(cells: pd.DataFrame, table: ScoreTable) -> pd.DataFrame:
    keys = ["model", "known"]
    out = cells.groupby(keys, as_index=False).agg(n_cells=("error", "size"), mae=("error", "mean"))
    dates = _dates(table).dt.strftime("%Y-%m-%d")
    out.insert(2, "release_date", out["model"].map(dates))
    return out.sort_values(["release_date", *keys], ignore_index=True)


def _grouped(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rows = []
    for key, group in cells.groupby(keys, sort=True):
        low, high = _mean_interval(group["error"].to_numpy(dtype=float), group["model"].to_numpy())
        inside = coverage_interval(group["covered"], group["model"])
        rows.append(
            {
                **dict(zip(keys, key, strict=True)),
                "n_cells": len(group),
                "n_models": group["model"].nunique(),
                "medae": float(group["error"].median()),
                "mae": float(group["error"].mean()),
                "mae_low": low,
                "mae_high": high,
                "coverage": 100.0 * float(group["covered"].mean()),
                "coverage_low": 100.0 * inside[0],
                "coverage_high": 100.0 * inside[1],
                "width": float(group["width"].median()),
            }
        )
    return pd.DataFrame(rows, columns=[*keys, *_MEASURES])


def _mean_interval(error: np.ndarray, model: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by a bootstrap over models; NaN of fewer than two."""
    who, models = pd.factorize(model, sort=True)
    if len(models) < 2:
        return float("nan"), float("nan")
    total, count = np.bincount(who, error), np.bincount(who).astype(float)
    times = np.random.default_rng(0).multinomial(
        len(models), np.full(len(models), 1.0 / len(models)), size=_DRAWS
    )
    low, high = np.quantile((times @ total) / (times @ count), [0.025, 0.975])
    return float(low), float(high)


def _notes(tables: dict[str, pd.DataFrame], done: int, asked: int) -> list[str]:
    notes = []
    by_age = tables["by_age"]
    for known, rows in by_age[by_age["n_models"] >= TELLING].groupby("known"):
        first, last = rows.iloc[0], rows.iloc[-1]
        told = f"known by {known} scores" if known else "known by their factors alone"
        text = (
            f"Later models {told}: mean error {first.mae:.1f} points where they were released "
            f"{_span(first)} after the data end"
        )
        if len(rows) > 1:
            text += f", {last.mae:.1f} where it was {_span(last)}"
        inside = rows["coverage"].mul(rows["n_cells"]).sum() / rows["n_cells"].sum()
        notes.append(f"{text}; the 90 % interval holds {inside:.0f} % of their scores.")
    if not notes:
        notes.append("No later model has enough scores on tasks that the older data know.")
    notes.append(
        "Measured with the preset fast; later models are judged on tasks that the older data know, "
        f"and only those with {LEAST} or more such scores. A model counts once for every cut that "
        "it lies behind."
    )
    if done < asked:
        notes.append(f"The budget ended after {done} of {asked} dates of cutting off.")
    return notes


def _span(row: pd.Series) -> str:
    if np.isnan(row["months_to"]):
        return f"more than {row['months_from']:.0f} months"
    return f"{row['months_from']:.0f} to {row['months_to']:.0f} months"
