"""How exact the predictions are: as a run recorded it, or measured now with quick rungs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cpp import Predictor
from features.errors import TrackingError
from features.table.score_table import ScoreTable
from training.evaluation.coverage_levels import Levels, coverage_table
from training.evaluation.metrics import COUNTS, METRICS, score_predictions
from training.pipeline.config import FAST_LADDER, TrainConfig
from training.pipeline.inputs import Method, resolve_folds
from training.pipeline.run_contents import fold_errors
from training.tracking.registry import FOLD_PREDICTIONS
from training.tracking.runs import RunRecord, read_frame, read_json

if TYPE_CHECKING:
    from training.tracking.client import Tracking

QUICK = "fast"


@dataclass(frozen=True)
class Accuracy:
    """Errors and coverage of one predictor and of those beside it, on held-out cells.

    Attributes
    ----------
    chosen : str
        The predictor that is reported on.
    level : float
        Of its intervals.
    metrics : DataFrame
        ``predictor, by, regime``, counts and metrics, as in
        :class:`training.evaluation.metrics.Metrics`.
    folds : DataFrame
        ``predictor, fold, medae`` (points), ``scaled_medae``.
    coverage : DataFrame
        ``level`` (0-1), ``regime``, ``covered`` (0-1), ``n``, of `chosen`.
    predictions : DataFrame
        Fold predictions of `chosen`.
    recorded : bool
        Whether a run recorded it; otherwise it was measured now.

    Examples
    --------
    >>> row = {"predictor": "fast", "by": "all", "regime": "all", "medae": 2.5}
    >>> nothing = pd.DataFrame()
    >>> found = Accuracy("fast", 0.9, pd.DataFrame([row]), nothing, nothing, nothing, False)
    >>> float(found.overall["medae"]), found.unit
    (2.5, 'points')
    """

    chosen: str
    level: float
    metrics: pd.DataFrame
    folds: pd.DataFrame
    coverage: pd.DataFrame
    predictions: pd.DataFrame
    recorded: bool

    @property
    def overall(self) -> pd.Series:
        """All metrics of `chosen`, over all held-out cells."""
        rows = self.metrics
        return rows[(rows["predictor"] == self.chosen) & (rows["by"] == "all")].iloc[0]

    @property
    def regimes(self) -> pd.DataFrame:
        """Rows of `chosen`, by regime."""
        return self.metrics[self.metrics["predictor"] == self.chosen].reset_index(drop=True)

    @property
    def metric(self) -> str:
        """``medae``, or ``scaled_medae`` where no task is in points."""
        return "medae" if np.isfinite(self.overall["medae"]) else "scaled_medae"

    @property
    def unit(self) -> str:
        """Unit of `metric`."""
        return "points" if self.metric == "medae" else "standard deviations"


def recorded_accuracy(tracking: Tracking, run: RunRecord) -> Accuracy:
    """Return what a run recorded.

    Raises
    ------
    TrackingError
        If its files are gone or damaged.
    """
    try:
        frame = read_frame(tracking, run.id, FOLD_PREDICTIONS)
        return Accuracy(
            chosen=run.predictor,
            level=run.level,
            metrics=_rows(read_json(tracking, run.id, "metrics/metrics.json")),
            folds=_floats(pd.DataFrame(read_json(tracking, run.id, "metrics/folds.json"))),
            coverage=pd.DataFrame(read_json(tracking, run.id, "metrics/coverage.json")),
            predictions=frame[frame["predictor"] == run.predictor].reset_index(drop=True),
            recorded=True,
        )
    except (KeyError, AttributeError, TypeError) as error:
        raise TrackingError(
            f"the metrics of run {run.id} are damaged ({type(error).__name__}: {error}); train "
            "again"
        ) from error


def quick_accuracy(
    table: ScoreTable, directory: Path | None = None, *, seed: int = 0, level: float = 0.9
) -> Accuracy:
    """Measure the preset `fast` and the quick rungs, on the data's own folds or random ones.

    Raises
    ------
    FoldError
        If the table is too small.
    """
    from training.evaluation.backtest import Factory, run_backtest

    folds = resolve_folds(table, TrainConfig(), directory)
    with tempfile.TemporaryDirectory(prefix="benchcast-") as notes:
        methods: dict[str, Factory] = {name: Method(name) for name in FAST_LADDER}
        methods[QUICK] = Levels(Method(QUICK), notes)
        found = run_backtest(table, folds, methods, level=level, seed=seed, suites=False)
        mine = found.predictions[found.predictions["predictor"] == QUICK].reset_index(drop=True)
        coverage = coverage_table(table, mine, Path(notes))
    return Accuracy(
        chosen=QUICK,
        level=level,
        metrics=score_predictions(found.predictions, table, folds).frame,
        folds=fold_errors(found.predictions, table),
        coverage=coverage,
        predictions=mine,
        recorded=False,
    )


def _rows(document: dict[str, Any]) -> pd.DataFrame:
    """Return the rows that `Metrics.to_dict` nested."""
    rows = [
        {"predictor": name, "by": by, "regime": regime, **values}
        for name, groups in document.items()
        for by, regimes in groups.items()
        for regime, values in regimes.items()
    ]
    frame = pd.DataFrame(rows, columns=["predictor", "by", "regime", *COUNTS, *METRICS])
    return frame.astype(dict.fromkeys(METRICS, float))


def _floats(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({c: float for c in ("medae", "scaled_medae") if c in frame.columns})


def quick_predictions(table: ScoreTable, *, seed: int = 0, level: float = 0.9) -> pd.DataFrame:
    """Return every empty cell, predicted by the preset `fast` fitted on all others."""
    return quick_fit(table, seed).predict(table.empty_cells(), level=level).frame


def quick_fit(table: ScoreTable, seed: int) -> Predictor:
    import cpp

    return cpp.make_predictor(QUICK, random_state=seed).fit(table)
