"""Leave-one-out influence: which models and tasks the predictions of the others rest on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

import cpp
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from cpp.structure.task_redundancy import discoveries
from features.errors import DataError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.fold_arrays import FoldArrays, arrays_of_folds
from training.analyses.work import Work
from training.splits.kinds import make_folds

#: what is refitted
PREDICTOR = "fast"
#: the variance of a unit over folds leans on the typical one as if that were of so many more folds
PRIOR_FOLDS = 10.0
#: fits with everything for each one without: all changes are taken from these
USUAL = 6
#: units from which on the typical variance is a median
ENOUGH = 8
#: false discovery rate of the units that are said to help or to hurt
RATE = 0.1
#: units in a sampled version, of each kind
SAMPLED_UNITS = 8
#: test cells of relatives from which on anything is said of them
MIN_KIN = 10
HELPS, HURTS, NOTHING, UNKNOWN = "helps", "hurts", "no effect beyond noise", ""

COLUMNS = (
    "n_cells",
    "n_tested",
    "change",
    "se",
    "effect",
    "n_kin",
    "change_kin",
    "se_kin",
    "effect_kin",
)


def analyse_influence(
    table: ScoreTable,
    *,
    work: Work,
    seed: int = 0,
    n_folds: int = 3,
    n_seeds: int = 2,
    n_units: int | None = None,
    sampled: bool = False,
) -> Analysis:
    """Refit without one model's row, or without one task's column, and see what others lose.

    The same random folds for all: cells are held out, the preset `fast` is fitted on the rest
    (points only), and once more on the rest without the row or column; compared are the errors
    on the held-out cells of the *other* models (tasks). A positive change: the error grows
    without it, so it helps.

    The error bar is the standard error over folds, each the mean over seeds; the variance of a
    unit leans on that of all units, as in moderated t statistics (Smyth 2004), and the noise of
    the fits with everything is added. Who *helps* or *hurts* is decided at a false discovery rate
    of 10 % over all units of its kind.

    Parameters
    ----------
    table : ScoreTable
    work : Work
        A unit is one model or task; the most covered come first, both kinds in turn.
    seed : int
        Of the folds and of the fits.
    n_folds, n_seeds : int
        Folds, and fits of each.
    n_units : int, optional
        Only so many of the most covered models, and as many tasks; default all.
    sampled : bool
        8 of each, two folds, one seed.

    Returns
    -------
    Analysis
        - ``models``: ``model, family``; ``n_cells`` known scores; ``n_tested`` held-out cells of
          other models; ``change`` of their mean absolute error in points, ``se`` its standard
          error; ``effect``: *helps*, *hurts*, *no effect beyond noise*; ``n_kin, change_kin,
          se_kin, effect_kin``: the same on the cells of its own family's other models (effect
          "" where there are fewer than 10); ``meaning`` in words. The largest change first.
        - ``tasks``: ``task, ability`` and the same; kin are the other tasks of its ability.
        - ``baseline``: ``mae`` of the fits with everything, in points, ``se`` over the fits of
          one fold, ``n_cells`` tested, ``n_fits``.
        With no bounded task, errors are in standard deviations of the task (``settings["unit"]``).

    Raises
    ------
    DataError, FoldError
        If the table is too small for the folds.

    Examples
    --------
    >>> import features
    >>> found = analyse_influence(
    ...     features.load_leaderboard(), work=Work(), n_units=1, n_folds=2, n_seeds=1)
    >>> found.tables["tasks"]["task"].tolist(), found.complete
    (['MMLU (5-shot)'], True)
    """
    if sampled:
        n_folds, n_seeds, n_units = 2, 1, SAMPLED_UNITS
    folds, unit = arrays_of_folds(table, make_folds(table, "random", seed=seed, n_folds=n_folds))
    told = f"{n_folds} folds, {n_seeds} seeds"
    base = work.run(
        _errors_of_fits,
        {f"fit {s}": (folds, seed + s) for s in range(max(3, USUAL * n_seeds))},
        what=f"influence: with everything ({told})",
    )
    notes: list[str] = []
    settings: dict[str, Any] = {
        "predictor": PREDICTOR,
        "seed": seed,
        "n_folds": n_folds,
        "n_seeds": n_seeds,
        "n_units": n_units,
        "sampled": sampled,
        "unit": unit,
    }
    names, kin = _units(table, folds[0].train, n_units)
    if not base:
        notes.append("The time was used up before the first fit: nothing is known.")
        return work.analysis("influence", table, {}, notes, settings)
    errors = [np.array([np.asarray(b[f]) for b in base.values()]) for f in range(len(folds))]
    usual = [e.mean(axis=0) for e in errors]
    found = work.run(
        _without_one,
        {
            f"{what} {name}": (folds, usual, what, at, kin[what], seed, n_seeds)
            for what, name, at in names
        },
        what=f"influence: without one ({told})",
    )
    of_fits = np.array([np.concatenate(per_fit).mean() for per_fit in zip(*errors, strict=True)])
    noise = float(of_fits.std(ddof=1) / np.sqrt(len(of_fits))) if len(of_fits) > 1 else 0.0
    tables = {
        what + "s": _table(table, what, [n for n in names if n[0] == what], found, noise, unit)
        for what in ("model", "task")
    }
    tables["baseline"] = pd.DataFrame(
        {
            "mae": [float(of_fits.mean())],
            "se": [noise],
            "n_cells": [sum(len(f.row) for f in folds)],
            "n_fits": [len(of_fits)],
        }
    )
    notes += _notes(tables, unit, float(of_fits.mean()))
    if len(found) < len(names):
        notes.append(
            f"The time was used up: {len(found)} of {len(names)} models and tasks were left out "
            "in turn, the most covered first."
        )
    chosen = "" if n_units is None else f" of the {n_units} most covered models and tasks each"
    notes.append(
        f"Refits of `{PREDICTOR}` without one row or column{chosen}, {told}, error on the same "
        "held-out cells of all others; an effect is claimed at a false discovery rate of 10 %. "
        "What a row carries that another row carries too shows in neither: this is what would "
        "be lost with one, not what each contributes."
    )
    if sampled:
        notes.append("A sampled version: few models and tasks, two folds, one seed.")
    return work.analysis("influence", table, tables, notes, settings)


# -- units of work ---------------------------------------------------------------------------


def _fitted_errors(fold: FoldArrays, train: TrainingData, seed: int) -> FloatArray:
    """Return the absolute error on each test cell of a fold after a fit on `train`."""
    predictor = cpp.make_predictor(PREDICTOR, random_state=seed).fit_points(train)
    guess = predictor._scores(train, fold.row, fold.col)
    return np.asarray(np.abs(guess - fold.score) * fold.unit)


def _errors_of_fits(folds: list[FoldArrays], seed: int) -> list[list[float]]:
    """Return the errors with everything, per fold."""
    return [_fitted_errors(fold, fold.train, seed).tolist() for fold in folds]


def _without_one(
    folds: list[FoldArrays],
    usual: list[FloatArray],
    what: str,
    at: int,
    kin: IntArray,
    seed: int,
    n_seeds: int,
) -> dict[str, Any]:
    """Return the mean change per fold, on all others and on relatives, and the cells tested."""
    change, change_kin = [], []
    n_all = n_kin = 0
    for fold, before in zip(folds, usual, strict=True):
        axis = fold.train.row if what == "model" else fold.train.col
        tested = fold.row if what == "model" else fold.col
        train = fold.train.keep(axis != at)
        others = tested != at
        near = others & (kin[tested] == kin[at])
        after = np.mean([_fitted_errors(fold, train, seed + s) for s in range(n_seeds)], axis=0)
        grown = after - before
        change.append(float(grown[others].mean()) if others.any() else None)
        change_kin.append(float(grown[near].mean()) if near.any() else None)
        n_all, n_kin = n_all + int(others.sum()), n_kin + int(near.sum())
    return {"change": change, "change_kin": change_kin, "n_tested": n_all, "n_kin": n_kin}


def _units(
    table: ScoreTable, data: TrainingData, n_units: int | None
) -> tuple[list[tuple[str, str, int]], dict[str, IntArray]]:
    """Return what is left out in turn, the most covered first, and who is related to whom."""
    cells = table.cells
    order = []
    for what, index in (("model", data.model_index), ("task", data.task_index)):
        count = cells.groupby(what).size()
        ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))[:n_units]
        if len(count) < 3:
            raise DataError(
                f"{table.name!r} has {len(count)} {what}s with scores; to leave one out takes 3"
            )
        order += [
            ((place + 1) / len(ranked), what, str(name), index[str(name)])
            for place, (name, _) in enumerate(ranked)
        ]
    names = [(what, name, at) for _, what, name, at in sorted(order)]
    kin = {
        "model": _groups(table.models, "family", data.models),
        "task": _groups(table.tasks, "ability", data.tasks),
    }
    return names, kin


def _groups(factors: pd.DataFrame, column: str, ids: list[str]) -> IntArray:
    """Return a code per id; who has no such factor is related to nobody."""
    values = factors[column].reindex(ids).tolist() if column in factors else [None] * len(ids)
    own = [v if isinstance(v, str) and v else f"\0{i}" for i, v in enumerate(values)]
    return np.unique(np.array(own, dtype=object).astype(str), return_inverse=True)[1]


# -- tables ----------------------------------------------------------------------------------


def _table(
    table: ScoreTable,
    what: str,
    names: list[tuple[str, str, int]],
    found: dict[str, Any],
    noise: float,
    unit: str,
) -> pd.DataFrame:
    factors, label = (table.models, "family") if what == "model" else (table.tasks, "ability")
    done = [name for _, name, _ in names if f"{what} {name}" in found]
    results = [found[f"{what} {name}"] for name in done]
    count = table.cells.groupby(what).size()
    frame = pd.DataFrame({what: done})
    groups = factors[label].reindex(done).tolist() if label in factors else [None] * len(done)
    frame[label] = [g if isinstance(g, str) else "" for g in groups]
    frame["n_cells"] = [int(count[name]) for name in done]
    frame["n_tested"] = [int(r["n_tested"]) for r in results]
    frame["change"], frame["se"], frame["effect"] = moderated([r["change"] for r in results], noise)
    enough = [r["n_kin"] >= MIN_KIN for r in results]
    frame["n_kin"] = [int(r["n_kin"]) for r in results]
    frame["change_kin"], frame["se_kin"], frame["effect_kin"] = moderated(
        [r["change_kin"] if e else [] for r, e in zip(results, enough, strict=True)],
        noise,
        sizes=frame["n_kin"].to_numpy(dtype=float),
    )
    frame["meaning"] = [
        _meaning(r.effect, r.change, r.se, unit, f"all other {what}s") for r in frame.itertuples()
    ]
    frame = frame.sort_values(["change", what], ascending=[False, True], kind="stable")
    return frame[[what, label, *COLUMNS, "meaning"]].reset_index(drop=True)


def moderated(
    changes: list[list[float | None]], noise: float, *, sizes: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return mean change, its standard error and the effect in words, of each unit.

    Parameters
    ----------
    changes : list of list of float
        Per unit the change in each fold; with fewer than two nothing is said.
    noise : float
        Standard error of what the changes are taken from, which all units share.
    sizes : float array, optional
        Cells that a unit's changes are means of, where they differ much: the typical
        variance is then taken per cell.

    Examples
    --------
    >>> some = [[0.5, 0.52, 0.51], [0.0, 0.02, -0.02], [0.01, -0.01, 0.0]]
    >>> moderated(some, 0.0)[2]
    ['helps', 'no effect beyond noise', 'no effect beyond noise']
    """
    known = [np.array([c for c in some if c is not None], dtype=float) for some in changes]
    ok = np.array([len(c) >= 2 for c in known], dtype=bool)
    mean, se = np.full(len(known), np.nan), np.full(len(known), np.nan)
    effect = [UNKNOWN] * len(known)
    if not ok.any():
        return mean, se, effect
    size = np.ones(len(known)) if sizes is None else np.maximum(sizes, 1.0)
    free = np.array([max(len(c) - 1, 1) for c in known], dtype=float)
    variance = np.array([c.var(ddof=1) if len(c) > 1 else 0.0 for c in known])
    # the typical variance, per cell if the sizes differ: of many units their median, so that one
    # with a large effect does not hide the others (over what a median of such variances is)
    scaled = (variance * size)[ok]
    typical = float(np.average(scaled, weights=free[ok]))
    if ok.sum() >= ENOUGH:
        middle = float(np.median(free[ok]))
        typical = min(typical, float(np.median(scaled)) * middle / float(chi2.ppf(0.5, middle)))
    # what is typical is no better known than by the folds it comes from
    prior = min(PRIOR_FOLDS, float(free[ok].sum()) / 4.0)
    leaning = (prior * typical / size + free * variance) / (prior + free)
    mean[ok] = [c.mean() for c, good in zip(known, ok, strict=True) if good]
    se[ok] = np.sqrt(leaning[ok] / (free[ok] + 1.0) + noise**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2.0 * student.sf(np.abs(mean) / np.maximum(se, 1e-12), prior + free)
    real = np.zeros(len(known), dtype=bool)
    real[ok] = discoveries(p[ok], RATE)
    for i in np.flatnonzero(ok):
        effect[i] = (HELPS if mean[i] > 0 else HURTS) if real[i] else NOTHING
    return mean, se, effect


def _meaning(effect: str, change: float, se: float, unit: str, others: str) -> str:
    if effect == HELPS:
        return f"without it the error on {others} grows by {change:.3f} ± {se:.3f} {unit}"
    if effect == HURTS:
        return f"without it the error on {others} falls by {-change:.3f} ± {se:.3f} {unit}"
    if effect == NOTHING:
        return f"no effect on {others} beyond noise ({change:+.3f} ± {se:.3f} {unit})"
    return "too few cells to say"


def _notes(tables: dict[str, pd.DataFrame], unit: str, mae: float) -> list[str]:
    notes = []
    for what, kin in (("model", "family"), ("task", "ability")):
        frame = tables[what + "s"]
        if frame.empty:
            continue
        told = []
        for effect, verb in ((HELPS, "grows"), (HURTS, "falls")):
            some = frame[frame["effect"] == effect]
            some = some.reindex(some["change"].abs().sort_values(ascending=False).index)
            if len(some):
                named = ", ".join(
                    f"{r[what]} ({r['change']:+.2f})" for _, r in some.head(3).iterrows()
                )
                told.append(f"without {len(some)} of them the error of the others {verb}: {named}")
        largest = float(frame["change"].abs().max())
        if told:
            notes.append(
                f"Of {len(frame)} {what}s left out one at a time, {'; '.join(told)} {unit}."
            )
        else:
            notes.append(
                f"No single one of {len(frame)} {what}s is missed by the others beyond noise: the "
                f"largest change is {largest:.2f} {unit} of an error of {mae:.2f}."
            )
        near = frame[frame["effect_kin"].isin([HELPS, HURTS])]
        near = near.reindex(near["change_kin"].abs().sort_values(ascending=False).index)
        if len(near):
            named = ", ".join(
                f"{r[what]} ({r['change_kin']:+.2f})" for _, r in near.head(3).iterrows()
            )
            notes.append(f"Within its own {kin}, {len(near)} {what}s matter: {named} {unit}.")
    return notes
