"""From what was worked out, cell by cell, to points per group with their error bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from cpp.data.arrays import BoolArray, FloatArray
from cpp.importance.groups import FactorGroups
from training.analyses.importance.held_out_cells import REGIMES
from training.analyses.importance.shapley import Coalition, replicates
from training.analyses.importance.units import Folds, Unit

VIEWS = ("refitted", "permuted", "trees")
ALL = "all"
LEVEL = 0.95
COLUMNS = (
    "side",
    "group",
    "ability",
    "view",
    "regime",
    "points",
    "low",
    "high",
    "moved",
    "beyond",
    "n_cells",
    "n_known",
    "n",
    "claim",
    "why",
)


@dataclass(frozen=True)
class Credits:
    """What a view gives each group for every held-out cell, once.

    Attributes
    ----------
    view, side : str
    cells : DataFrame
        See :meth:`training.analyses.importance.held_out_cells.Judged.cells`.
    points : float array (n_cells, n_groups)
        Points of |error| that the group takes away; NaN where the view cannot tell.
    moved : float array (n_cells, n_groups), optional
        |TreeSHAP|, points.
    ends : float array (n_cells, 2), optional
        |error| with no group and with all.
    """

    view: str
    side: str
    cells: pd.DataFrame
    points: FloatArray
    moved: FloatArray | None = None
    ends: FloatArray | None = None


def all_credits(
    found: Mapping[Unit, Any],
    groups: Mapping[str, FactorGroups],
    judged: Folds,
    *,
    seeds: Sequence[int],
    pairs: int,
) -> list[Credits]:
    """Return the credits of all views, one for each seed (or pair of orders)."""
    return [
        *_refitted(found, groups, judged, seeds, pairs),
        *_quick(found, groups, judged),
    ]


def _cells(judged: Folds, side: str, seed: int) -> pd.DataFrame:
    return pd.concat([j.cells(side) for j in judged[side, seed]], ignore_index=True)


def _refitted(
    found: Mapping[Unit, Any],
    groups: Mapping[str, FactorGroups],
    judged: Folds,
    seeds: Sequence[int],
    pairs: int,
) -> Iterator[Credits]:
    for side, of in groups.items():
        errors: dict[tuple[int, Coalition], FloatArray] = {
            (u.seed, u.kept): np.concatenate([np.array(e) for e in value])
            for u, value in found.items()
            if u.kept is not None and u.side == side
        }
        n = len(of.groups)
        made = replicates(errors, n, seeds=seeds, pairs=pairs, order_seed=seeds[0])
        for seed, points in made:
            ends = np.column_stack([errors[seed, c] for c in (frozenset(), frozenset(range(n)))])
            yield Credits("refitted", side, _cells(judged, side, seed), points, None, ends)


def _quick(
    found: Mapping[Unit, Any], groups: Mapping[str, FactorGroups], judged: Folds
) -> Iterator[Credits]:
    for unit, value in found.items():
        if unit.kind not in ("permuted", "trees"):
            continue
        n = len(groups[unit.side].groups)
        mine = judged[unit.side, unit.seed]
        cells = _cells(judged, unit.side, unit.seed)
        if unit.kind == "permuted":
            parts = [
                np.full((len(j.row), n), np.nan) if v is None else np.array(v)
                for j, v in zip(mine, value, strict=True)
            ]
            yield Credits("permuted", unit.side, cells, np.concatenate(parts))
        else:
            taken, moved = (np.concatenate([np.array(v[p]) for v in value]) for p in (0, 1))
            yield Credits("trees", unit.side, cells, taken, moved)


@dataclass(frozen=True)
class Estimate:
    """Means over cells with their 95 % interval, one entry per group."""

    points: FloatArray
    low: FloatArray
    high: FloatArray


def estimate(
    points: Sequence[FloatArray], clusters: Sequence[NDArray], folds: Sequence[NDArray]
) -> Estimate:
    """Return the mean credit of each group, and how far chance may have moved it.

    Three things are chance: which models (tasks) there are, which fold each is in, and seeds
    and orders. The variance over models is that of a bootstrap over whole models in the limit of
    many draws (the linearised variance of a mean by clusters); if the same over whole folds
    is larger, that is taken. The variance over seeds and orders is added. The interval uses
    Student's t with as many degrees of freedom as there are models, less one.

    Parameters
    ----------
    points : list of float array (n_cells, n_groups)
        One for each seed or pair of orders.
    clusters, folds : list of array (n_cells,)
        Models (tasks) and folds of the cells.

    Examples
    --------
    >>> found = estimate([np.array([[1.0], [3.0]])], [np.array([0, 1])], [np.array(["a", "a"])])
    >>> found.points.tolist(), bool(found.low[0] < 0 < found.high[0])
    ([2.0], True)
    """
    every = np.concatenate(points)
    mean = every.mean(axis=0)
    rest = every - mean
    of_model = _clustered(rest, np.concatenate(clusters))
    labels = [np.char.add(f.astype(np.str_), f"|{r}") for r, f in enumerate(folds)]
    of_fold = _clustered(rest, np.concatenate(labels))
    variance = np.fmax(of_model, of_fold)  # NaN where there is one fold only
    if len(points) > 1:
        means = np.array([p.mean(axis=0) for p in points])
        variance = variance + means.var(axis=0, ddof=1) / len(points)
    n = len(np.unique(np.concatenate(clusters)))
    half = (student.ppf(0.5 + LEVEL / 2, max(1, n - 1))) * np.sqrt(variance)
    return Estimate(mean, mean - half, mean + half)


def _clustered(rest: FloatArray, cluster: NDArray) -> FloatArray:
    """Return the variance of a mean whose deviations are `rest`, by clusters; NaN for one."""
    _, code = np.unique(cluster, return_inverse=True)
    n = int(code.max()) + 1
    if n < 2:
        return np.full(rest.shape[1], np.nan)
    sums = np.zeros((n, rest.shape[1]))
    np.add.at(sums, code, rest)
    return n / (n - 1) * (sums**2).sum(axis=0) / len(rest) ** 2


def _parts(
    credits: Sequence[Credits], side: str, view: str
) -> Iterator[tuple[str, str, list[Credits], list[BoolArray]]]:
    """Yield (regime, ability, credits, which cells), all abilities first."""
    mine = [c for c in credits if c.side == side and c.view == view]
    for regime in (r.name for r in REGIMES[side]):
        in_regime = [(c.cells["regime"] == regime).to_numpy() for c in mine]
        if not any(i.any() for i in in_regime):
            continue
        names = sorted({a for c in mine for a in c.cells["ability"].tolist() if a is not None})
        for ability in (ALL, *names):
            of = [c.cells["ability"].to_numpy(dtype=object) == ability for c in mine]
            inside = [i if ability == ALL else i & o for i, o in zip(in_regime, of, strict=True)]
            some = [(c, i) for c, i in zip(mine, inside, strict=True) if i.any()]
            if some:
                yield regime, ability, [c for c, _ in some], [i for _, i in some]


def importance_frame(
    groups: Mapping[str, FactorGroups], credits: Sequence[Credits]
) -> pd.DataFrame:
    """Return the table ``importance`` of
    :func:`training.analyses.importance.analysis.analyse_importance`.

    Groups come in the order of their refitted points in the first regime, largest first;
    factors without a claim last.
    """
    rows: list[dict[str, Any]] = []
    for side, of in groups.items():
        rows += _rows_of(of, credits)
        for factor in of.frame[~of.frame["claim"]].to_dict(orient="records"):
            rows.append(
                {
                    "side": side,
                    "group": factor["factor"].removeprefix("log10_").replace("_", " "),
                    "ability": ALL,
                    "view": "",
                    "regime": "",
                    "beyond": False,
                    "n_cells": 0,
                    "n_known": factor["n_known"],
                    "n": factor["n"],
                    "claim": False,
                    "why": factor["why"],
                }
            )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(("points", "low", "high", "moved"), float))


def _rows_of(of: FactorGroups, credits: Sequence[Credits]) -> list[dict[str, Any]]:
    rows = []
    for view in VIEWS:
        for regime, ability, some, inside in _parts(credits, of.side, view):
            points = [c.points[i] for c, i in zip(some, inside, strict=True)]
            found = estimate(
                points,
                [c.cells["cluster"].to_numpy()[i] for c, i in zip(some, inside, strict=True)],
                [c.cells["fold"].to_numpy()[i] for c, i in zip(some, inside, strict=True)],
            )
            moved = [c.moved[i] for c, i in zip(some, inside, strict=True) if c.moved is not None]
            size = np.concatenate(moved).mean(axis=0) if moved else np.full(len(of.groups), np.nan)
            for g, group in enumerate(of.groups):
                why = ""
                if not np.isfinite(found.points[g]):
                    why = "a task with scores is not worked out from its factors again"
                elif view == "trees" and size[g] == 0.0:
                    why = "the boosting stage has no feature of it, or does not use it"
                told = not why
                rows.append(
                    {
                        "side": of.side,
                        "group": group.name,
                        "ability": ability,
                        "view": view,
                        "regime": regime,
                        "points": found.points[g] if told else np.nan,
                        "low": found.low[g] if told else np.nan,
                        "high": found.high[g] if told else np.nan,
                        "moved": size[g],
                        "beyond": bool(told and found.low[g] > 0),
                        "n_cells": sum(len(p) for p in points) // len(points),
                        "n_known": group.n_known,
                        "n": group.n,
                        "claim": told,
                        "why": why,
                    }
                )
    first = [r for r in rows if r["ability"] == ALL and r["regime"] == REGIMES[of.side][0].name]
    size_of = {g.name: -np.inf for g in of.groups}
    for view in reversed(VIEWS):  # the refitted points decide where they are there
        size_of |= {r["group"]: r["points"] for r in first if r["view"] == view and r["claim"]}
    place = {g: k for k, g in enumerate(sorted(size_of, key=lambda g: -size_of[g]))}
    return sorted(rows, key=lambda r: place[r["group"]])


def totals_frame(credits: Sequence[Credits]) -> pd.DataFrame:
    """Return the table ``totals``: the mean |error| with no group and with all, points."""
    rows = []
    for side in dict.fromkeys(c.side for c in credits):
        for regime, ability, some, inside in _parts(credits, side, "refitted"):
            ends = np.concatenate(
                [c.ends[i] for c, i in zip(some, inside, strict=True) if c.ends is not None]
            ).mean(axis=0)
            rows.append((side, regime, ability, ends[0], ends[1], ends[0] - ends[1]))
    columns = ["side", "regime", "ability", "none", "every", "gain"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(("none", "every", "gain"), float)
    )
