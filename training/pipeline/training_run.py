"""One training run: backtest, fit on every cell, record, register."""

from __future__ import annotations

import json
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import ConfigError, UnknownNameError
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.evaluation.backtest import Factory, Progress, run_backtest
from training.evaluation.coverage_levels import Levels, coverage_table
from training.evaluation.metrics import METRICS, Metrics, score_predictions
from training.persistence.environment import package_version
from training.pipeline.config import FAST_LADDER, TrainConfig
from training.pipeline.inputs import Method, folds_fingerprint, resolve_folds
from training.pipeline.promotion import Candidate, ChampionDecision, promote
from training.pipeline.run_contents import record_inputs, record_outputs
from training.tracking.client import TrackedRun, Tracking
from training.tracking.registry import VersionInfo

if TYPE_CHECKING:
    from cpp import Predictor

#: whose notes are those of the fit on every cell
FINAL = "the model"
#: rows of the model's input example
_EXAMPLES = 3


@dataclass(frozen=True)
class TrainResult:
    """What a training run made.

    Attributes
    ----------
    run_id, version : str
        The MLflow run, and the version of the registered model ``benchcast``.
    decision : ChampionDecision
        Whether the alias ``champion`` moved to it, and why.
    predictor : Predictor
        Fitted on every cell of the table.
    metrics : Metrics
        Of every predictor that was backtested, overall and by regime.
    predictions : DataFrame
        Fold predictions of all of them (columns of :func:`training.evaluation.backtest.backtest`).
    empty_cells : DataFrame
        The fitted predictor's predictions of every cell without a score.
    coverage : DataFrame
        Of the chosen predictor's intervals, by level and regime.
    folds : Folds
    info : VersionInfo
        What the version's tags say: fingerprints, figure, date.
    seconds : dict of str to float
        Seconds of the steps: backtest, fit, record, promote.
    notes : dict of str to list of str
        What fits left out or did otherwise than asked, by predictor: in the backtest, and
        under `FINAL` in the fit on every cell.
    """

    run_id: str
    version: str
    decision: ChampionDecision
    predictor: Predictor
    metrics: Metrics
    predictions: pd.DataFrame
    empty_cells: pd.DataFrame
    coverage: pd.DataFrame
    folds: Folds
    info: VersionInfo
    seconds: dict[str, float]
    notes: dict[str, list[str]]


