"""The one place that requests take the model from, and where another one is put.

Requests read ``live.current``, a plain attribute, and never wait for a lock. Two things put
another :class:`Current` there: the alias ``champion`` that moved (looked at by a thread), and a
batch that was written to the store (looked at by :meth:`Live.fresh` at the head of requests).
What is put there was loaded, checked and worked out beside the one that answers.
"""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from features.errors import BenchcastError, StateError
from serving.engine.champion import champion_of
from serving.engine.current import Current
from serving.engine.fold_in import folded
from serving.engine.loading import DAMAGE, LoadedModel, find_batch, load_model, told
from serving.engine.overlay import Overlay
from serving.engine.readiness import Readiness
from serving.engine.registry_watch import RegistryWatch
from serving.engine.store_watch import Mark, StoreWatch
from serving.engine.wide_grid import grid_of

if TYPE_CHECKING:
    from cpp import Predictor
    from features.store.store import Store
    from features.table.score_table import ScoreTable
    from training.tracking.client import Tracking
    from training.tracking.registry import VersionInfo

#: seconds that a request waits for new scores to be folded in; then it is answered without
PATIENCE = 10.0
#: a version that could not be loaded is tried again after so many seconds, then twice as many
FIRST_REST, LONGEST_REST = 2.0, 60.0

#: called with an event and what is known of it, from any thread
Callback = Callable[[str, dict[str, Any]], None]


