"""Sparsity sweep: how the held-out error grows as more of the known scores are masked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import cpp
from cpp.data.arrays import FloatArray
from features.errors import ConfigError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.fold_arrays import FoldArrays, arrays_of_folds
from training.analyses.work import Work
from training.splits.assignment import generator
from training.splits.kinds import make_folds

PREDICTORS = ("fast", "bias-als", "biases", "task-mean")
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
SAMPLED_SHARES = (0.0, 0.3, 0.6, 0.8, 0.9)
#: the error has broken where it is so many times that without masking
BREAKS = 1.25
#: the part of the scores that is held out and the same at every share: one in so many
PARTS = 5


def analyse_sparsity(
    table: ScoreTable,
    *,
    work: Work,
    seed: int = 0,
    n_draws: int = 5,
    shares: tuple[float, ...] = SHARES,
    predictors: tuple[str, ...] = PREDICTORS,
    sampled: bool = False,
) -> Analysis:
    """Mask growing shares of the known scores and measure on the same held-out cells.

    In each draw a fifth of the cells is held out; of the rest a share is masked at random, the
    cells of a smaller share being among those of a larger one, and each predictor is fitted on
    what is left (points only). A model or task whose cells are all masked is predicted from its
    factors or as nothing is known of it.

    Parameters
    ----------
    table : ScoreTable
    work : Work
        A unit is one draw at one share, all predictors.
    seed : int
    n_draws : int
        Draws of held-out cells (up to 5 are the parts of one split) and of masks.
    shares : tuple of float
        Shares of the training cells that are masked, 0 to below 1.
    predictors : tuple of str
        Names of the ladder.
    sampled : bool
        Two draws, fewer shares.

    Returns
    -------
    Analysis
        - ``errors``: ``predictor, share`` masked (0-1); ``n_train``, mean number of scores left;
          ``filled``, the share of the whole matrix that they are; ``mae`` and its standard error
          over draws ``mae_se``; ``medae`` (median absolute error) and ``medae_se``, all in
          points; ``n_draws``.
        - ``breaks``: ``predictor``; ``breaks_at``, the least share from which on the error stays
          at least 1.25 x that without masking, beyond two standard errors of the paired
          difference (NaN if it never does); ``bends_at``, where two straight lines fit the
          curve best; ``before, after``: their slopes, points of error per 10 % masked;
          ``gain``, how much larger the error is at the largest share than at the least.
        With no bounded task, errors are in standard deviations (``settings["unit"]``).

    Raises
    ------
    ConfigError
        For a share outside 0 to 1, or fewer than two draws.
    FoldError
        If the table is too small.

    Examples
    --------
    >>> import features
    >>> found = analyse_sparsity(features.load_leaderboard(), work=Work(), n_draws=2,
    ...                          shares=(0.0, 0.9), predictors=("biases", "task-mean"))
    >>> errors = found.tables["errors"].set_index(["predictor", "share"])["mae"]
    >>> bool(errors["biases", 0.9] > errors["biases", 0.0])
    True
    """
    if sampled:
        n_draws, shares = 2, SAMPLED_SHARES
    shares = tuple(sorted(set(shares)))
    if not shares or shares[0] < 0 or shares[-1] >= 1:
        raise ConfigError(f"shares must lie from 0 to below 1, got {shares}")
    if n_draws < 2:
        raise ConfigError(f"n_draws must be at least 2, got {n_draws}: one has no error bar")
    folds, unit = _draws(table, seed, n_draws)
    # draw by draw, so that what is there when the time is up can be compared
    found = work.run(
        _measure,
        {
            f"draw {d} share {share:g}": (folds[d], share, predictors, seed, d)
            for d in range(n_draws)
            for share in shares
        },
        what="sparsity",
    )
    whole = [d for d in range(n_draws) if all(f"draw {d} share {s:g}" in found for s in shares)]
    notes: list[str] = []
    tables: dict[str, pd.DataFrame] = {}
    if len(whole) < 2:
        notes.append("The time was used up before two draws were complete: nothing is known.")
    else:
        values = {
            name: np.array(
                [[found[f"draw {d} share {s:g}"][name] for s in shares] for d in whole], dtype=float
            )
            for name in predictors
        }
        left = [
            float(np.mean([found[f"draw {d} share {s:g}"]["n_train"] for d in whole]))
            for s in shares
        ]
        size = len(table.models) * len(table.tasks)
        tables["errors"] = _errors(values, shares, left, size)
        tables["breaks"] = pd.DataFrame(
            [_break(name, np.array(shares), v[:, :, 0]) for name, v in values.items()]
        )
        notes += _notes(tables, unit)
        notes.append(
            f"{len(whole)} draws; the held-out fifth of the cells is the same at every share, and "
            "masks are at random: real leaderboards miss whole rows and columns, which is harder."
        )
    if not work.complete and len(whole) >= 2:
        notes.append(f"The time was used up: {len(whole)} of {n_draws} draws are complete.")
    if sampled:
        notes.append("A sampled version: two draws, fewer shares.")
    settings: dict[str, Any] = {
        "seed": seed,
        "n_draws": n_draws,
        "shares": list(shares),
        "predictors": list(predictors),
        "sampled": sampled,
        "unit": unit,
    }
    return work.analysis("sparsity", table, tables, notes, settings)


def _draws(table: ScoreTable, seed: int, n: int) -> tuple[list[FoldArrays], str]:
    out: list[FoldArrays] = []
    unit = "points"
    for turn in range(-(-n // PARTS)):
        made = make_folds(table, "random", seed=seed + turn, n_folds=PARTS)
        some, unit = arrays_of_folds(table, made)
        out += some
    return out[:n], unit


def _measure(
    fold: FoldArrays, share: float, predictors: tuple[str, ...], seed: int, draw: int
) -> dict[str, Any]:
    """Return mean and median absolute error of each predictor with a share masked."""
    size = len(fold.train.row)
    order = generator(seed, "sparsity", draw).permutation(size)
    keep = np.ones(size, dtype=bool)
    keep[order[: min(round(share * size), size - 1)]] = False
    train = fold.train if keep.all() else fold.train.keep(keep)
    out: dict[str, Any] = {"n_train": int(keep.sum())}
    for name in predictors:
        predictor = cpp.make_predictor(name, random_state=seed).fit_points(train)
        error = np.abs(predictor._scores(train, fold.row, fold.col) - fold.score) * fold.unit
        out[name] = [float(error.mean()), float(np.median(error))]
    return out


def _errors(
    values: dict[str, FloatArray], shares: tuple[float, ...], left: list[float], size: int
) -> pd.DataFrame:
    rows = []
    for name, v in values.items():
        mean, se = v.mean(axis=0), v.std(axis=0, ddof=1) / np.sqrt(len(v))
        for i, share in enumerate(shares):
            rows.append(
                {
                    "predictor": name,
                    "share": share,
                    "n_train": left[i],
                    "filled": left[i] / size,
                    "mae": mean[i, 0],
                    "mae_se": se[i, 0],
                    "medae": mean[i, 1],
                    "medae_se": se[i, 1],
                    "n_draws": len(v),
                }
            )
    return pd.DataFrame(rows)


def _break(name: str, share: FloatArray, error: FloatArray) -> dict[str, float | str]:
    """Return where the curve of one predictor breaks and bends; `error` (n_draws, n_shares)."""
    mean = error.mean(axis=0)
    more = error - BREAKS * error[:, :1]
    above = more.mean(axis=0) > 2.0 * more.std(axis=0, ddof=1) / np.sqrt(len(error))
    # from here on always
    stays = np.logical_and.accumulate(above[::-1])[::-1]
    at = float(share[np.argmax(stays)]) if stays.any() else float("nan")
    bend, before, after = bend_of(share, mean)
    return {
        "predictor": name,
        "breaks_at": at,
        "bends_at": bend,
        "before": before / 10.0,
        "after": after / 10.0,
        "gain": float(mean[-1] - mean[0]),
    }


def bend_of(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """Return where two joined straight lines fit a curve best, and their slopes.

    With fewer than four points there is no bend: NaN, and the slope of one line twice.

    Examples
    --------
    >>> x = np.arange(6) / 5.0
    >>> tuple(round(v, 3) for v in bend_of(x, 1.0 + x + 9.0 * np.maximum(x - 0.6, 0.0)))
    (0.6, 1.0, 10.0)
    """
    if len(x) < 4:
        slope = float(np.polyfit(x, y, 1)[0]) if len(x) > 1 else 0.0
        return float("nan"), slope, slope
    best: tuple[float, float, float, float] | None = None
    for knot in x[1:-1]:
        design = np.column_stack([np.ones(len(x)), x, np.maximum(x - knot, 0.0)])
        coef = np.linalg.lstsq(design, y, rcond=None)[0]
        loss = float(((y - design @ coef) ** 2).sum())
        if best is None or loss < best[0] - 1e-15:
            best = (loss, float(knot), float(coef[1]), float(coef[1] + coef[2]))
    assert best is not None
    return best[1], best[2], best[3]


def _notes(tables: dict[str, pd.DataFrame], unit: str) -> list[str]:
    errors, breaks = tables["errors"], tables["breaks"]
    notes = []
    for _, row in breaks.head(2).iterrows():
        mine = errors[errors["predictor"] == row["predictor"]]
        first, last = mine.iloc[0], mine.iloc[-1]
        where = (
            f"from {100 * row['breaks_at']:.0f} % masked on it is at least a quarter larger"
            if np.isfinite(row["breaks_at"])
            else "it never grows by a quarter"
        )
        bend = ""
        if np.isfinite(row["bends_at"]) and row["after"] > row["before"]:
            bend = (
                f"; it grows by {row['before']:.2f} {unit} per 10 % masked up to "
                f"{100 * row['bends_at']:.0f} %, by {row['after']:.2f} after that"
            )
        notes.append(
            f"{row['predictor']}: mean error {first['mae']:.2f} {unit} with nothing masked, "
            f"{last['mae']:.2f} with {100 * last['share']:.0f} % masked; {where}{bend}."
        )
    last = errors["share"].max()
    final = errors[errors["share"] == last].sort_values("mae", kind="stable")
    best = final.iloc[0]
    notes.append(
        f"With {100 * last:.0f} % masked ({100 * best['filled']:.1f} % of the matrix is left) "
        f"{best['predictor']} errs least: "
        + ", ".join(f"{r.predictor} {r.mae:.2f}" for r in final.itertuples())
        + f" {unit}."
    )
    notes.append(
        "The CPP paper (arXiv 2407.01300) reports a sharp loss past 60 % missing on its matrix."
    )
    return notes
