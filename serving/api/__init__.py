"""The HTTP API: what every route shares, and the application that puts them together.

It translates between HTTP and use cases; it predicts nothing itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "app": ["create_app"],
        "cache": ["once"],
        "known_names": ["known_model", "known_task", "known_tasks", "unknown_names"],
        "listings": ["kinds_matrix", "model_summary", "task_summary"],
        "negotiation": ["CSV", "FORMATS", "JSON", "PARQUET", "media_type", "wanted"],
        "new_rows": ["of_model", "of_task"],
        "openapi": ["problem_replies"],
        "pagination": ["MAX_OFFSET", "Page", "Search", "give_names", "next_page"],
        "plain_route": ["PlainRoute"],
        "problems": ["MEDIA_TYPE", "Problem", "near", "origin", "request_id", "unknown"],
        "request_body": ["LISTED", "checked", "described", "path", "read"],
        "responses": [
            "AT_ONCE",
            "CHUNK",
            "give",
            "give_table",
            "in_thread",
            "kinds_of",
            "live_of",
            "to_bytes",
        ],
    },
)
