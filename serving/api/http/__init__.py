"""What every route shares: bodies in, responses out, pages of lists, errors, the description.

It knows HTTP and nothing of scores.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "error_handlers": ["install", "origin", "request_id"],
        "negotiation": ["CSV", "FORMATS", "JSON", "PARQUET", "media_type", "wanted"],
        "openapi": ["describe", "problem_replies"],
        "outermost": ["Edge"],
        "pagination": ["MAX_OFFSET", "Page", "Search", "give_names", "next_page"],
        "request_body": ["checked", "described", "read"],
        "responses": ["PlainRoute", "give", "give_table", "in_thread", "require_ready", "to_bytes"],
    },
)  # fmt: skip
