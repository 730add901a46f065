"""How predictions turned out once scores came in for their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving.answers.cache import once

if TYPE_CHECKING:
    from serving.engine.current import Current


def realised_error_summary(current: Current, store: str) -> dict[str, Any] | None:
    """Return the summary of realised errors; a new batch is a new snapshot, asked anew."""
    if not current.snapshot.store:
        return None
    from features.store.open import open_store

    return once(current, "audit", lambda: open_store(store).check_summary())
