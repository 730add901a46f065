"""What the engine's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.engine.small import planted, seeded


@pytest.fixture(scope="session")
def planted_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with the planted table as its batch 1, to be copied."""
    path = tmp_path_factory.mktemp("store") / "scores.db"
    seeded(path, planted())
    return path
