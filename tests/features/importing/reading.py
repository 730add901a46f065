"""Read one file with a format and look at what the collector took."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from features.importing.shared.collector import Collector
from features.importing.shared.options import Options


class Found:
    """What a format handed over, in a form that is short to test.

    Attributes
    ----------
    cells : list of (model, name of the task, score)
    into : Collector
    """

    def __init__(self, into: Collector) -> None:
        self.into = into
        self.rows = into.rows().assign(key=[into.keys[t] for t in into.rows()["task"]])
        names = [k.benchmark for k in self.rows["key"]]
        self.cells = list(zip(self.rows["model"], names, self.rows["score"], strict=True))

    def told(self, outcome: str) -> list[str]:
        """Return the findings of an outcome as text."""
        return [str(e) for e in self.into.ledger.of(outcome)]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Scores taken, set aside, refused."""
        counts = self.into.ledger.counts()
        assert counts["rows_in"] == len(self.rows) + counts["set_aside"] + counts["refused"]
        return len(self.rows), counts["set_aside"], counts["refused"]

    def facts(self, model: str) -> dict[str, Any]:
        """Return what was said of a model."""
        return {f: v for name, f, v, _ in self.into.model_facts if name == model}


def read_with(
    read: Callable[[Path, Collector, Options], None], path: Path, **options: Any
) -> Found:
    """Read a file."""
    into = Collector(Options(**options))
    read(path, into, into.options)
    return Found(into)
