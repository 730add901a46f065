"""The tables of HELM's leaderboards: one row per model, one column per scenario and metric."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.documents.json_files import (
    as_list,
    as_number,
    as_object,
    as_text,
    key_path,
)
from features.importing.helm.metrics import is_lower_better, kind_of, scale_of
from features.importing.helm.runs import HARNESS
from features.importing.shared.asides import Asides
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place
from features.importing.shared.task_keys import TaskKey

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue

#: tables of figures beside the scores
_SIDE_TABLES = {
    *("calibration", "robustness", "fairness", "bias", "toxicity", "efficiency"),
    *("general information", "summarization metrics", "bbq metrics", "copyright metrics"),
}
#: a model's row may name how it was run: ``GPT-4 [method: joint]``
_WITH_SETTING = re.compile(r"(.+?)\s*\[(\w+:.*)\]")
_N_ITEMS, _N_SHOTS = "# eval", "# train"


@dataclass(frozen=True)
class _Column:
    """A column of a table."""

    table: int
    at: int
    group: str
    metric: str
    lower: bool | None

    @property
    def what(self) -> tuple[str, str]:
        return self.group, self.metric


def read_tables(
    file: str, tables: list[dict[str, Any]], into: Collector, catalogue: Catalogue | None
) -> None:
    """Read the tables of one file."""
    _Tables(file, tables, into, catalogue).read()


class _Tables:
    """A file of tables on its way into the collector."""

    def __init__(
        self, file: str, tables: list[dict[str, Any]], into: Collector, catalogue: Catalogue | None
    ) -> None:
        self.file, self.tables, self.into, self.catalogue = file, tables, into, catalogue
        self.aside = Asides(file)
        self.columns: list[_Column] = []
        self.rules: dict[tuple[int, int], str] = {}
        for t, table in enumerate(tables):
            for c, cell in enumerate(as_list(table.get("header"))):
                if c:
                    self._column(t, c, as_object(cell), as_text(table.get("title")))
        self._parts()
        self.counts = self._counts()
        self.shots: dict[str, int] = {}  # by scenario: the most that a model had room for
        for (_, group), told in self.counts.items():
            if _N_SHOTS in told:
                self.shots[group] = max(self.shots.get(group, 0), math.ceil(told[_N_SHOTS]))

    def _column(self, t: int, c: int, cell: dict[str, Any], title: str) -> None:
        heading = as_text(cell.get("value"))
        about = as_object(cell.get("metadata"))
        metric, group = as_text(about.get("metric")), as_text(about.get("run_group"))
        lower = cell.get("lower_is_better")
        rule = ""
        if "win rate" in heading.casefold():
            rule = "a win rate is relative to the models of the table"
        elif not metric or not group:
            told = heading.casefold().startswith(("mean", "average"))
            rule = "a mean of other columns" if told else "no scenario and metric in the heading"
        elif about.get("perturbation"):
            rule = "of perturbed questions"
        elif kind_of(metric) == "bookkeeping":
            rule = "bookkeeping of the runs"
        elif title.casefold() in _SIDE_TABLES:
            rule = f"of the table {title}, beside the scores"
        if rule:
            self.rules[t, c] = rule
        column = _Column(t, c, group, metric, lower if isinstance(lower, bool) else None)
        self.columns.append(column)

    def _parts(self) -> None:
        """Find columns that are parts of another one, which would count twice."""
        scores = [c for c in self.columns if (c.table, c.at) not in self.rules]
        often = Counter(c.what for c in scores)
        whole = {
            c.what: c
            for c in scores
            if often[c.what] > 1 and ":" not in as_text(self.tables[c.table].get("name"))
        }
        groups = {c.group for c in scores}
        for column in scores:
            kept = whole.get(column.what)
            if kept is not None and kept != column:
                self.rules[column.table, column.at] = f"part of {column.group}, which is kept"
            elif kept is None and (name := self._whole_of(column.group, groups)):
                self.rules[column.table, column.at] = f"part of {name}, which is kept"
        self.repeated = {what for what, n in often.items() if n > 1 and what not in whole}

    def _whole_of(self, group: str, groups: set[str]) -> str | None:
        """Return the aggregate among `groups` that `group` is a part of."""
        if self.catalogue is None:
            return None
        for name in (group, f"mmlu_{group}"):  # tables have the subject alone
            whole = self.catalogue.is_part(HARNESS, name)
            if whole is not None:
                for other in sorted(groups - {group}):
                    normalised = other.casefold().replace(" ", "_")
                    if normalised == whole or normalised.startswith(f"{whole}_all"):
                        return other
        return None

    def _counts(self) -> dict[tuple[str, str], dict[str, float]]:
        """Return items and shots by model and scenario, from the columns that have them."""
        counts: dict[tuple[str, str], dict[str, float]] = {}
        for column in self.columns:
            if column.metric not in (_N_ITEMS, _N_SHOTS):
                continue
            for row in as_list(self.tables[column.table].get("rows")):
                cells = as_list(row)
                if len(cells) > column.at:
                    number = as_number(as_object(cells[column.at]).get("value"))
                    model = as_text(as_object(cells[0]).get("value"))
                    if number is not None and 0 <= number < 1e9:
                        counts.setdefault((model, column.group), {})[column.metric] = number
        return counts

    def read(self) -> None:
        by_table: dict[int, list[_Column]] = {}
        for column in self.columns:
            by_table.setdefault(column.table, []).append(column)
        for t, table in enumerate(self.tables):
            rows = table.get("rows")
            if not isinstance(rows, list):
                remedy = "copy the file again"
                self.into.refuse(
                    Place(self.file, key_path(t)), rows, "a table without rows", remedy
                )
                continue
            for r, row in enumerate(rows):
                self._row(t, r, as_list(row), by_table.get(t, []))
        self.aside.tell(self.into)

    def _row(self, t: int, r: int, cells: list[Any], columns: list[_Column]) -> None:
        width = len(as_list(self.tables[t].get("header")))
        if len(cells) != width:
            self.into.refuse(
                Place(self.file, key_path(t, "rows", r)),
                len(cells),
                f"the row has {len(cells)} cells, the heading has {width}",
                "copy the file again",
            )
            return
        label = as_text(as_object(cells[0]).get("value")) if cells else ""
        for column in columns:
            value = as_object(cells[column.at]).get("value")
            if value is None:  # not measured
                continue
            at = key_path(t, "rows", r, column.at, "value")
            if rule := self.rules.get((t, column.at)):
                heading = as_object(as_list(self.tables[t]["header"])[column.at]).get("value")
                self.aside.add(at, str(heading), rule)
            else:
                self._cell(Place(self.file, at), label, column, value)

    def _cell(self, place: Place, label: str, column: _Column, value: Any) -> None:
        score = as_number(value)
        if score is None or not math.isfinite(score):
            reason = f"the {column.metric} of {label!r} on {column.group!r} is no number"
            self.into.refuse(place, value, reason, "correct it, or write null if it is unknown")
            return
        scale = scale_of(column.metric, column.lower)
        if scale is not None and not scale.contains(score):
            reason = f"lies outside the scale {scale.describe()} of {column.metric}"
            self.into.refuse(place, score, reason, "correct it: HELM writes shares, not percent")
            return
        counts = self.counts.get((label, column.group), {})
        n_items = counts.get(_N_ITEMS)
        found = _WITH_SETTING.fullmatch(label)
        model, how = (found[1], found[2]) if found else (label, "")
        title = as_text(self.tables[column.table].get("title"))
        key = TaskKey(
            column.group,
            column.metric,
            shots=self.shots.get(column.group),
            config=title if column.what in self.repeated else "",
            harness=HARNESS,
            scale=scale,
        )
        self.into.report(
            place,
            model=model,
            task=key,
            score=score,
            n_items=n_items,
            setting="; ".join(s for s in ("HELM table", re.sub(r"\bpartial\b", "part", how)) if s),
        )
        if scale is None and (column.lower or is_lower_better(column.metric)):
            self.into.task(place, key, higher_is_better=False)
