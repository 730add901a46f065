"""Backtest: fit every predictor on the training cells of every fold, predict the test cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from features.errors import BenchcastError, ConfigError
from features.table.folds import Fold, Folds
from features.table.score_table import ScoreTable
from training.evaluation.cell_errors import PREDICTION_COLUMNS
from training.evaluation.fit_notes import gather
from training.evaluation.suite_coverage import COLUMNS as SUITE_COLUMNS
from training.evaluation.suite_coverage import fold_suites

COLUMNS = ("predictor", *PREDICTION_COLUMNS)

#: called with (jobs done, jobs in all, "predictor on fold") after each job
Progress = Callable[[int, int, str], None]
#: called with ``random_state=seed``, returns an object with ``fit`` and ``predict``
Factory = Callable[..., Any]


@dataclass(frozen=True)
class BacktestResult:
    """What a backtest found.

    Attributes
    ----------
    predictions : DataFrame
        See :func:`backtest`.
    seconds : DataFrame
        One row per predictor and fold: ``predictor, fold, n_train, n_test, fit_seconds,
        predict_seconds``. Kept apart from the predictions, which are the same bytes
        every time.
    notes : dict of str to list of str
        What fits left out or did otherwise than asked (``notes_`` of the fitted predictor),
        by predictor, each once (see :func:`training.evaluation.fit_notes.gather`).
    suites : DataFrame
        Means over each model's test cells, with intervals from joint draws (see
        :func:`training.evaluation.suite_coverage.fold_suites`); no row for predictors that cannot
        draw.

    Examples
    --------
    >>> import features
    >>> from training.splits import make_folds
    >>> table = features.load_leaderboard()
    >>> one = make_folds(table, "random", n_folds=5).select(["random-0-0"])
    >>> result = run_backtest(table, one, ["task-mean"], suites=False)
    >>> len(result.predictions), result.seconds[["predictor", "fold"]].values.tolist()
    (662, [['task-mean', 'random-0-0']])
    """

    predictions: pd.DataFrame
    seconds: pd.DataFrame
    notes: dict[str, list[str]] = field(default_factory=dict)
    suites: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(SUITE_COLUMNS)))


def backtest(
    table: ScoreTable,
    folds: Folds,
    predictors: Sequence[str] | Mapping[str, Factory],
    *,
    level: float = 0.9,
    jobs: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predict every test cell of every fold, by every predictor.

    Parameters
    ----------
    table : ScoreTable
        The full table.
    folds : Folds
        Checked against `table`. What a fit may see is ``fold.training_table(table)``.
    predictors : list of str, or mapping of str to callable
        Names of the ladder, or names with what makes the predictor: called with the
        keyword ``random_state``. With more than one job, a callable is sent to other
        processes.
    level : float
        Level of the intervals, between 0 and 1.
    jobs : int
        Processes; -1 means one per core. One job is one predictor on one fold, with one
        thread, so the result is the same bytes for any number.
    seed : int
        ``random_state`` of every predictor, whatever the order of the jobs.
    progress : callable, optional
        Told after each job.

    Returns
    -------
    DataFrame, one row per predictor, fold and test cell
        Columns `COLUMNS`: ``predictor, fold, model, task``; ``score`` (reconciled observed
        score), ``score_mean`` (plain mean of its reports), ``prediction, lower, upper``, all
        in the task's own unit; ``level``; ``kind``; ``k_known`` (training cells of the model
        in that fold). Ordered by predictor and fold as given, then model, then task.

    Raises
    ------
    FoldError
        If the folds do not fit the table.
    UnknownNameError
        For a predictor that does not exist.
    ConfigError
        For a level or a number of jobs outside its bounds, or no or repeated predictors.
    BenchcastError
        If a predictor answers something that is not a prediction of the cell.

    Examples
    --------
    >>> import features
    >>> from training.splits import make_folds
    >>> table = features.load_leaderboard()
    >>> one = make_folds(table, "random", n_folds=5).select(["random-0-0"])
    >>> found = backtest(table, one, ["task-mean", "biases"])
    >>> found.groupby("predictor").size().to_dict()
    {'biases': 662, 'task-mean': 662}
    >>> bool(found["score"].between(found["lower"], found["upper"]).mean() > 0.85)
    True
    """
    return run_backtest(
        table,
        folds,
        predictors,
        level=level,
        jobs=jobs,
        seed=seed,
        progress=progress,
        suites=False,
    ).predictions


