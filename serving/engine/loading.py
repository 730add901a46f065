"""Loading a registered version: hash checked, answers checked, its data found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.errors import BenchcastError, StateError
from serving.engine.grid import Grid
from serving.engine.known_table import table_of
from serving.engine.overlay import newest_of
from serving.engine.wide_grid import grid_of

if TYPE_CHECKING:
    from cpp import Predictor
    from features.store.store import Store
    from features.table.score_table import ScoreTable
    from training.tracking.client import Tracking
    from training.tracking.registry import VersionInfo

#: what reading or asking a damaged or foreign state may raise, beside our own errors
DAMAGE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(AssertionError, MemoryError, RuntimeError),
)
_STRANGER = "a model nobody has heard of"


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedModel:
    """A version as it was trained, before anything is folded in.

    Attributes
    ----------
    version : str
        Number in the registry.
    info : VersionInfo or None
    fingerprint : str
        Of the data it was trained on.
    predictor : Predictor
    grid : Grid
    table : ScoreTable
        The training data, with reports, dates and sources if they are at hand.
    data_from : str
        Where `table` is from, in words.
    batch : int or None
        The batch of the store whose content it is, if it is one's.
    loaded_at : datetime
        UTC.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> table = load_leaderboard()
    >>> predictor = make_predictor("biases").fit(table)
    >>> data = {"fingerprint": table.fingerprint, "table": table, "data_from": "leaderboard"}
    >>> fitted = {"predictor": predictor, "grid": Grid.of(predictor)}
    >>> LoadedModel(version="1", info=None, **data, **fitted).newest_score
    datetime.date(2025, 11, 16)
    """

    version: str
    info: VersionInfo | None
    fingerprint: str
    predictor: Predictor
    grid: Grid
    table: ScoreTable
    data_from: str
    batch: int | None = None
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def retrieved(self) -> str | None:
        """When the training data were retrieved, ISO date, if they say so."""
        said = self.table.meta.get("retrieved") or (self.info and self.info.data_retrieved)
        return str(said) if said else None

    @property
    def newest_score(self) -> date | None:
        """Date of the newest training report."""
        return newest_of(self.table)


def load_model(
    tracking: Tracking, info: VersionInfo, *, store: Store | None, grid_cells: int
) -> LoadedModel:
    """Load a registered version and check that it answers.

    Parameters
    ----------
    tracking : Tracking
    info : VersionInfo
        From :func:`training.tracking.registry.find_champion`.
    store : Store, optional
        Where its data may be.
    grid_cells : int
        Cells up to which the whole grid is worked out now.

    Raises
    ------
    StateError
        If its files are damaged (their SHA-256 is checked), of a newer benchcast, or its
        answers are no numbers.
    TrackingError
        If its files are not there or the registry does not answer.
    """
    from training.tracking.registry import load_version

    try:
        predictor, info = load_version(tracking, info.version)
        grid = grid_of(predictor, max_cells=grid_cells)
        check_answers(predictor, grid)
        table, data_from, batch = find_data(tracking, info, predictor, store)
    except DAMAGE as error:
        raise StateError(
            f"version {info.version} cannot be used: {told(error)}; train it again, or give the "
            "alias champion to another version"
        ) from error
    return LoadedModel(
        version=info.version,
        info=info,
        fingerprint=info.data_fingerprint,
        predictor=predictor,
        grid=grid,
        table=table,
        data_from=data_from,
        batch=batch,
    )


def told(error: Exception) -> str:
    """Return an error in words; one that is not ours with its kind."""
    return str(error) if isinstance(error, BenchcastError) else f"{type(error).__name__}: {error}"


def check_answers(predictor: Predictor, grid: Grid) -> None:
    """Ask for what every request may ask for: raises StateError if an answer is no number.

    Every cell of the grid; a model that nobody knows; a model that is folded in.
    """
    from features.table.score_table import ScoreTable

    bad = grid.n_faulty()
    if bad:
        raise StateError(
            f"the smoke prediction failed: {bad} of {grid.shape[0] * grid.shape[1]} cells of its "
            "own models and tasks are no finite numbers"
        )
    data = predictor.data_
    known = np.flatnonzero(data.task_fitted)[:3]
    tasks = [data.tasks[j] for j in known]
    scores = [float(np.median(data.score[data.col == j])) for j in known]
    rows = pd.DataFrame({"model": _STRANGER, "task": tasks, "score": scores})
    asked = pd.DataFrame({"model": _STRANGER, "task": data.tasks[:50]})
    for wiser in (predictor, predictor.fold_in(ScoreTable(rows))):
        frame = wiser.predict(asked).frame
        numbers = frame[["lower", "prediction", "upper"]].to_numpy(dtype=float)
        if not np.isfinite(numbers).all() or (np.diff(numbers, axis=1) < 0).any():
            raise StateError(
                "the smoke prediction failed: for a new model it gives no finite numbers in order"
            )


def find_data(
    tracking: Tracking, info: VersionInfo, predictor: Predictor, store: Store | None
) -> tuple[ScoreTable, str, int | None]:
    """Return the training data of a version, where they are from, and their batch if they have one.

    The store's batch or the source that its run names, the store's first batch, or the
    shipped data set of that name, whichever has the version's fingerprint; else the cells
    that the predictor holds, without the reports behind them.
    """
    said = _recorded(tracking, info)
    if store is not None:
        # whichever store that batch was of: the fingerprint tells whether it is this one's
        found = find_batch(store, info.data_fingerprint, [said.get("data.batch"), 1])
        if found is not None:
            return found[0], store.place.at(found[1]), found[1]
    for source in dict.fromkeys([said.get("run.data"), info.data_name]):
        table = _read(source)
        if table is not None and table.fingerprint == info.data_fingerprint:
            from features.store.database.address import hide_password

            return table, hide_password(str(source)), None
    lost = (
        f"{info.data_name}, which is not at hand: its scores are those that the model holds, "
        "without their dates and sources"
    )
    return table_of(predictor), lost, None


def find_batch(
    store: Store, fingerprint: str, batches: Sequence[object]
) -> tuple[ScoreTable, int] | None:
    """Return the first of `batches` whose snapshot has a fingerprint, None if none has."""
    for batch in dict.fromkeys(str(b) for b in batches if b):
        table = _snapshot(store, batch)
        if table is not None and table.fingerprint == fingerprint:
            return table, int(batch)
    return None


def _recorded(tracking: Tracking, info: VersionInfo) -> dict[str, Any]:
    """Return what the run of a version recorded of its data, nothing if the run is gone."""
    from training.tracking.client import explained

    try:
        with explained("the run cannot be read"):
            return dict(tracking.client.get_run(info.run_id).data.params)
    except BenchcastError:
        return {}


def _snapshot(store: Store, batch: str) -> ScoreTable | None:
    path = store.place.path
    if path is not None and not path.is_file():  # the database driver would make an empty one
        return None
    try:
        return store.snapshot(int(batch))
    except (BenchcastError, ValueError):  # no such batch, or nothing in it
        return None


def _read(source: str | None) -> ScoreTable | None:
    from features.sources.readers import read_source

    if not source:
        return None
    try:
        return read_source(source)
    except (BenchcastError, OSError):  # moved, removed, or refused by now
        return None
