"""The HTTP API: what every route shares, and the application that puts them together.

It translates between HTTP and use cases; it predicts nothing itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "app": ["create_app"],
        "error_handlers": ["origin", "request_id"],
        "negotiation": ["CSV", "FORMATS", "JSON", "PARQUET", "media_type", "wanted"],
        "new_rows": ["of_model", "of_task"],
        "openapi": ["problem_replies"],
        "pagination": ["MAX_OFFSET", "Page", "Search", "give_names", "next_page"],
        "plain_route": ["PlainRoute"],
        "request_body": ["LISTED", "checked", "described", "path", "read"],
        "responses": ["give", "give_table", "in_thread", "live_of", "require_ready", "to_bytes"],
    },
)  # fmt: skip