def run_backtest(
    table: ScoreTable,
    folds: Folds,
    predictors: Sequence[str] | Mapping[str, Factory],
    *,
    level: float = 0.9,
    jobs: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
    suites: bool = True,
) -> BacktestResult:
    """Do what :func:`backtest` does; also return each fit's seconds, notes and suite means.

    `suites` false leaves the suite means out, and with them the joint draws.
    """
    factories = _factories(predictors)
    folds.check(table)
    work = [(name, fold) for name in factories for fold in folds.names]
    frames: dict[int, pd.DataFrame] = {}
    seconds: dict[int, dict[str, Any]] = {}
    done = iter_backtest(
        table, folds, factories, work, level=level, jobs=jobs, seed=seed, suites=suites
    )
    for count, (at, frame, took) in enumerate(done, start=1):
        frames[at], seconds[at] = frame, took
        if progress is not None:
            progress(count, len(work), f"{work[at][0]} on {work[at][1]}")
    order = range(len(work))
    notes = gather((*work[i], seconds[i].pop("notes")) for i in order)
    drawn = [seconds[i].pop("suites") for i in order] if suites else []
    drawn = [frame for frame in drawn if len(frame)]
    return BacktestResult(
        pd.concat([frames[i] for i in order], ignore_index=True),
        pd.DataFrame([seconds[i] for i in order]),
        notes,
        *([pd.concat(drawn, ignore_index=True)] if drawn else []),
    )


def iter_backtest(
    table: ScoreTable,
    folds: Folds,
    factories: Mapping[str, Factory],
    work: Sequence[tuple[str, str]],
    *,
    level: float = 0.9,
    jobs: int = 1,
    seed: int = 0,
    suites: bool = False,
) -> Iterator[tuple[int, pd.DataFrame, dict[str, Any]]]:
    """Do the jobs of `work`, each a (predictor, fold), and yield each when it is done.

    Yields
    ------
    (int, DataFrame, dict)
        Position in `work`, the predictions (columns `COLUMNS`), and a row of seconds with
        the fit's ``notes`` (tuple of str) and, if asked for, its ``suites`` (DataFrame). The
        order is that of finishing.
    """
    if not 0.0 < level < 1.0:
        raise ConfigError(f"level must lie between 0 and 1, got {level!r} (90 % is 0.9)")
    if jobs == 0 or jobs < -1:
        raise ConfigError(f"jobs must be 1 or more, or -1 for one per core; got {jobs}")
    truth = table.cells  # worked out once, here
    by_name = {fold: folds[fold] for fold in dict.fromkeys(fold for _, fold in work)}
    tasks = [
        (at, table, truth, by_name[fold], name, factories[name], level, seed, suites)
        for at, (name, fold) in enumerate(work)
    ]
    n_jobs = min(joblib.effective_n_jobs(jobs), max(len(tasks), 1))
    if n_jobs == 1:
        for task in tasks:
            yield _run(*task)
        return
    # native threads are limited in the job itself and, for libraries that are loaded only
    # there, through the environment of the worker processes
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
        yield from parallel(joblib.delayed(_run)(*task) for task in tasks)


def _factories(predictors: Sequence[str] | Mapping[str, Factory]) -> dict[str, Factory]:
    if isinstance(predictors, str):
        raise ConfigError(f"predictors must be a list of names, got the text {predictors!r}")
    names = list(predictors)
    if not names:
        raise ConfigError("predictors: none named; name at least one of the ladder")
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise ConfigError(f"predictors: {twice!r} stands twice")
    if isinstance(predictors, Mapping):
        return dict(predictors)
    factories: dict[str, Factory] = {name: LadderFactory(name) for name in names}
    for factory in factories.values():
        factory(random_state=0)  # an unknown name fails here, before anything is fitted
    return factories