def train(
    table: ScoreTable,
    config: TrainConfig,
    *,
    tracking: Tracking | None = None,
    folds: Folds | None = None,
    progress: Progress | None = None,
) -> TrainResult:
    """Backtest, fit, record and register a predictor.

    The ladder is backtested on the folds (all of it, or what ``run.ladder`` says); the chosen
    predictor is fitted on all cells of `table`; data fingerprint, settings, metrics, fold
    predictions, notes, figures and the model go to one MLflow run; the model is registered,
    and becomes the champion if it is better (:mod:`training.pipeline.promotion`). If anything
    fails, the run is FAILED and nothing is registered.

    Parameters
    ----------
    table : ScoreTable
        The snapshot.
    config : TrainConfig
        ``config.run.data`` is not read here: `table` is the data.
    tracking : Tracking, optional
        The store; by default what ``config.run.tracking_uri``, else the environment, says.
    folds : Folds, optional
        As from :func:`training.pipeline.inputs.load_inputs`; by default what ``config.folds`` says,
        without the dataset's own fold file, whose place `table` does not know.
    progress : callable, optional
        Told (steps done, steps in all, what) after each step.

    Returns
    -------
    TrainResult

    Raises
    ------
    ConfigError
        For a predictor or parameter that does not exist.
    FoldError
        If the folds do not fit the table.
    TrackingError
        If the store cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> from features import ScoreTable
    >>> from training.pipeline.config import load_config
    >>> rows = [(f"m{i}", f"t{j}", 30 + 5 * i + 2 * j) for i in range(8) for j in range(4)]
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    >>> said = ["model.predictor=task-mean", "run.ladder=false", "folds.split=random", "folds.n=2"]
    >>> result = train(table, load_config(None, said), tracking=Tracking("sqlite:///mlflow.db"))
    >>> result.decision.outcome, result.decision.moved
    ('first', True)
    """
    tracking = tracking or Tracking(config.run.tracking_uri)
    chosen = Method(config.model.predictor, config.model.parameters)
    chosen.check()
    folds = resolve_folds(table, config) if folds is None else folds
    folds.check(table)
    methods = _methods(chosen, config.run.ladder)
    steps = _Steps(progress, len(methods) * len(folds) + 3)
    seconds = _Stopwatch()
    with tracking.run(config.run.experiment, f"{chosen.name} on {table.name}") as run:
        record_inputs(run, table, folds, config)
        measured = _backtest(table, folds, methods, chosen.name, config, steps)
        figures = measured.metrics.overall
        run.metrics(
            {f"{name}.{m}": figures.loc[name, m] for name in figures.index for m in METRICS}
        )
        seconds.lap("backtest")

        predictor = chosen(random_state=config.run.seed).fit(table)
        empty = predictor.predict(table.empty_cells(), level=config.run.level).frame
        notes = dict(measured.notes)
        if said := list(getattr(predictor, "notes_", ())):
            notes[FINAL] = said
            run.tags({"notes": textwrap.shorten("; ".join(said), 1000, placeholder=" ...")})
        run.json(notes, "notes.json")
        seconds.lap("fit")
        steps.done(f"{chosen.name} fitted on all {table.n_cells:,} cells")

        record_outputs(
            run,
            table,
            measured.predictions,
            measured.metrics,
            chosen=chosen.name,
            coverage=measured.coverage,
            seconds=measured.seconds,
            empty_cells=empty,
        )
        example = empty if len(empty) else table.cells
        model_id = run.model(predictor, example=example.head(_EXAMPLES))
        run.metrics({m: figures.loc[chosen.name, m] for m in METRICS}, model_id)
        seconds.lap("record")
        steps.done("recorded")

        info = _info(run, table, folds, config, figures.loc[chosen.name])
        candidate = Candidate(info, table, _of(measured.predictions, chosen.name), len(folds))
        decision = promote(
            tracking,
            candidate,
            model_id,
            _Remeasure(table, folds, config, measured, steps),
            policy=config.run.champion,
            min_improvement=config.run.min_improvement,
        )
        run.json(decision.to_dict(), "champion.json")
        reason = textwrap.shorten(decision.reason, 1000, placeholder=" ...")
        run.tags({"champion.outcome": decision.outcome, "champion.reason": reason})
        seconds.lap("promote")
        run.metrics({f"seconds.{name}": value for name, value in seconds.laps.items()})
        steps.done(decision.reason)
    return TrainResult(
        run_id=run.id,
        version=decision.version,
        decision=decision,
        predictor=predictor,
        metrics=measured.metrics,
        predictions=measured.predictions,
        empty_cells=empty,
        coverage=measured.coverage,
        folds=folds,
        info=info,
        seconds=seconds.laps,
        notes=notes,
    )


# -- backtest -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Measured:
    """The backtest of a run."""

    methods: Mapping[str, Method]
    predictions: pd.DataFrame
    seconds: pd.DataFrame
    metrics: Metrics
    coverage: pd.DataFrame
    notes: dict[str, list[str]]


def _methods(chosen: Method, ladder: bool | list[str] | None) -> dict[str, Method]:
    """Return what is backtested: rungs in the ladder's order; the chosen with its parameters."""
    import cpp

    if ladder is None:
        ladder = list(FAST_LADDER) if chosen.name == cpp.PRESETS["fast"] else True
    if isinstance(ladder, bool):
        names = set(cpp.LADDER) if ladder else set()
    else:
        try:
            names = {cpp.rung_name(name) for name in ladder}
        except UnknownNameError as error:
            raise ConfigError(f"run.ladder: {error}") from error
    methods = {name: Method(name) for name in cpp.LADDER if name in names}
    methods[chosen.name] = chosen
    return methods


