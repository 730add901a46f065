"""Info: how many cells there are of each kind, and how predictions turned out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from serving.answers.cache import once
from serving.answers.listings import kinds_matrix
from serving.engine.columns import KINDS

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.engine.current import Current


def kind_counts(current: Current) -> dict[str, int]:
    """Return how many cells of the matrix are of each kind."""
    counts = np.bincount(kinds_matrix(current).ravel(), minlength=len(KINDS)).tolist()
    return dict(zip(KINDS, counts, strict=True))


def realised_errors(current: Current, settings: ServeSettings) -> dict[str, Any] | None:
    """Return the summary of scores that came in for predicted cells; None without a store.

    A new batch is a new snapshot, asked anew.

    Raises
    ------
    StoreError
        If the store does not answer.
    """
    if not current.snapshot.store:
        return None
    from features.store.open import open_store

    return once(
        current, "realised errors", lambda: open_store(settings.store_place).check_summary()
    )
