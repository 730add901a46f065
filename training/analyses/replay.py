"""Replay: how quickly chosen scores lower the error of a new model, beside other orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cpp.data.arrays import FloatArray
from features.errors import ConfigError, FoldError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.replay_fold import PARTS, STRATEGIES, replay_fold
from training.analyses.work import Work
from training.splits.assignment import generator
from training.splits.kinds import make_folds

#: predictors with a factorisation of their own whose folding in is replayed
RUNGS = ("fast", "bmf")
SPLITS = ("new-model", "time")
#: a model with fewer scores leaves too few to choose among
MIN_SCORES = 8
#: at least this share of the models has as many candidates as scores are revealed
REACH = 0.7
#: bootstrap over models: draws, and the share that an interval holds
RESAMPLES, LEVEL = 500, 0.9
#: models of a sampled replay, and of a full one
SAMPLED_MODELS, MOST_MODELS = 40, 240
#: shares are told while random scores are at most so much of the candidates
TOLD = 2 / 3
SAVED = ["strategy", "k", "error", "needed", "share", "low", "high", "revealed"]
UNITS = ["model", "strategy", "k", "n_candidates", "mae", "medae", "expected"]


def analyse_replay(
    table: ScoreTable,
    *,
    work: Work,
    seed: int = 0,
    rung: str = "fast",
    split: str = "new-model",
    n_folds: int | None = None,
    most: int = 15,
    draws: int = 5,
    min_scores: int = MIN_SCORES,
    most_models: int = MOST_MODELS,
    sampled: bool = False,
) -> Analysis:
    """Reveal the scores of new models one by one, in the order of several strategies.

    A fold's models and their variants are hidden; the predictor is fitted on the rest. The
    scores of a model are dealt into three parts: one is the target and never revealed, the
    other two are candidates; each part is the target once. With k = 0, 1, 2, ... candidates
    folded in (no refit), the error on the target cells is measured. What a strategy knows of the
    model is its factors and which tasks are candidates and targets, never a score.

    Parameters
    ----------
    table : ScoreTable
    work : Work
    seed : int
    rung : {"fast", "bmf"}
        The predictor, without calibration.
    split : {"new-model", "time"}
        A fifth of the models at a time, or release waves, each after what was released before.
    n_folds : int, optional
        Folds or waves; by default those of the split.
    most, draws : int
        Scores revealed at most, and random orders per model.
    min_scores, most_models : int
        Models with fewer scores are left out; of more, so many are drawn.
    sampled : bool
        A quick version: at most 40 models, two random orders.

    Returns
    -------
    Analysis
        ``curve``: strategy, k, mae and medae (means over models of a model's mean and median
        error on its target cells, points), low and high (90 % bootstrap over models, of mae),
        expected (mean error that the posterior expected beforehand, of ``chosen`` only),
        n_models. ``saved``: strategy, k, error (of random after k scores, points), needed
        (scores until the strategy has that error, between whole ones on a line), share
        (needed / k) with low and high, revealed (the share of the candidates that k scores
        are: where it is near 1 all strategies have revealed the same). ``models``: model,
        strategy, k, n_candidates, mae, medae, expected. Strategies are those of
        :data:`~training.analyses.replay_fold.STRATEGIES`.

    Raises
    ------
    ConfigError
        For another rung or split, or a number out of bounds.
    FoldError
        If fewer than two models have enough scores, or the table is too small for the split.
    """
    for name, value, among in (("rung", rung, RUNGS), ("split", split, SPLITS)):
        if value not in among:
            raise ConfigError(f"{name} must be one of {', '.join(among)}, got {value!r}")
    least = {"most": 1, "draws": 1, "min_scores": PARTS, "most_models": 2}
    given = {"most": most, "draws": draws, "min_scores": min_scores, "most_models": most_models}
    for name, lowest in least.items():
        if given[name] < lowest:
            raise ConfigError(f"{name} must be {lowest} or more, got {given[name]}")
    if sampled:
        draws, most_models = min(draws, 2), min(most_models, SAMPLED_MODELS)
    # a model all of whose cells are test cells: nothing of it is known before
    folds = make_folds(table, split, seed=seed, n_folds=n_folds, known=0)
    asked = models_of(table, folds.frame, min_scores, most_models, seed)
    units = {
        f"{fold.name}/{rung}/{most}/{draws}/{min_scores}/{most_models}": (
            *(table, fold, asked[fold.name], rung, seed, most, draws),
        )
        for fold in folds
        if asked.get(fold.name)
    }
    found = work.run(replay_fold, units, what=f"replay {split} {seed}")
    models = pd.DataFrame([row for rows in found.values() for row in rows], columns=UNITS)
    models = models.astype({"mae": float, "medae": float, "expected": float})
    settings = {
        "rung": rung,
        "split": split,
        "seed": seed,
        "n_folds": len(folds),
        **given,
        "draws": draws,
        "most_models": most_models,
        "sampled": sampled,
    }
    tables = {"curve": pd.DataFrame(), "saved": pd.DataFrame(), "models": models}
    notes: list[str] = []
    if len(models):
        rng = generator(seed, "replay", "bootstrap")
        curve, saved = curves(models, rng)
        tables |= {"curve": curve, "saved": saved}
        notes = _notes(curve, saved, settings)
    if not work.complete:
        notes.append(f"{len(found)} of {len(units)} folds were replayed before the time was up")
    return work.analysis("replay", table, tables, notes, settings)


def models_of(
    table: ScoreTable, frame: pd.DataFrame, min_scores: int, most_models: int, seed: int
) -> dict[str, list[str]]:
    """Return the models to replay in each fold: those with enough scores on bounded tasks.

    Raises
    ------
    FoldError
        If there are fewer than two.
    """
    in_points = {t for t, s in table.scales.items() if s.in_points}
    test = frame[(frame["role"] == "test") & frame["task"].isin(in_points)]
    count = test.groupby(["fold", "model"], sort=False).size()
    rich = [key for key, n in count.items() if n >= min_scores]
    if len(rich) < 2:
        raise FoldError(
            f"a replay needs models with at least {min_scores} scores on tasks with both bounds, "
            f"and {table.name!r} has {len(rich)} in these folds; lower min_scores"
        )
    luck = generator(seed, "replay", "models").permutation(len(rich))[:most_models]
    out: dict[str, list[str]] = {}
    for i in sorted(luck):
        fold, model = rich[i]
        out.setdefault(str(fold), []).append(str(model))
    return out


def curves(models: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``curve`` and ``saved`` of the errors of single models.

    The same models stand at every k: those with enough candidates.
    """
    room = models.groupby("model")["n_candidates"].min()
    depth = min(int(np.quantile(room, 1.0 - REACH, method="lower")), int(models["k"].max()))
    kept = models[models["model"].isin(room.index[room >= depth]) & (models["k"] <= depth)]
    pool = float(kept.groupby("model")["n_candidates"].min().mean())
    wide = {
        what: kept.pivot_table(index="model", columns=["strategy", "k"], values=what)
        for what in ("mae", "medae", "expected")
    }
    error = wide["mae"]
    n = len(error)
    resampled = [error.to_numpy()[rng.integers(0, n, n)].mean(axis=0) for _ in range(RESAMPLES)]
    ends = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(resampled, [ends, 1.0 - ends], axis=0)
    curve = pd.DataFrame(
        {
            "strategy": error.columns.get_level_values(0),
            "k": error.columns.get_level_values(1),
            "mae": error.mean().to_numpy(),
            "medae": wide["medae"].mean().reindex(error.columns).to_numpy(),
            "low": low,
            "high": high,
            "expected": wide["expected"].mean().reindex(error.columns).to_numpy(dtype=float),
            "n_models": n,
        }
    )
    order = {name: i for i, name in enumerate(STRATEGIES)}
    curve = curve.sort_values(
        ["strategy", "k"], key=lambda c: c.map(order) if c.name == "strategy" else c
    ).reset_index(drop=True)
    column = {key: i for i, key in enumerate(error.columns)}
    every = np.vstack([error.mean().to_numpy(), *resampled])
    rows = []
    for name in STRATEGIES:
        if name == "random":
            continue
        own = every[:, [column[name, k] for k in range(depth + 1)]]
        random = every[:, [column["random", k] for k in range(depth + 1)]]
        share = np.stack([needed(a, b) for a, b in zip(own, random, strict=True)])
        share /= np.arange(1, depth + 1)
        bounds = np.quantile(
            np.nan_to_num(share[1:], nan=np.inf), [ends, 1.0 - ends], axis=0, method="nearest"
        )
        for k in range(1, depth + 1):
            s, (a, b) = share[0, k - 1], bounds[:, k - 1]
            rows.append((name, k, random[0, k], s * k, s, a, b, k / pool))
    saved = pd.DataFrame(rows, columns=SAVED)
    return curve, saved.replace(np.inf, np.nan)


