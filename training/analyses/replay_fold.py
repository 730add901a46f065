"""One fold of the replay: models whose scores are hidden, revealed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cpp import Predictor, make_predictor
from cpp.acquisition.expected_error import Stake, errors_of
from cpp.acquisition.greedy_selection import planned
from cpp.acquisition.posterior import factorisations_of, row_belief
from cpp.acquisition.probe_set import probe_stake
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.cells import Cells
from cpp.data.extend import joined, split_off_cold
from cpp.data.latent_scale import BOUNDED
from cpp.data.training_data import TrainingData
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.row_posterior import conditional_means
from features.table.folds import Fold
from features.table.score_table import ScoreTable
from training.splits.assignment import generator

#: strategy -> what it reveals first
STRATEGIES: dict[str, str] = {
    "chosen": "what tells most of the target cells, by the model's posterior",
    "chosen for all": "what tells most of all tasks, by the model's posterior",
    "probes at hand": "what tells most of all tasks of an average model, nothing known of this one",
    "probes": "a fixed probe set, in its order, as far as the model has scores on it",
    "covered": "the task with most scores",
    "random": "any",
}
#: the cells of a model are dealt into so many parts, each of which is the target once
PARTS = 3


@dataclass(frozen=True)
class Revealed:
    """The known scores of a hidden model.

    Attributes
    ----------
    col : int array (n,)
        Tasks, as positions in the training data.
    score, weight : float array (n,)
        Own unit, and reliability relative to the mean training cell.
    """

    col: IntArray
    score: FloatArray
    weight: FloatArray


def replay_fold(
    table: ScoreTable,
    fold: Fold,
    models: Sequence[str],
    rung: str,
    seed: int,
    most: int,
    draws: int,
) -> list[list[Any]]:
    """Replay some models of a fold.

    Parameters
    ----------
    table : ScoreTable
    fold : Fold
        Its training table is what the predictor is fitted on, and all that a choice knows.
    models : list of str
        Whose test cells are revealed.
    rung : str
        A predictor with a factorisation of its own.
    seed, most, draws : int
        Seed; scores revealed at most; random orders.

    Returns
    -------
    list of [model, strategy, k, n_candidates, mae, medae, expected]
        Mean over the parts and random orders; errors of the target cells in points;
        ``expected`` is what the posterior said of them before (None for other strategies).
    """
    predictor = fitted(fold.training_table(table), rung, seed)
    members, _ = factorisations_of(predictor)
    data = predictor.data_
    average = probe_stake(members, data.n / max(float(data.n.sum()), 1.0))
    fixed = planned(
        lambda _: average,
        data.task_fitted[None, :],
        np.ones(data.shape[1]),
        float(data.shape[1]),
    )
    probes = [step.cell for step in fixed]
    # what tells nothing more of others comes last
    probes += [int(j) for j in np.argsort(-data.n, kind="stable") if j not in set(probes)]
    out: list[list[Any]] = []
    for model in models:
        own = known_of(table, fold, model, data)
        rng = generator(seed, "replay", fold.name, model)
        row = data.model_index[model]
        frame = _replayed(members, row, own, (average, probes), rng, most, draws)
        means = frame.groupby(["strategy", "k"], sort=False, as_index=False).mean()
        out += [
            [model, r.strategy, int(r.k), int(frame["n"].min()), r.mae, r.medae, r.expected]
            for r in means.itertuples(index=False)
        ]
    return out


def fitted(table: ScoreTable, rung: str, seed: int) -> Predictor:
    """Fit point predictions; models and tasks without a score join afterwards, as in a fit."""
    seen, models, tasks = split_off_cold(table)
    predictor = make_predictor(rung, random_state=seed)
    predictor.fit_points(TrainingData.from_table(seen))
    predictor._work_out(
        *joined(predictor.data_, models, tasks, [table.scales[t] for t in tasks.index])
    )
    return predictor


def known_of(table: ScoreTable, fold: Fold, model: str, data: TrainingData) -> Revealed:
    """Return the hidden scores of a model on tasks with training scores and both bounds."""
    matrix = table.matrix()
    row = matrix.models.index(model)
    mine = np.flatnonzero(matrix.row == row)
    tested = set(fold.test.loc[fold.test["model"] == model, "task"])
    mine = np.array([i for i in mine if matrix.tasks[matrix.col[i]] in tested], dtype=np.int64)
    col = np.array([data.task_index[matrix.tasks[j]] for j in matrix.col[mine]], dtype=np.int64)
    use = data.task_fitted[col] & (data.latent.kind[col] == BOUNDED)
    weight = matrix.weight[mine] / data.weight_unit
    return Revealed(col[use], matrix.score[mine][use], weight[use])


def _replayed(
    members: list[BayesianFactorisation],
    row: int,
    own: Revealed,
    average: tuple[Stake, list[int]],
    rng: np.random.Generator,
    most: int,
    draws: int,
) -> pd.DataFrame:
    data = members[0].data_
    unit = data.latent.points_per_unit(np.arange(data.shape[1]))
    belief = row_belief(members, row)
    error = errors_of(data, belief)
    deal = rng.permutation(len(own.col))
    rows = []
    for part in range(PARTS):
        target = deal[part::PARTS]
        candidate = np.setdiff1d(deal, target)
        aims = np.zeros(len(error))
        aims[own.col[target]] = 1.0
        orders = orders_of(
            own.col[candidate], Stake.of(belief, error), aims, average, data.n, rng, draws
        )
        sets, names = [np.empty(0, dtype=np.int64)], [("", 0)]
        place = {int(j): i for i, j in enumerate(own.col)}
        for strategy, order in orders:
            at = np.array([place[j] for j in order[:most]], dtype=np.int64)
            for k in range(1, len(at) + 1):
                sets.append(at[:k])
                names.append((strategy, k))
        off = np.abs(predicted(members, row, own, sets)[:, own.col[target]] - own.score[target])
        off *= unit[own.col[target]]
        start = Stake.of(belief, error * aims)
        for s, ((strategy, k), e) in enumerate(zip(names, off, strict=True)):
            promised = np.nan
            if strategy == "chosen" or not k:
                promised = _promised(start, own.col[sets[s]]) / len(target)
            some = [(strategy, promised)] if k else [(name, promised) for name in STRATEGIES]
            rows += [(n, k, len(candidate), e.mean(), np.median(e), p) for n, p in some]
    return pd.DataFrame(rows, columns=["strategy", "k", "n", "mae", "medae", "expected"])


def _promised(stake: Stake, cells: IntArray) -> float:
    for cell in cells:
        stake = stake.after(int(cell))
    return float(stake.error.sum())


def orders_of(
    candidates: IntArray,
    stake: Stake,
    aims: FloatArray,
    average: tuple[Stake, Sequence[int]],
    n_scores: IntArray,
    rng: np.random.Generator,
    draws: int,
) -> list[tuple[str, list[int]]]:
    """Return the order in which each strategy reveals the candidates.

    None has seen a score of the model.

    Parameters
    ----------
    candidates : int array (n,)
        Tasks that may be revealed.
    stake : Stake
        Of the model, each task counting the same.
    aims : float array (n_tasks,)
        1 for a target cell, else 0.
    average : (Stake, list of int)
        Of an average model, and the fixed probe set: all tasks in their order.
    n_scores : int array (n_tasks,)
        Training scores of each task.
    rng : Generator
    draws : int
        Random orders.
    """
    allowed = np.zeros(len(aims), dtype=bool)
    allowed[candidates] = True
    there = set(candidates.tolist())

    def greedy(what: Stake, error: FloatArray) -> list[int]:
        # a candidate is no target: only what it tells of others counts
        one = replace(what, error=error, own=False)
        steps = planned(lambda _: one, allowed[None, :], np.ones(len(aims)), float(len(aims)))
        first = [step.cell for step in steps]
        return first + [int(j) for j in candidates if j not in first]

    covered = candidates[np.argsort(-n_scores[candidates], kind="stable")]
    return [
        ("chosen", greedy(stake, stake.error * aims)),
        ("chosen for all", greedy(stake, stake.error)),
        ("probes at hand", greedy(average[0], average[0].error)),
        ("probes", [j for j in average[1] if j in there]),
        ("covered", covered.tolist()),
        *(("random", rng.permutation(candidates).tolist()) for _ in range(draws)),
    ]


def predicted(
    members: Sequence[BayesianFactorisation], row: int, own: Revealed, sets: Sequence[IntArray]
) -> FloatArray:
    """Return what is predicted of a model once some of its scores are folded in.

    As ``predictor.fold_in`` does it, for many sets of scores at once.

    Parameters
    ----------
    members : list of BayesianFactorisation
        Their mean is the prediction.
    row : int
    own : Revealed
    sets : list of int array
        Positions in `own` of the scores that are folded in.

    Returns
    -------
    float array (n_sets, n_tasks)
        Own unit of each task.
    """
    data = members[0].data_
    at = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    which = np.concatenate(list(sets)).astype(np.int64)
    col, score = own.col[which], own.score[which]
    cells = Cells(at, col, score, data.latent.to_latent(col, score), own.weight[which])
    every = np.tile(np.arange(data.shape[1]), len(sets))
    total = np.zeros((len(sets), data.shape[1]))
    for member in members:
        prior = member.models_side_.columns(data, np.array([row])) @ member.effect_
        a = conditional_means(
            cells,
            np.repeat(prior, len(sets), axis=1),
            member.precision_,
            member.tasks_latent_,
            member.noise_[col],
        )
        b = member.tasks_latent_
        product = a[:, :, 1:].reshape(len(a), -1) @ b[:, :, 1:].reshape(len(b), -1).T
        mean = a[:, :, 0].mean(axis=1)[:, None] + b[:, :, 0].mean(axis=1) + product / a.shape[1]
        total += data.latent.to_score(every, mean.ravel()).reshape(mean.shape)
    return total / len(members)
