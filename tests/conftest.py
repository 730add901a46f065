"""What all tests share: tests that could not run here are named at the end, with the remedy."""

from __future__ import annotations

from collections import Counter
from typing import Any

#: how the reason of such a skip begins
NOT_RUN = "not run here: "


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
