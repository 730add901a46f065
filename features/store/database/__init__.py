"""The database under the score store: its address, tables, connections and schema version.

It knows SQL and no meaning of a row.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["tables"],
    submod_attrs={
        "address": ["StorePlace", "hide_password", "is_store"],
        "connections": ["make_engine", "reading", "use_write_ahead_log", "writing"],
        "schema_version": ["NEWEST", "check_version", "migrate", "version_of"],
    },
)  # fmt: skip
