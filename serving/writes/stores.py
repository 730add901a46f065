"""The score store as the routes use it: one writer of this process at a time, and no long waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from features.errors import DataError, StoreError
from features.store import open_store

if TYPE_CHECKING:
    from starlette.requests import Request

    from features.store import Store
    from serving.engine import Live
    from serving.service_settings import ServeSettings

T = TypeVar("T")
#: longest that a writer waits for one of another process, seconds; less with a short deadline
PATIENCE = 10.0


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
        self._lock = threading.Lock()
        self._writers: anyio.CapacityLimiter | None = None

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
        with self._lock:
            if self._store is None:
                try:
                    self._store = open_store(self.place, create=True, patience=self.patience)
                except DataError as error:
                    raise StoreError(f"the score store cannot be opened: {error}") from error
            return self._store

    async def read(self, work: Callable[..., T], *args: Any, **more: Any) -> T:
        """Return ``work(store, ...)``, worked out beside the event loop."""
        return await anyio.to_thread.run_sync(lambda: work(self.open(), *args, **more))

    async def write(self, work: Callable[..., T], live: Live, *args: Any, **more: Any) -> T:
        """Return ``work(live, store, ...)``, when the writers before it are done."""
        if self._writers is None:
            self._writers = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(
            lambda: work(live, self.open(), *args, **more), limiter=self._writers
        )
