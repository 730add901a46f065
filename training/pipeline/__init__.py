"""One training run: its configuration, inputs, fit, record, and whether it becomes champion.

It puts other rooms' work in order and computes no metric itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["FAST_LADDER", "TrainConfig", "load_config"],
        "inputs": ["Method", "load_inputs", "resolve_folds"],
        "run_contents": ["fold_errors"],
        "training_run": ["TrainResult", "train"],
    },
)  # fmt: skip
