"""What a score store knows beyond the data that a model was trained on.

Cells of the store that the training data lack, or have with another score, are folded in; what
the model was trained on is not folded in again. The overlay is worked out from the store as it
is, so an undone batch is simply no longer in it. If the model was trained on a batch of the same
store, only what changed since is looked at, and scores of it that were taken back since are known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.table.score_table import ScoreTable
from serving.engine.known_table import SOURCE

if TYPE_CHECKING:
    from cpp import Predictor
    from cpp.data.training_data import TrainingData
    from features.store.store import Store
    from features.table.score_scale import ScoreScale

#: scores and weights that differ by less, relative to their size, are the same
SAME = 1e-9
#: tasks that notes name
N_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """What is folded into a model.

    Attributes
    ----------
    batch : int
        The store as of this batch; 0 without a store, or when it is empty.
    table : ScoreTable or None
        Every report of the cells that are folded in, with the models and tasks that the
        training data lack; None if there is nothing.
    cells : mapping of (model, task) to (score, weight)
        The reconciled cells of `table`.
    withdrawn : frozenset of (model, task)
        Cells that the model was trained on, and of which the store has no report any more.
    newcomers : mapping of (kind, name) to factors
        Of the models and tasks that the training data lack.
    newest_score : date or None
        Date of its newest report.
    notes : tuple of str
        What of the store cannot be folded in.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> predictor = make_predictor("biases").fit(load_leaderboard())
    >>> rows = {"model": ["ours"], "task": ["GPQA Diamond"], "score": [41.0]}
    >>> tasks = load_leaderboard().tasks.loc[["GPQA Diamond"]]
    >>> new = Overlay.of(predictor, ScoreTable(pd.DataFrame(rows), tasks=tasks), batch=2)
    >>> list(new.cells), list(new.newcomers)
    ([('ours', 'GPQA Diamond')], [('model', 'ours')])
    """

    batch: int = 0
    table: ScoreTable | None = None
    cells: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    withdrawn: frozenset[tuple[str, str]] = frozenset()
    newcomers: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    newest_score: date | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def read(
        cls, predictor: Predictor, store: Store, *, batch: int, since: int | None = None
    ) -> Overlay:
        """Read what a store knows beyond the training data.

        Parameters
        ----------
        predictor : Predictor
            As it was trained.
        store : Store
        batch : int
            The store as of this batch.
        since : int, optional
            The batch whose content is the training data, if there is one.
        """
        if not batch or batch == since:
            return cls(batch=batch)
        if since is None or since > batch:
            return cls.of(predictor, store.snapshot(batch), batch=batch)
        changes = store.changes(since, batch)
        said = set(zip(changes.cells["model"], changes.cells["task"], strict=True))
        return cls.of(predictor, changes.table, batch=batch, said=said)

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        snapshot: ScoreTable,
        *,
        batch: int,
        said: Collection[tuple[str, str]] = (),
    ) -> Overlay:
        """Compare a snapshot of a store, or of a part of it, with what a predictor learned from.

        Parameters
        ----------
        predictor : Predictor
            As it was trained.
        snapshot : ScoreTable
        batch : int
            Of the snapshot.
        said : collection of (model, task)
            Cells that the store had at some time: those that the training data have and the
            snapshot has not were taken back.
        """
        data, cells = predictor.data_, snapshot.cells
        usable, notes = _usable(data, snapshot)
        mine = cells[usable & ~_known(data, snapshot)]
        new = {
            "model": sorted(set(snapshot.models.index).difference(data.model_index)),
            "task": sorted(set(snapshot.tasks.index).difference(data.task_index)),
        }
        gone = set(said).difference(zip(cells["model"], cells["task"], strict=True))
        withdrawn = frozenset(gone.intersection(_trained_on(data)) if gone else ())
        if withdrawn:
            n = len(withdrawn)
            notes = (
                *notes,
                f"{n} score{' was' if n == 1 else 's were'} taken back after the model was trained "
                "on them: they are observed no longer, but what it learned of them stays until a "
                "refit on the store",
            )
        if mine.empty and not new["model"] and not new["task"]:
            return cls(batch=batch, withdrawn=withdrawn, notes=notes)
        table = snapshot.only(mine)
        models, tasks = sorted({*mine["model"], *new["model"]}), {*mine["task"], *new["task"]}
        table = ScoreTable(
            table.scores,
            snapshot.models.loc[models],
            snapshot.tasks.loc[sorted(tasks)],
            name=snapshot.name,
            meta=snapshot.meta,
        )
        values = zip(mine["score"].tolist(), mine["weight"].tolist(), strict=True)
        return cls(
            batch=batch,
            table=table,
            cells=dict(zip(zip(mine["model"], mine["task"], strict=True), values, strict=True)),
            withdrawn=withdrawn,
            newcomers={
                **{("model", m): _stated(table.models.loc[m]) for m in new["model"]},
                **{("task", t): _stated(table.tasks.loc[t]) for t in new["task"]},
            },
            newest_score=newest_of(table),
            notes=notes,
        )

    def touched(self, predictor: Predictor, before: Overlay) -> tuple[set[str], set[str]]:
        """Return the models and tasks whose answers differ from those of another overlay.

        A cell moves its model's answers. A task that had no training score is worked out from
        its cells, and moves its own answers and those of the models that were measured on it.

        Parameters
        ----------
        predictor : Predictor
            As it was trained.
        before : Overlay
            Of the same predictor.
        """
        changed = _different(self.cells, before.cells) | (self.withdrawn ^ before.withdrawn)
        news = _different(self.newcomers, before.newcomers)
        models = {model for model, _ in changed} | {n for kind, n in news if kind == "model"}
        tasks = {n for kind, n in news if kind == "task"}
        data = predictor.data_
        index, fitted = data.task_index, data.task_fitted
        every = {*self.cells, *before.cells}
        late = {t for _, t in every if t not in index or not fitted[index[t]]}
        if (models or tasks) and late:
            # whoever taught such a task may have moved, and with it whom it teaches in turn
            tasks |= late
            models |= {model for model, task in every if task in late}
        return models, tasks


def newest_of(table: ScoreTable) -> date | None:
    """Return the date of the newest report of a table, None if none is dated."""
    newest = table.scores["date"].max()
    return None if newest is None or newest != newest else newest.date()


def _trained_on(data: TrainingData) -> set[tuple[str, str]]:
    cells = zip(data.row.tolist(), data.col.tolist(), strict=True)
    return {(data.models[r], data.tasks[c]) for r, c in cells}


def _different(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> set[Any]:
    return {key for key in {*a, *b} if a.get(key) != b.get(key)}


def _stated(row: pd.Series) -> dict[str, Any]:
    return {str(k): v for k, v in row.items() if v is not None and v is not pd.NA and v == v}


def _known(data: TrainingData, snapshot: ScoreTable) -> NDArray[np.bool_]:
    """Return which cells of a snapshot the training data have with the same score and weight.

    A cell of which nothing but the training data is the source has the same score only: its
    reports were lost, and with them its weight.
    """
    cells = snapshot.cells
    row = np.array([data.model_index.get(m, -1) for m in cells["model"]], dtype=np.int64)
    col = np.array([data.task_index.get(t, -1) for t in cells["task"]], dtype=np.int64)
    out = np.zeros(len(cells), dtype=bool)
    here = np.flatnonzero((row >= 0) & (col >= 0))
    if not len(here):
        return out
    score, weight = data.known_scores(row[here], col[here])
    same = np.isclose(cells["score"].to_numpy()[here], score, rtol=SAME, atol=0.0)
    told = snapshot.scores[snapshot.scores["source"] != SOURCE]
    lost = ~pd.MultiIndex.from_frame(cells[["model", "task"]]).isin(
        pd.MultiIndex.from_frame(told[["model", "task"]])
    )
    weighs = cells["weight"].to_numpy()[here] / data.weight_unit
    out[here] = same & (np.isclose(weighs, weight, rtol=SAME, atol=0.0) | lost[here])
    return out


def _usable(data: TrainingData, snapshot: ScoreTable) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Return which cells of a snapshot can be folded in, and notes on the others."""
    cells = snapshot.cells
    known = {t: data.scales[j] for t, j in data.task_index.items()}
    other = [t for t, s in snapshot.scales.items() if t in known and not _goes(s, known[t])]
    usable = ~cells["task"].isin(other).to_numpy(dtype=bool)
    notes = []
    for task in sorted(other)[:N_NAMED]:
        notes.append(
            f"task {task!r}: {int((cells['task'] == task).sum())} scores of the store are not "
            f"folded in, since they are on the scale {snapshot.scales[task].describe_unit()} and "
            f"those the model learned from on {known[task].describe_unit()}; a refit on the store "
            "settles it"
        )
    if len(other) > N_NAMED:
        notes.append(f"and {len(other) - N_NAMED} more tasks with another scale")
    score, tasks = cells["score"].to_numpy(dtype=float), cells["task"].tolist()
    # a store that declares no scale of a task may hold what the model's scale does not
    fits = [t not in known or known[t].contains(s) for t, s in zip(tasks, score, strict=True)]
    outside = usable & ~np.array(fits, dtype=bool)
    if outside.any():
        first = cells[outside].iloc[0]
        notes.append(
            f"{int(outside.sum())} scores of the store lie outside the scale that the model "
            f"learned, and are not folded in; the first is {first['score']:g} of "
            f"{first['model']!r} on {first['task']!r}, {known[first['task']].describe_unit()}"
        )
    return usable & ~outside, tuple(notes)


def _goes(given: ScoreScale, known: ScoreScale) -> bool:
    """Whether scores on a scale can be folded in; one without bounds says nothing."""
    return given.kind == "unbounded" or given.same_unit(known)
