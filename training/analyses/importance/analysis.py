"""Factor importance: three views side by side, with uncertainty over folds, seeds and models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cpp.data.training_data import TrainingData
from cpp.importance.groups import NAME, SIDES, FactorGroups, factor_groups
from features.errors import ConfigError, DataError, FoldError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.importance.attribution import all_credits, importance_frame, totals_frame
from training.analyses.importance.confidence_bands import partial_dependence_bands
from training.analyses.importance.held_out_cells import judged_folds
from training.analyses.importance.sentences import importance_sentences
from training.analyses.importance.shapley import EXACT_UP_TO
from training.analyses.importance.units import arguments, curve_columns, do, planned
from training.analyses.work import Work

#: what is done of each view if nothing else is asked for, and for a sample
N_SEEDS, N_PAIRS, N_PERMUTATIONS = 2, 4, 5
SAMPLED_FOLDS, SAMPLED_USED = 3, 2
#: rungs that read more of a task than its factors
READ_TASK_NAMES = ("text", "blend", "gp")
#: fewest models and tasks with scores that are worth judging
FEWEST = 12


def analyse_importance(
    table: ScoreTable,
    *,
    work: Work,
    seed: int = 0,
    predictor: str = "fast",
    n_seeds: int = N_SEEDS,
    n_pairs: int = N_PAIRS,
    n_permutations: int = N_PERMUTATIONS,
    exact_up_to: int = EXACT_UP_TO,
    sides: Sequence[str] = SIDES,
    sampled: bool = False,
) -> Analysis:
    """Ask in three ways which design factors the predictions rest on.

    *Refitted*: Shapley values of factor groups, by held-out error of the whole predictor with
    groups removed and refitted (:mod:`training.analyses.importance.shapley`). *Permuted*: how much
    worse a fitted predictor gets when what a group says is exchanged among models or tasks
    (:mod:`training.analyses.importance.permutation`). *Trees*: TreeSHAP of a boosting stage
    (:mod:`cpp.importance.tree_shap`), counted by the error it takes away on held-out cells. All
    three are points of mean absolute error on the same held-out cells, so a factor that says
    nothing gets nothing. They tell what the method uses, not what causes scores.

    Parameters
    ----------
    table : ScoreTable
    work : Work
        Runs the units: one set of groups, or one view with one seed.
    seed : int
        First of the `n_seeds` seeds of folds, fits and orders.
    predictor : str
        Of the ladder; it is fitted some hundred times.
    n_seeds : int
    n_pairs : int
        Pairs of random orders in which groups are added, where there are more than
        `exact_up_to` groups; otherwise every set of groups is fitted.
    n_permutations : int
    exact_up_to : int
    sides : list of {"model", "task"}
    sampled : bool
        One seed, one pair of orders, two thirds of the new models (tasks), no random cells.

    Returns
    -------
    Analysis
        ``importance``: one row per ``side``, ``group``, ``ability`` ("all" first), ``view``
        (``refitted``, ``permuted``, ``trees``) and ``regime``: ``points`` of mean absolute error
        that the group takes away, with its 95 % interval ``low``, ``high``; ``moved``, mean
        |TreeSHAP| in points (trees only); ``beyond``: whether the interval lies above 0;
        ``n_cells``; ``n_known`` of ``n`` models (tasks); ``claim`` false, with ``why``, where
        nothing can be told.
        ``totals``: per ``side``, ``regime``, ``ability`` the mean absolute error with no group
        and with all, ``none``, ``every``, and the difference ``gain``, which the refitted
        points add up to.
        ``groups`` and ``links``: see :class:`cpp.importance.groups.FactorGroups`.
        ``effects``: see :func:`cpp.importance.partial_dependence.partial_dependence_of`, with
        ``low``, ``high``.

    Raises
    ------
    ConfigError
        For a number below 1 or an unknown side.
    FoldError, DataError
        If the table is too small to hold models or tasks out, has no task with points, or
        no factor that varies. A side of which that is true is left out, and the notes say so.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> found = analyse_importance(load_leaderboard(), work=Work(budget=0.0), sampled=True)
    >>> sorted(found.tables), found.complete  # nothing is begun without time
    (['effects', 'groups', 'importance', 'links', 'totals'], False)
    """
    for name, value in (
        ("n_seeds", n_seeds), ("n_pairs", n_pairs), ("n_permutations", n_permutations)
    ):  # fmt: skip
        if value < 1:
            raise ConfigError(f"{name} must be 1 or more, got {value}")
    if not sides or set(sides) - set(SIDES):
        raise ConfigError(f"sides must be some of {', '.join(SIDES)}; got {list(sides)}")
    data = TrainingData.from_table(table)
    there = {s: int(((data.k if s == "model" else data.n) > 0).sum()) for s in sides}
    if max(there.values()) < FEWEST:
        counted = " and ".join(f"{n} {side}s" for side, n in there.items())
        raise FoldError(
            f"{table.name!r} has scores of {counted}; importance holds some of them out and needs "
            f"at least {FEWEST} models, or tasks; add scores of more"
        )
    seeds = [seed] if sampled else [seed + s for s in range(n_seeds)]
    pairs = 1 if sampled else n_pairs
    exact = 0 if sampled else exact_up_to
    every = {side: _groups(table, side, data, predictor, n) for side, n in there.items()}
    groups = {side: of for side, of in every.items() if of.groups}
    if not groups:
        raise DataError(
            f"{table.name!r} has no factor of {' or '.join(f'{s}s' for s in sides)} that varies "
            "and is known for enough of them; add factors to the models and tasks files"
        )
    limits: dict[str, Any] = {}
    if sampled:
        limits = {"regimes": 1, "n_folds": SAMPLED_FOLDS, "used": SAMPLED_USED}
    judged = {
        (side, s): judged_folds(table, side, seed=s, **limits) for side in groups for s in seeds
    }
    curves = _curves(table, data, seeds, limits)
    units = planned(
        groups,
        seeds=seeds,
        pairs=pairs,
        exact_up_to=exact,
        folds=[f"{fold}|{s}" for fold, s in curves if fold],
    )
    of_key = {u.key(groups): u for u in units}
    done = work.run(
        do,
        {
            key: arguments(u, groups, judged, curves, predictor, n_permutations)
            for key, u in of_key.items()
        },
        what="importance",
    )
    found = {of_key[key]: value for key, value in done.items()}
    credits = all_credits(found, groups, judged, seeds=seeds, pairs=pairs)
    frames = {
        "importance": importance_frame(every, credits),
        "totals": totals_frame(credits),
        "groups": pd.concat([g.frame for g in every.values()], ignore_index=True),
        "links": pd.concat([g.links.assign(side=s) for s, g in every.items()], ignore_index=True),
        "effects": partial_dependence_bands(found),
    }
    settings = {
        "predictor": predictor,
        "seeds": seeds,
        "pairs": pairs,
        "exact_up_to": exact,
        "permutations": n_permutations,
        "sampled": sampled,
        "units": len(units),
        "units_done": len(found),
    }
    return Analysis(
        "importance",
        frames,
        importance_sentences(frames, settings),
        settings,
        len(found) == len(units),
        work.seconds,
        table.fingerprint,
    )


def _groups(
    table: ScoreTable, side: str, data: TrainingData, predictor: str, there: int
) -> FactorGroups:
    groups = factor_groups(table, side, data=data)
    if there < FEWEST:
        for name in groups.names:
            why = f"some of {there} {side}s would be held out; {FEWEST} are needed"
            groups = groups.leaving_out(name, why)
        return groups
    if side == "task" and predictor not in READ_TASK_NAMES and not groups[NAME].columns:
        why = f"the predictor {predictor!r} does not read names of tasks"
        groups = groups.leaving_out(NAME, why)
    return groups


def _curves(
    table: ScoreTable, data: TrainingData, seeds: Sequence[int], limits: dict[str, Any]
) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Return, by fold ("" for all models) and seed, what the effect curves are fitted on."""
    columns = curve_columns(data)
    rng = np.random.default_rng(seeds[0])
    ids = [data.models[i] for i in rng.permutation(np.flatnonzero(data.k > 0))]
    out: dict[tuple[str, int], tuple[Any, ...]] = {}
    for s in seeds:
        out["", s] = (data, data, columns, ids)
        for j in judged_folds(table, "model", seed=s, **(limits | {"regimes": 1, "used": None})):
            out[j.fold, s] = (j.data, data, columns, ids)
    return out