class Live:
    """Holder of what answers now.

    Parameters
    ----------
    tracking : Tracking, optional
        Whose alias ``champion`` is followed.
    store : Store, optional
        Whose scores are folded in.
    poll_seconds : float
        Between two looks at the alias.
    grid_cells : int
        Cells up to which every answer of a model is worked out when it is loaded.

    Attributes
    ----------
    previous : Current or None
        What answered before the last change of the version.
    ready : Readiness
    last_reload_error, last_refresh_error : str or None
        Why the last look at the registry (the store) changed nothing, if that was an error.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> from features.store import open_store
    >>> table, store = load_leaderboard(), open_store("scores.db", create=True)
    >>> _ = store.add(table, importer="directory")
    >>> live = Live.of(make_predictor("biases").fit(table), table, store=store)
    >>> live.ready.ok, live.current.snapshot.batch
    (True, 1)
    """

    def __init__(
        self,
        *,
        tracking: Tracking | None = None,
        store: Store | None = None,
        poll_seconds: float = 2.0,
        grid_cells: int = 2_000_000,
    ) -> None:
        self.tracking, self.store = tracking, store
        self.poll_seconds, self.grid_cells = poll_seconds, grid_cells
        self.previous: Current | None = None
        self.ready = Readiness(False, ("no model is loaded yet",))
        self.last_reload_error: str | None = None
        self.last_refresh_error: str | None = None
        self._current: Current | None = None
        self._loaded: LoadedModel | None = None
        self._spare: LoadedModel | None = None
        self._overlay = Overlay()
        self._mark: Mark | None = None
        self._file = 0
        self._watch = None if store is None else StoreWatch(store)
        self._loading, self._change = threading.Lock(), threading.Lock()
        self._failed: tuple[str, float, float] | None = None
        self._callbacks: list[Callback] = []
        self._stop = threading.Event()
        self._poller: threading.Thread | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="benchcast-refresh")
        self._under_way: Future[bool] | None = None
        self._folding = False

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        table: ScoreTable | None = None,
        *,
        version: str = "1",
        info: VersionInfo | None = None,
        store: Store | None = None,
        grid_cells: int = 2_000_000,
    ) -> Live:
        """Return a holder of a fitted predictor, which follows no registry.

        Parameters
        ----------
        predictor : Predictor
        table : ScoreTable, optional
            What it was fitted on; by default the cells that the predictor holds.
        version : str
        info : VersionInfo, optional
        store : Store, optional
            Whose scores are folded in.
        grid_cells : int
        """
        from serving.engine.known_table import table_of

        known = table_of(predictor) if table is None else table
        found = None if store is None else find_batch(store, known.fingerprint, [1])
        loaded = LoadedModel(
            version=version,
            info=info,
            fingerprint=known.fingerprint,
            predictor=predictor,
            grid=grid_of(predictor, max_cells=grid_cells),
            table=known,
            data_from=known.name,
            batch=found and found[1],
        )
        me = cls(store=store, grid_cells=grid_cells)
        me._take(loaded)
        return me

    @property
    def current(self) -> Current:
        """What answers now; a plain read, without a lock.

        Raises
        ------
        StateError
            If nothing is loaded yet.
        """
        if self._current is None:
            raise StateError(f"no answer yet: {'; '.join(self.ready.reasons)}")
        return self._current

    def subscribe(self, callback: Callback) -> None:
        """Have ``callback(event, details)`` called at each event, from whichever thread.

        Events: ``reload`` with ``outcome`` (loaded, failed), ``version``, ``seconds`` and
        ``error``; ``refresh`` with ``outcome`` (folded, failed), ``snapshot``, ``cells``,
        ``seconds`` and ``error``.
        """
        self._callbacks.append(callback)

    def _tell(self, event: str, **details: Any) -> None:
        for callback in self._callbacks:
            callback(event, details)

    # -- start and stop ----------------------------------------------------------------

    def start(self, *, wait: bool = True) -> None:
        """Load the champion and begin to follow it.

        Parameters
        ----------
        wait : bool
            Whether the first load is waited for; if it fails, `ready` says why, and it is
            tried again.
        """
        if self._poller is not None or self.tracking is None:
            return
        if wait:
            self.reload_now()
        self._poller = threading.Thread(target=self._poll, name="benchcast-champion", daemon=True)
        self._poller.start()

    def stop(self) -> None:
        """Follow nothing any more, for good; what is loaded goes on answering."""
        self._stop.set()
        if self._poller is not None:
            self._poller.join()
            self._poller = None
        self._worker.shutdown(wait=True)

    def _poll(self) -> None:
        assert self.tracking is not None
        watch, known = RegistryWatch(self.tracking.uri), None
        while True:
            mark = watch.mark()
            if mark is None or mark != known:
                with self._loading:
                    self._reload(patient=True)
                    # what failed is tried again though nothing changes
                    known = None if self.last_reload_error else mark
            if self._stop.wait(self.poll_seconds):
                return

    # -- another version ---------------------------------------------------------------

    def reload_now(self) -> bool:
        """Look at the alias at once; return whether another version answers now."""
        with self._loading:
            return self._reload(patient=False)

    def _reload(self, *, patient: bool) -> bool:
        if self.tracking is None:
            return False
        started, version = time.monotonic(), ""
        try:
            champion = champion_of(self.tracking)
            if champion is None:
                raise StateError("no version has the alias champion; train one: benchcast train")
            info, version = champion.info, champion.info.version
            if self._is(self._loaded, info):
                self.last_reload_error = None
                return False
            if patient and self._resting(version):
                return False
            self._take(self._load(info))
        except (BenchcastError, *DAMAGE) as error:
            self._not_loaded(version, told(error), time.monotonic() - started)
            return False
        self.last_reload_error, self._failed = None, None
        seconds = time.monotonic() - started
        self._tell("reload", outcome="loaded", version=version, seconds=seconds, error=None)
        return True

    def _load(self, info: VersionInfo) -> LoadedModel:
        if self._spare is not None and self._is(self._spare, info):
            # taken back: it was checked when it was loaded
            return dataclasses.replace(self._spare, loaded_at=datetime.now(UTC))
        assert self.tracking is not None
        return load_model(self.tracking, info, store=self.store, grid_cells=self.grid_cells)

    @staticmethod
    def _is(loaded: LoadedModel | None, info: VersionInfo) -> bool:
        if loaded is None or loaded.info is None:
            return False
        return (loaded.version, loaded.info.run_id) == (info.version, info.run_id)

    def _resting(self, version: str) -> bool:
        failed = self._failed
        return failed is not None and failed[0] == version and time.monotonic() < failed[1]

    def _not_loaded(self, version: str, error: str, seconds: float) -> None:
        rest = FIRST_REST
        if self._failed is not None and self._failed[0] == version:
            rest = min(2 * self._failed[2], LONGEST_REST)
        self._failed = (version, time.monotonic() + rest, rest)
        news = error != self.last_reload_error
        self.last_reload_error = error
        if self._current is None:
            self.ready = Readiness(False, (error,))
        if news:
            self._tell("reload", outcome="failed", version=version, seconds=seconds, error=error)

    def _take(self, loaded: LoadedModel) -> None:
        """Fold the store's scores into a model and let it answer."""
        with self._change:
            overlay, mark = self._overlay_of(loaded)
            current = folded(loaded, overlay, store=self._shown)
            if self._current is not None:
                self.previous, self._spare = self._current, self._loaded
            self._loaded, self._overlay, self._mark = loaded, overlay, mark
            self._current = current
        self.ready = Readiness(True)

    # -- more scores ---------------------------------------------------------------------

    @property
    def _shown(self) -> str:
        return "" if self.store is None else self.store.place.shown

    def store_changed(self) -> None:
        """Hear that this process has written to the store: the next request looks."""
        if self._watch is not None:
            self._watch.tell()

    async def fresh(self) -> Current:
        """Return what answers now, with every score that was acknowledged before the call.

        At once if nothing was written. If folding in takes longer than ten seconds, the
        answer is that of the snapshot before.
        """
        # in this order: a look is over before what it found is folded in
        watch, stopped = self._watch, self._stop.is_set()
        if watch is not None and not stopped and (watch.suspects() or self._folding):
            await self._catch_up()
        return self.current

    async def _catch_up(self) -> None:
        # a look that began before this call may have missed what was written since
        for _ in range(2):
            task = self._under_way
            mine = task is None or task.done()
            if task is None or mine:
                task = self._under_way = self._worker.submit(self.refresh)
            try:
                await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(task)), PATIENCE)
            except TimeoutError:
                return
            if mine or not (self._watch and self._watch.suspects()):
                return

    def refresh(self) -> bool:
        """Fold in what is new in the store; return whether anything was.

        Never raises for a store that does not answer: what is loaded goes on answering, and
        `last_refresh_error` says why.
        """
        with self._change:
            self._folding = True
            try:
                return self._refresh()
            finally:
                self._folding = False

    def _refresh(self) -> bool:
        loaded, before = self._loaded, self._current
        if loaded is None or before is None or self._watch is None:
            return False
        started = time.monotonic()
        try:
            mark = self._watch.look()
            if mark == self._mark:
                self.last_refresh_error = None
                return False
            overlay = self._read(loaded, mark)
            current = folded(loaded, overlay, store=self._shown, before=(before, self._overlay))
        except (BenchcastError, *DAMAGE) as error:
            self._watch.again()
            self._not_refreshed(told(error), time.monotonic() - started)
            return False
        self._overlay, self._mark, self._current = overlay, mark, current
        self.last_refresh_error = None
        self._tell(
            "refresh",
            outcome="folded",
            snapshot=current.snapshot.id,
            cells=len(overlay.cells),
            seconds=time.monotonic() - started,
            error=None,
        )
        return True

    def _overlay_of(self, loaded: LoadedModel) -> tuple[Overlay, Mark | None]:
        """Return the overlay as the store has it now; a first load does without the store.

        A later one fails if the store does not answer: scores that were served are not lost
        for another version's sake.
        """
        if self._watch is None:
            return Overlay(), None
        try:
            mark = self._watch.look()
            self._file = mark[1]
            return self._read(loaded, mark), mark
        except BenchcastError as error:
            if self._current is not None:
                raise
            self._watch.again()
            self._not_refreshed(str(error), 0.0)
            note = f"the store cannot be read, so its scores are not folded in: {error}"
            return Overlay(notes=(note,)), None

    def _read(self, loaded: LoadedModel, mark: Mark) -> Overlay:
        assert self.store is not None
        # another file in the store's place: its batches are others
        since = loaded.batch if mark[1] == self._file else None
        return Overlay.read(loaded.predictor, self.store, batch=mark[0], since=since)

    def _not_refreshed(self, error: str, seconds: float) -> None:
        news = error != self.last_refresh_error
        self.last_refresh_error = error
        if news:
            now = "" if self._current is None else self._current.snapshot.id
            self._tell(
                "refresh", outcome="failed", snapshot=now, cells=0, seconds=seconds, error=error
            )
