"""Which data an answer rests on: the training data of the model and a batch of the store."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

#: hexadecimal digits of a fingerprint that tell two snapshots apart
N_HEX = 12


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The data behind an answer.

    Attributes
    ----------
    id : str
        ``<first 12 digits of the training fingerprint>@<batch>``: changes with every model
        trained on other data and with every batch of the store.
    store : str
        The score store, without a password; empty without one.
    batch : int
        Its newest batch that is folded in; 0 without a store, or when it is empty.
    fingerprint : str
        SHA-256 of the data that the model was trained on.
    newest_score : date or None
        Date of the newest report, as far as reports are dated.
    retrieved : str or None
        When the training data were retrieved, ISO date, if they say so.

    Examples
    --------
    >>> Snapshot.of("3f2a9c0d1e5b77aa", store="scores.db", batch=12).id
    '3f2a9c0d1e5b@12'
    """

    id: str
    store: str
    batch: int
    fingerprint: str
    newest_score: date | None
    retrieved: str | None

    @classmethod
    def of(
        cls,
        fingerprint: str,
        *,
        store: str = "",
        batch: int = 0,
        newest_score: date | None = None,
        retrieved: str | None = None,
    ) -> Snapshot:
        """Make a snapshot and its id."""
        return cls(
            id=f"{fingerprint[:N_HEX]}@{batch}",
            store=store,
            batch=batch,
            fingerprint=fingerprint,
            newest_score=newest_score,
            retrieved=retrieved or None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        out = asdict(self)
        newest = self.newest_score
        return {**out, "newest_score": None if newest is None else newest.isoformat()}
