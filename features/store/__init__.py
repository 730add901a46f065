"""The score store: reports, factors and import batches in a relational database.

SQLAlchemy is loaded when a store is opened. Nothing is acknowledged before it is on disk.

Examples
--------
>>> from features.store import is_store
>>> is_store("scores.db"), is_store("scores.db@12"), is_store("my-directory")
(True, True, False)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "batches": ["Batch"],
        "database.address": ["StorePlace", "hide_password", "is_store"],
        "idempotency": ["Answered", "Done", "Request"],
        "open": ["open_store", "upgrade_store"],
        "realised_errors": ["Check"],
        "store": ["Store"],
    },
)  # fmt: skip
