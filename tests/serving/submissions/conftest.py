"""One worker with an own store for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.submissions.small import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "scores.db")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """One for all tests that store nothing."""
    return Service(tmp_path_factory.mktemp("untouched") / "scores.db")
