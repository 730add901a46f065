"""The scores file: one row per report, each refused or merged row with its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.dataset.factors_csv import bad_id
from features.errors import near_misses
from features.formats.csv_files import RawTable
from features.formats.scalars import dates, numbers
from features.ledger import Ledger
from features.table.schema import REPORTERS, SCORE_COLUMNS
from features.table.score_scale import ScoreScale


def score_rows(raw: RawTable, scales: Mapping[str, ScoreScale], ledger: Ledger) -> pd.DataFrame:
    """Return the usable rows of a raw scores file.

    Parameters
    ----------
    raw : RawTable
    scales : mapping of task to ScoreScale
        Every declared task.
    ledger : Ledger
        Takes refused rows (one finding per row, the first fault counts) and exact repeats;
        ``kept`` is set.

    Returns
    -------
    DataFrame
        The standard score columns that the file has, in file order.
    """
    sheet = _Sheet(raw, ledger)
    for key in ("model", "task"):
        sheet.check_ids(key)
    sheet.check_tasks(scales)
    frame: dict[str, Any] = {key: raw.columns[key] for key in ("model", "task")}
    frame["score"] = sheet.check_scores(scales)
    for name in ("se", "n_items"):
        if name in raw.columns:
            frame[name] = sheet.check_numbers(name)
    if "date" in raw.columns:
        days, bad = dates(raw.columns["date"])
        for i, reason, remedy in bad:
            sheet.refuse(i, "date", f"the date {reason}", remedy)
        frame["date"] = days
    for name in ("source", "setting"):
        if name in raw.columns:
            frame[name] = raw.columns[name]
    if "reported_by" in raw.columns:
        frame["reported_by"] = sheet.reporters()
    for name in raw.columns:
        if name not in SCORE_COLUMNS:
            what = f"the column {name!r} is no standard column of scores; not read"
            remedy = f"standard columns are {', '.join(SCORE_COLUMNS)}"
            ledger.add("note", raw.file, 1, name, what, remedy)
    scores = pd.DataFrame(frame)
    sheet.write_findings()
    scores = scores[sheet.usable()]
    repeated = scores.duplicated()
    for i in scores.index[repeated]:
        what = f"{scores.at[i, 'model']!r} on {scores.at[i, 'task']!r}: repeats an earlier row"
        ledger.add("merged", raw.file, raw.lines[i], raw.columns["score"][i], what, score_row=True)
    scores = scores[~repeated].reset_index(drop=True)
    ledger.kept = len(scores)
    return scores


class _Sheet:
    """The rows of a scores file while they are checked: the first fault of a row counts."""

    def __init__(self, raw: RawTable, ledger: Ledger) -> None:
        self.raw = raw
        self.ledger = ledger
        self.faults: dict[int, tuple[str, str, str]] = {}

    def refuse(self, i: int, column: str, reason: str, remedy: str) -> None:
        self.faults.setdefault(i, (self.raw.columns[column][i], reason, remedy))

    def usable(self) -> np.ndarray:
        return ~np.isin(np.arange(len(self.raw)), list(self.faults))

    def write_findings(self) -> None:
        for i, fault in sorted(self.faults.items()):
            line = self.raw.lines[i]
            self.ledger.add("refused", self.raw.file, line, *fault, score_row=True)

    def check_ids(self, key: str) -> None:
        names = self.raw.columns[key]
        wrong = {name: fault for name in set(names) if (fault := bad_id(name, key))}
        for i, name in enumerate(names) if wrong else ():
            if name in wrong:
                self.refuse(i, key, *wrong[name])

    def check_tasks(self, scales: Mapping[str, ScoreScale]) -> None:
        names = self.raw.columns["task"]
        unknown = [t for t in dict.fromkeys(names) if t not in scales]
        hints = {}
        for task in unknown[:20]:  # looking for near misses is slow
            close = near_misses(task, scales, n=1)
            hints[task] = f"did you mean {close[0]!r}? Else " if close else ""
        for i, task in enumerate(names) if unknown else ():
            if task not in scales:
                self.refuse(
                    i,
                    "task",
                    "the task has no (valid) row in the tasks file, so its unit is unknown",
                    f"{hints.get(task, '')}declare it with scale_min and scale_max in tasks.csv",
                )

    def check_scores(self, scales: Mapping[str, ScoreScale]) -> np.ndarray:
        texts, task = self.raw.columns["score"], self.raw.columns["task"]
        values, bad = numbers(texts)
        for i, reason, remedy in bad:
            if "leave it empty" in remedy:
                remedy = "write the number, or take the row out if it is unknown"
            self.refuse(i, "score", f"the score {reason}", remedy)
        for i in np.flatnonzero(np.isnan(values)).tolist():
            self.refuse(i, "score", "the score is empty", "write it, or take the row out")
        low = {t: -np.inf if s.minimum is None else s.minimum for t, s in scales.items()}
        high = {t: np.inf if s.maximum is None else s.maximum for t, s in scales.items()}
        below = values < np.array([low.get(t, -np.inf) for t in task])
        above = values > np.array([high.get(t, np.inf) for t in task])
        for i in np.flatnonzero(below | above).tolist():
            scale = scales[task[i]]
            percent = scale.is_share_of(values[i])
            why = "is it in percent? The task's unit is a share" if percent else "correct it"
            self.refuse(
                i,
                "score",
                f"the score of {self.raw.columns['model'][i]!r} on {task[i]!r} lies outside "
                f"the task's scale {scale.describe()}",
                f"{why}, or correct scale_min and scale_max in tasks.csv",
            )
        return values

    def check_numbers(self, name: str) -> np.ndarray:
        values, bad = numbers(self.raw.columns[name])
        for i, reason, remedy in bad:
            self.refuse(i, name, f"{name} {reason}", remedy)
        wrong = values < 0 if name == "se" else values <= 0
        allowed = "must not be negative" if name == "se" else "must be above 0"
        for i in np.flatnonzero(wrong).tolist():
            remedy = "leave it empty if it is unknown"
            self.refuse(i, name, f"{name} {allowed}", remedy)
        return values

    def reporters(self) -> list[str]:
        """Return who reported; another word counts as unknown, with a note per word."""
        words = self.raw.columns["reported_by"]
        meaning = {"": "unknown"} | {w: w for w in REPORTERS}
        for word in dict.fromkeys(words):
            if word in meaning:
                continue
            plain = word.strip().casefold().replace("-", "_").replace(" ", "_")
            meaning[word] = plain if plain in REPORTERS else "unknown"
            line = self.raw.lines[words.index(word)]
            what = f"reported_by is read as {meaning[word]!r} ({words.count(word)} rows)"
            remedy = f"write one of {', '.join(REPORTERS)}"
            self.ledger.add("note", self.raw.file, line, word, what, remedy)
        return [meaning[w] for w in words]
