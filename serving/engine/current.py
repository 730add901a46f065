"""What answers at one moment: a model version with the scores that came in since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from serving.engine.columns import Cell, cells_of
from serving.engine.grid import Grid
from serving.engine.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpp import Predictor
    from features.table.score_table import ScoreTable
    from training.tracking.registry import VersionInfo


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, eq=False)
class Current:
    """A model, the data behind it and every answer for what it knows; it never changes.

    A request takes ``live.current`` once, so that all it says is of one version.

    Attributes
    ----------
    version : str
        Of the registered model; ``"unregistered"`` for a predictor from nowhere.
    info : VersionInfo or None
        What the registry says of it.
    snapshot : Snapshot
    predictor : Predictor
        With the scores that came in since the training folded in.
    grid : Grid
    loaded_at : datetime
        When the model was loaded, UTC; folding in does not change it.
    data_from : str
        What the model was trained on: a store as of a batch, a shipped name or a directory,
        or that it is not at hand any more.
    n_folded : int
        Cells of the store that are folded in.
    notes : tuple of str
        What is odd about the data: scores of the store that cannot be folded in.
    withdrawn : frozenset of (model, task)
        Cells that the model has learned from and that were taken back since: what it
        answers there is no test of it.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> from serving.engine import Live
    >>> current = Live.of(make_predictor("biases").fit(load_leaderboard())).current
    >>> cells = current.predict([("Llama 2 7B", "GPQA Diamond"), ("ours", "GPQA Diamond")])
    >>> [cell["kind"] for cell in cells], current.version, current.n_folded
    (['predicted', 'prior'], '1', 0)
    """

    version: str
    info: VersionInfo | None
    snapshot: Snapshot
    predictor: Predictor
    grid: Grid
    make_table: Callable[[], ScoreTable] = field(repr=False)
    loaded_at: datetime = field(default_factory=_now)
    data_from: str = ""
    n_folded: int = 0
    notes: tuple[str, ...] = ()
    withdrawn: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def table(self) -> ScoreTable:
        """The observed cells: training data and what was submitted; made when first asked for."""
        return self.make_table()

    @property
    def task_factors(self) -> pd.DataFrame:
        """Factors of the known tasks, by task."""
        return self.table.tasks

    @property
    def about(self) -> dict[str, Any]:
        """Where the answers are from, as plain JSON values."""
        info = self.info
        return {
            "version": self.version,
            "predictor": None if info is None else info.predictor,
            "trained": None if info is None else info.trained,
            "run_id": None if info is None else info.run_id,
            "metric": None if info is None else info.metric,
            "value": None if info is None else info.value,
            "data_from": self.data_from,
            "folded_in": self.n_folded,
            "loaded_at": self.loaded_at.isoformat(timespec="seconds"),
            "snapshot": self.snapshot.to_dict(),
            "notes": list(self.notes),
        }

    def predict(
        self,
        cells: Sequence[tuple[str, str]],
        *,
        level: float = 0.9,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
    ) -> list[Cell]:
        """Answer cells, in the order asked.

        Known models and tasks at the grid's level are looked up; the rest is predicted.

        Parameters
        ----------
        cells : sequence of (model, task)
            Unknown ones are legal.
        level : float
            Of the intervals, between 0 and 1.
        models, tasks : DataFrame, optional
            Factors of unknown models and tasks, as in :meth:`cpp.Predictor.predict`.

        Returns
        -------
        list of dict
            As :meth:`Grid.cell`.

        Raises
        ------
        DataError
            If the level is out of range, an id is empty, or factors cannot be used.
        """
        grid = self.grid
        if level == grid.level:
            out: list[Any] = [grid.cell(*cell) if cell in grid else None for cell in cells]
        else:
            out = [None] * len(cells)
        rest = [i for i, cell in enumerate(out) if cell is None]
        if rest:
            asked = pd.DataFrame([cells[i] for i in rest], columns=["model", "task"], dtype=str)
            answer = self.predictor.predict(asked, level=level, models=models, tasks=tasks)
            for i, cell in zip(rest, cells_of(answer.frame), strict=True):
                out[i] = cell
        return out
