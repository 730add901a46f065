"""MLflow as this project runs it: its environment, the packages a model needs, our version."""

from __future__ import annotations

import os
from importlib import metadata

#: what a loaded model imports; benchcast itself is installed by hand, from no index
REQUIREMENTS = ("mlflow", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "implicit")


def quiet_mlflow() -> None:
    """Set how MLflow behaves, before it is imported for the first time.

    No telemetry (it looks up an outside host), no log lines below WARNING, no progress
    bars of its own, an unreachable server is an error after seconds. What the user has
    set in the environment stays.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # seconds, not minutes
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")


def package_version() -> str:
    """Return the version of benchcast, ``unknown`` if it runs without being installed."""
    try:
        return metadata.version("benchcast")
    except metadata.PackageNotFoundError:
        return "unknown"
