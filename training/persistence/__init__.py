"""Fitted predictors on disk: arrays as npz, the rest as JSON and text, and as an MLflow model.

Nothing is pickled, and no store or registry is asked.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "environment": ["REQUIREMENTS", "package_version", "quiet_mlflow"],
        "mlflow_model": ["STATE_IN_MODEL", "write_model"],
        "signature": ["DEFAULT_LEVEL", "INPUT", "OUTPUT"],
        "state_files": ["load_predictor"],
    },
)  # fmt: skip
