"""Requests and replies of the API as pydantic models: what ``/openapi.json`` describes.

Shapes and bounds only; nothing is looked up or computed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["requests", "responses", "submission_responses"],
    submod_attrs={
        "explanations": ["ExplanationOut"],
        "submissions": ["LARGEST", "ScoresIn"],
    },
)  # fmt: skip
