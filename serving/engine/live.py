"""The one place that requests take the model from, and where another one is put."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import StateError
from serving.engine.current import Current
from serving.engine.grid import Grid
from serving.engine.snapshot import Snapshot

if TYPE_CHECKING:
    from cpp import Predictor
    from features.table import ScoreTable


@dataclass(frozen=True)
class Readiness:
    """Whether answers can be given.

    Attributes
    ----------
    ok : bool
    reasons : tuple of str
        What is missing; empty if nothing is.
    """

    ok: bool
    reasons: tuple[str, ...] = ()


class Live:
    """Holder of what answers now."""

    def __init__(self) -> None:
        self._current: Current | None = None
        self.previous: Current | None = None
        self.ready = Readiness(False, ("no model is loaded yet",))
        self.last_reload_error: str | None = None
        self.last_refresh_error: str | None = None
        self._callbacks: list[Callable[[str, dict[str, Any]], None]] = []

    @classmethod
    def of(
        cls,
        predictor: Predictor,
        table: ScoreTable | None = None,
        *,
        version: str = "1",
        info: Any = None,
    ) -> Live:
        """Return a holder of a fitted predictor that watches neither registry nor store.

        Parameters
        ----------
        predictor : Predictor
        table : ScoreTable, optional
            What it was fitted on; by default the cells that the predictor holds.
        version : str
        info : VersionInfo, optional
        """
        from serving.engine.known import table_of

        known = table_of(predictor) if table is None else table
        newest = known.scores["date"].max()
        me = cls()
        me._put(
            Current(
                version=version,
                info=info,
                snapshot=Snapshot.of(
                    known.fingerprint,
                    newest_score=None if newest != newest else newest.date(),
                    retrieved=known.meta.get("retrieved"),
                ),
                predictor=predictor,
                grid=Grid.of(predictor),
                make_table=lambda: known,
                data_from=known.name,
            )
        )
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
            raise StateError("no model is loaded yet; ask again when /readyz says so")
        return self._current

    def _put(self, current: Current) -> None:
        self.previous, self._current = self._current, current
        self.ready = Readiness(True)

    # -- change ----------------------------------------------------------------------

    def start(self) -> None:
        """Load what there is and begin to watch for changes."""

    def stop(self) -> None:
        """Stop watching; what is loaded goes on answering."""

    def reload_now(self) -> bool:
        """Look for another champion at once; return whether it was loaded."""
        return False

    def store_changed(self) -> None:
        """Hear that this process has written to the store: the next request looks."""

    def refresh(self) -> bool:
        """Fold in what is new in the store; return whether anything was."""
        return False

    async def fresh(self) -> Current:
        """Return what answers now, with every score in it that was acknowledged before."""
        return self.current

    def subscribe(self, callback: Callable[[str, dict[str, Any]], None]) -> None:
        """Have ``callback(event, details)`` called at each event, from any thread.

        Events are ``reload`` (``outcome``: loaded, failed; ``version``, ``seconds``,
        ``error``) and ``refresh`` (``outcome``: folded, failed; ``snapshot``, ``seconds``,
        ``error``).
        """
        self._callbacks.append(callback)