def _backtest(
    table: ScoreTable,
    folds: Folds,
    methods: Mapping[str, Method],
    chosen: str,
    config: TrainConfig,
    steps: _Steps,
) -> _Measured:
    with tempfile.TemporaryDirectory(prefix="benchcast-") as notes:
        factories: dict[str, Factory] = dict(methods)
        factories[chosen] = Levels(methods[chosen], notes)
        result = run_backtest(
            table,
            folds,
            factories,
            level=config.run.level,
            jobs=config.run.jobs,
            seed=config.run.seed,
            progress=steps.of_backtest,
        )
        coverage = coverage_table(table, _of(result.predictions, chosen), Path(notes))
    return _Measured(
        methods=methods,
        predictions=result.predictions,
        seconds=result.seconds,
        metrics=score_predictions(result.predictions, table, folds),
        coverage=coverage,
        notes=result.notes,
    )


def _of(predictions: pd.DataFrame, name: str) -> pd.DataFrame:
    return predictions[predictions["predictor"] == name].reset_index(drop=True)


@dataclass(frozen=True)
class _Remeasure:
    """Backtests a champion of another snapshot, unless this run did so already."""

    table: ScoreTable
    folds: Folds
    config: TrainConfig
    measured: _Measured
    steps: _Steps

    def __call__(self, champion: VersionInfo) -> tuple[pd.DataFrame, float]:
        method = Method(champion.predictor, champion.parameters)
        name = champion.predictor
        if self.measured.methods.get(name) == method:
            frame = _of(self.measured.predictions, name)
        else:
            method.check()
            self.steps.more(len(self.folds))
            run = self.config.run
            frame = run_backtest(
                self.table,
                self.folds,
                {name: method},
                level=run.level,
                jobs=run.jobs,
                seed=run.seed,
                progress=self.steps.of_backtest,
            ).predictions
        figures = score_predictions(frame, self.table, self.folds).overall.loc[name]
        return frame, _figure(figures)[1]


def _figure(figures: pd.Series) -> tuple[str, float]:
    """Return the metric that decides, and its value: MedAE if any task is in points."""
    metric = "medae" if np.isfinite(figures["medae"]) else "scaled_medae"
    return metric, float(figures[metric])


def _info(
    run: TrackedRun, table: ScoreTable, folds: Folds, config: TrainConfig, figures: pd.Series
) -> VersionInfo:
    metric, value = _figure(figures)
    return VersionInfo(
        predictor=config.model.predictor,
        # as they are read back from the tags, so that methods can be compared
        parameters=json.loads(json.dumps(config.model.parameters)),
        seed=config.run.seed,
        data_name=table.name,
        data_fingerprint=table.fingerprint,
        data_retrieved=str(table.meta.get("retrieved", "")),
        folds_fingerprint=folds_fingerprint(folds),
        metric=metric,
        value=value,
        trained=datetime.now(UTC).isoformat(timespec="seconds"),
        benchcast=package_version(),
        run_id=run.id,
    )


# -- progress and time --------------------------------------------------------------------


class _Steps:
    """Counts the steps of a run for whoever shows its progress."""

    def __init__(self, tell: Progress | None, total: int) -> None:
        self.tell: Callable[[int, int, str], None] = tell or (lambda done, total, what: None)
        self.total = total
        self.count = 0

    def done(self, what: str) -> None:
        self.count += 1
        self.tell(self.count, self.total, what)

    def of_backtest(self, done: int, total: int, what: str) -> None:
        self.done(what)

    def more(self, steps: int) -> None:
        """Expect more steps than thought."""
        self.total += steps


class _Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._since, 3)
        self._since = now
