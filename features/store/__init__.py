"""The score store: reports, factors and import batches in a relational database.

SQLAlchemy is loaded when a store is opened, not when this package is imported.

Examples
--------
>>> from features.store import is_store
>>> is_store("scores.db"), is_store("scores.db@12"), is_store("my-directory")
(True, True, False)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.store.batches import Batch
    from features.store.database.address import StorePlace, hide_password, is_store
    from features.store.idempotency import Answered, Done, Request
    from features.store.open import open_store
    from features.store.realised_errors import Check
    from features.store.store import Store

_HOME = {
    "Answered": "idempotency",
    "Batch": "batches",
    "Check": "realised_errors",
    "Done": "idempotency",
    "Request": "idempotency",
    "Store": "store",
    "StorePlace": "database.address",
    "hide_password": "database.address",
    "is_store": "database.address",
    "open_store": "open",
}

__all__ = [
    "Answered",
    "Batch",
    "Check",
    "Done",
    "Request",
    "Store",
    "StorePlace",
    "hide_password",
    "is_store",
    "open_store",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'features.store' has no attribute {name!r}")
    return getattr(importlib.import_module(f"features.store.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