def needed(own: FloatArray, random: FloatArray) -> FloatArray:
    """Return how many scores a strategy needs for the error of random ones.

    Parameters
    ----------
    own, random : float array (depth + 1,)
        Errors with 0, 1, 2, ... scores.

    Returns
    -------
    float array (depth,)
        For random with 1, 2, ... scores; between whole numbers on a line, NaN where the
        strategy does not reach it.

    Examples
    --------
    >>> needed(np.array([5.0, 4.0, 3.0]), np.array([5.0, 4.5, 4.0])).tolist()
    [0.5, 1.0]
    """
    best = np.minimum.accumulate(own)
    out = np.full(len(random) - 1, np.nan)
    for k, error in enumerate(random[1:]):
        reached = np.flatnonzero(best <= error)
        if len(reached):
            h = int(reached[0])
            out[k] = 0.0 if h == 0 else h - 1 + (best[h - 1] - error) / (best[h - 1] - best[h])
    return out


def _notes(curve: pd.DataFrame, saved: pd.DataFrame, settings: Mapping[str, Any]) -> list[str]:
    told = saved[saved["revealed"] <= TOLD]
    depth, n = int(told["k"].max()), int(curve["n_models"].iloc[0])
    mae = curve.set_index(["strategy", "k"])["mae"]
    half = max(1, depth // 2)
    notes = [
        f"After {_scores(half, 'chosen')} a new model's other scores are predicted with a mean "
        f"error of {mae['chosen', half]:.1f} points, after as many random ones "
        f"{mae['random', half]:.1f}, without any {mae['random', 0]:.1f} ({n} models)."
    ]
    for name, what in (
        ("chosen", "Scores chosen for the targets"),
        ("chosen for all", "Scores chosen for all tasks at once"),
        ("probes at hand", "Probes chosen among the tasks at hand, nothing known of the model,"),
        ("probes", "A fixed probe set, as far as the models have scores on it,"),
        ("covered", "The most-covered tasks first"),
    ):
        own = told.loc[told["strategy"] == name, "share"].to_numpy()
        if np.isfinite(own).all():
            notes.append(
                f"{what} take {100 * own.min():.0f} to {100 * own.max():.0f} % of the evaluations "
                f"that random ones need for the same error (that of 1 to {depth} random ones)."
            )
        else:
            notes.append(f"{what} do not always reach the error of as many random ones.")
    notes.append(
        "A model's target cells are known to the choice as names, never as scores; tasks that it "
        "has no score on cannot be revealed, so each order is over those it has."
    )
    last = curve[(curve["strategy"] == "chosen") & (curve["k"] == half)].iloc[0]
    notes.append(
        f"Before measuring, the posterior expected {last['expected']:.1f} points after "
        f"{_scores(half, 'chosen')}; {last['mae']:.1f} were found (not calibrated)."
    )
    if settings["sampled"]:
        notes.append(
            f"A quick version with `{settings['rung']}`: at most {settings['most_models']} models "
            f"and {settings['draws']} random orders; `benchcast analyse` replays all."
        )
    return notes


def _scores(n: int, kind: str) -> str:
    return f"{n} {kind} score{'' if n == 1 else 's'}"
