"""What is counted and told of requests, answers and the model: metrics and logs' facts.

It observes; it decides nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["cells"],
    submod_attrs={
        "answered": ["Answered"],
        "cells": ["note"],
        "metrics": ["Metrics"],
        "model_state": ["ModelState"],
    },
)  # fmt: skip
