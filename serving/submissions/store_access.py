"""The score store as the routes use it: one writer of this process at a time, and no long waits."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from features.errors import DataError, StoreError
from features.store.open import open_store
from serving.problems.problem import Problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from features.store.store import Store
    from serving.config.service_settings import ServeSettings
    from serving.engine.live import Live

T = TypeVar("T")
#: longest that a writer waits for one of another process, seconds; less with a short deadline
PATIENCE = 10.0
#: writers of this process that may wait
LONGEST_QUEUE = 100


class Stores:
    """Opens the store when it is first needed.

    Writers of one process queue here and not at the database: it lets them in by chance,
    and the one it passes over again and again would give up.

    Parameters
    ----------
    place : str
        As :func:`features.store.open_store` takes it.
    patience : float
        Seconds that a writer waits for one of another process.
    """

    def __init__(self, place: str, *, patience: float = PATIENCE) -> None:
        self.place, self.patience = place, patience
        self._store: Store | None = None
        self._opening, self._counting = threading.Lock(), threading.Lock()
        self._waiting = 0
        # not the threads that predict: those stay free when the database hangs
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="benchcast-store")
        self._writers = ThreadPoolExecutor(1, thread_name_prefix="benchcast-write")

    @classmethod
    def of(cls, live: Live, settings: ServeSettings) -> Stores:
        """Return the store of a service: the one whose scores are folded in."""
        place = settings.store_place if live.store is None else live.store.place.url
        return cls(place, patience=min(PATIENCE, settings.deadline_seconds / 3))

    @classmethod
    def at(cls, request: Request) -> Stores:
        """Return the store of the application that a request asks."""
        state = request.app.state
        if not hasattr(state, "stores"):
            state.stores = cls.of(state.live, state.settings)
        return state.stores

    def open(self) -> Store:
        """Return the store; it is made if there is none.

        Raises
        ------
        StoreError
            If it cannot be opened: that is no fault of whoever sent a request.
        """
        with self._opening:
            if self._store is None:
                try:
                    self._store = open_store(self.place, create=True, patience=self.patience)
                except DataError as error:
                    raise StoreError(f"the score store cannot be opened: {error}") from error
            return self._store

    async def read(self, work: Callable[..., T], *args: Any, **more: Any) -> T:
        """Return ``work(store, ...)``, worked out beside the event loop."""
        task = self._readers.submit(lambda: work(self.open(), *args, **more))
        return await asyncio.wrap_future(task)

    async def write(self, work: Callable[..., T], live: Live, *args: Any, **more: Any) -> T:
        """Return ``work(live, store, ...)``, when the writers before it are done.

        A request that is given up while it waits is not begun.

        Raises
        ------
        Problem
            ``overloaded`` if too many wait already.
        """
        if self._waiting >= LONGEST_QUEUE:
            raise Problem(
                "overloaded",
                f"{LONGEST_QUEUE} writers are waiting for the score store; send it again soon",
                headers={"Retry-After": "2"},
            )
        context = contextvars.copy_context()
        task = self._writers.submit(context.run, lambda: work(live, self.open(), *args, **more))
        with self._counting:
            self._waiting += 1
        task.add_done_callback(self._left)
        return await asyncio.wrap_future(task)

    def _left(self, task: Future[Any]) -> None:
        with self._counting:
            self._waiting -= 1