@dataclass(frozen=True)
class LadderFactory:
    """Makes a predictor of the ladder; can be sent to another process.

    Examples
    --------
    >>> LadderFactory("task-mean")(random_state=0)
    TaskMean()
    """

    name: str

    def __call__(self, *, random_state: int) -> Any:
        import cpp

        return cpp.make_predictor(self.name, random_state=random_state)


def _run(
    at: int,
    table: ScoreTable,
    truth: pd.DataFrame,
    fold: Fold,
    name: str,
    factory: Factory,
    level: float,
    seed: int,
    suites: bool,
) -> tuple[int, pd.DataFrame, dict[str, Any]]:
    """Fit one predictor on one fold and predict its test cells."""
    train = fold.training_table(table)
    asked = fold.test.sort_values(["model", "task"], kind="stable").reset_index(drop=True)
    predictor = factory(random_state=seed)
    with threadpool_limits(limits=1):
        start = time.perf_counter()
        fitted = predictor.fit(train)
        middle = time.perf_counter()
        answer = fitted.predict(asked.copy(), level=level).frame
        end = time.perf_counter()
    check_answer(answer, asked, table, name=name, fold=fold.name)
    out = asked.merge(truth[["model", "task", "score", "score_mean"]], how="left")
    for column in ("prediction", "lower", "upper"):
        out[column] = answer[column].to_numpy(dtype=float, copy=True)
    out["level"] = float(level)
    out["kind"] = answer["kind"].astype(str).to_numpy()
    known = train.cells.groupby("model").size()
    out["k_known"] = out["model"].map(known).fillna(0).astype(np.int64)
    out["predictor"], out["fold"] = name, fold.name
    seconds: dict[str, Any] = {
        "predictor": name,
        "fold": fold.name,
        "n_train": train.n_cells,
        "n_test": len(asked),
        "fit_seconds": middle - start,
        "predict_seconds": end - middle,
        "notes": tuple(getattr(fitted, "notes_", ())),
    }
    if suites:
        with threadpool_limits(limits=1):
            seconds["suites"] = fold_suites(fitted, out, table, random_state=seed)
    return at, out[list(COLUMNS)], seconds


def check_answer(
    answer: pd.DataFrame, asked: pd.DataFrame, table: ScoreTable, *, name: str, fold: str
) -> None:
    """Raise BenchcastError unless `answer` holds one lawful prediction of each asked cell.

    Lawful: the asked cells in their order; finite; on the task's scale;
    lower <= prediction <= upper; not of kind ``observed``, which would mean that the
    held-out score was seen.
    """
    where = f"predictor {name!r}, fold {fold!r}"
    if len(answer) != len(asked) or not all(
        np.array_equal(answer[c].to_numpy(dtype=object), asked[c].to_numpy(dtype=object))
        for c in ("model", "task")
    ):
        raise BenchcastError(
            f"{where}: asked for {len(asked)} cells and answered {len(answer)}, or not in the "
            "order asked; predict must return one row per asked cell"
        )
    value = answer[["lower", "prediction", "upper"]].to_numpy(dtype=float)
    scales = [table.scales[t] for t in asked["task"]]
    low = np.array([-np.inf if s.minimum is None else s.minimum for s in scales])[:, None]
    high = np.array([np.inf if s.maximum is None else s.maximum for s in scales])[:, None]
    faults = {
        "is not finite": ~np.isfinite(value).all(axis=1),
        "leaves the task's scale": ((value < low) | (value > high)).any(axis=1),
        "is not lower <= prediction <= upper": (np.diff(value, axis=1) < 0).any(axis=1),
        "is of kind 'observed', but the cell is held out": (
            answer["kind"] == "observed"
        ).to_numpy(),
    }
    for fault, bad in faults.items():
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            lower, prediction, upper = value[i].tolist()
            raise BenchcastError(
                f"{where}, model {asked['model'].iloc[i]!r}, task {asked['task'].iloc[i]!r}: the "
                f"answer {prediction!r} [{lower!r}, {upper!r}] {fault} "
                f"(scale {scales[i].describe()}; {int(bad.sum())} such cells)"
            )
