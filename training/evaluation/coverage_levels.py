"""Coverage of intervals at several levels, from the one fit a backtest makes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import BenchcastError
from features.table.score_table import ScoreTable
from training.evaluation.regimes import MODEL_REGIMES, label

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ALL = "all"
_NOTE = ".parquet"


@dataclass(frozen=True)
class Levels:
    """Makes predictors that note their intervals at every level while they are backtested.

    A backtest asks for one level and its fits may run in other processes. So that no fit
    is made twice, each predictor writes the intervals at `levels` to a file of `notes`;
    :func:`coverage_table` reads them. What it answers is untouched.

    Parameters
    ----------
    factory : callable
        Makes the predictor that is backtested.
    notes : str
        A directory that exists, for this backtest alone.
    levels : tuple of float

    Examples
    --------
    >>> from pathlib import Path
    >>> import features
    >>> from training.evaluation.backtest import LadderFactory, backtest
    >>> from training.splits import make_folds
    >>> table, notes = features.load_leaderboard(), Path("notes")
    >>> notes.mkdir()
    >>> one = make_folds(table, "random", n_folds=5).select(["random-0-0"])
    >>> method = Levels(LadderFactory("task-mean"), notes=notes)
    >>> coverage_table(table, backtest(table, one, {"mine": method}), notes).shape[0] > 0
    True
    """

    factory: Callable[..., Any]
    notes: str
    levels: tuple[float, ...] = LEVELS

    def __call__(self, *, random_state: int) -> _Noting:
        return _Noting(self, self.factory(random_state=random_state))


class _Noting:
    def __init__(self, plan: Levels, predictor: Any) -> None:
        self.plan = plan
        self.predictor = predictor

    def fit(self, table: ScoreTable) -> _Noting:
        self.predictor.fit(table)
        return self

    @property
    def notes_(self) -> list[str]:
        return list(getattr(self.predictor, "notes_", ()))

    def predict(self, cells: pd.DataFrame, *, level: float) -> Any:
        answer = self.predictor.predict(cells, level=level)
        columns = ["model", "task", "level", "lower", "upper", "support"]
        frames = [
            self.predictor.predict(cells, level=other).frame[columns]
            for other in self.plan.levels
            if other != level
        ]
        noted = pd.concat([answer.frame[columns], *frames], ignore_index=True)
        with tempfile.NamedTemporaryFile(dir=self.plan.notes, suffix=_NOTE, delete=False) as file:
            noted.to_parquet(file, index=False)
        return answer


def coverage_table(table: ScoreTable, predictions: pd.DataFrame, notes: Path) -> pd.DataFrame:
    """Return how often the intervals hold the held-out score.

    Parameters
    ----------
    table : ScoreTable
        The full table.
    predictions : DataFrame
        Fold predictions of the predictor that took the notes, to check that none is missing.
    notes : Path
        The directory given to :class:`Levels`.

    Returns
    -------
    DataFrame
        ``level`` (0-1), ``regime`` (training scores of the cell's model: ``all``, ``0 known
        scores``, ...), ``covered`` (share, 0-1), ``n`` (held-out cells, of all folds).
    """
    noted = pd.concat(map(pd.read_parquet, sorted(notes.glob(f"*{_NOTE}"))), ignore_index=True)
    if (noted.groupby("level").size() != len(predictions)).any():
        raise BenchcastError(f"{notes}: intervals of some folds are missing; train again")
    truth = table.cells.set_index(["model", "task"])["score"]
    score = truth.reindex(pd.MultiIndex.from_frame(noted[["model", "task"]])).to_numpy()
    noted["covered"] = (noted["lower"] <= score) & (score <= noted["upper"])
    noted["regime"] = label(noted["support"].to_numpy(dtype=np.int64), MODEL_REGIMES)
    rows = []
    for level, at in noted.groupby("level"):
        for regime in (ALL, *MODEL_REGIMES):
            covered = at["covered"] if regime == ALL else at.loc[at["regime"] == regime, "covered"]
            if len(covered):
                name = regime if regime == ALL else f"{regime} known scores"
                rows.append((float(level), name, float(covered.mean()), len(covered)))
    return pd.DataFrame(rows, columns=["level", "regime", "covered", "n"])
