"""What the engine's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.engine.small import planted, seeded
from training.tracking.client import Tracking


@pytest.fixture(scope="session")
def mlflow_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an MLflow database with tables and nothing in them: making them takes seconds."""
    path = tmp_path_factory.mktemp("tables") / "mlflow.db"
    assert Tracking(f"sqlite:///{path}").client.search_registered_models() == []
    return path


@pytest.fixture(scope="session")
def planted_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with the planted table as its batch 1, to be copied."""
    path = tmp_path_factory.mktemp("store") / "scores.db"
    seeded(path, planted())
    return path
