"""What all tests share.

Tests that could not run here are named at the end, with the remedy; files with long tests go
first, so that no process is left alone with one at the end.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

#: how the reason of such a skip begins
NOT_RUN = "not run here: "
#: tests that take longer than is good for a quick look, one a line; tests.long_tests adds to it
LONG = Path(__file__).with_name("long_tests.txt")
NO_PARAMETERS = SimpleNamespace(params={})


@pytest.fixture(scope="session")
def mlflow_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an MLflow database with tables and nothing in them: making them takes seconds."""
    from training.tracking.client import Tracking

    path = tmp_path_factory.mktemp("tables") / "mlflow.db"
    assert Tracking(f"sqlite:///{path}").client.search_registered_models() == []
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the long tests, and put files with slow tests first, then the largest."""
    listed = set(LONG.read_text(encoding="utf-8").split())
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
        given = getattr(item, "callspec", NO_PARAMETERS).params.values()
        server = any(isinstance(value, str) and value == "postgresql" for value in given)
        if server or item.nodeid.partition("[")[0] in listed:
            item.add_marker("long")
    weight = {
        path: (any(i.get_closest_marker("slow") for i in mine), len(mine))
        for path, mine in files.items()
    }
    items.sort(key=lambda item: weight[item.path], reverse=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line per reason how many tests did not run and how to get them."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        text = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        _, found, why = text.partition(NOT_RUN)
        if found:
            reasons[why] += 1
    for why, n in sorted(reasons.items()):
        terminalreporter.write_line(f"{n} test{'s' if n > 1 else ''} not run here: {why}")
