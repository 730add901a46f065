"""Rows that a reader refuses because they lie outside their scale: most often a slip of unit."""

from __future__ import annotations

import os
from pathlib import Path

from features.dataset.read import read_dataset, read_raw
from features.formats.scalars import numbers
from features.ledger import Ledger
from features.table.schema import SCORE_REQUIRED
from features.table.score_scale import ScoreScale
from features.table.score_table import ScoreTable
from features.table.standardise import scales_of
from training.audit.finding import Finding

#: what a score outside its scale is multiplied with, in this order, until it is inside
FACTORS = ((0.01, "a hundredth of that"), (100.0, "100 times that"))


def read_leniently(path: str | os.PathLike[str]) -> tuple[ScoreTable, list[Finding], list[str]]:
    """Read a dataset directory, faulty rows left out, and say what is wrong with those.

    Returns
    -------
    table : ScoreTable
    findings : list of Finding
        One for every row whose score lies outside the scale of its task.
    remarks : list of str
        On rows that were refused for other reasons.

    Raises
    ------
    DataError
        If there is no usable score.
    """
    table = read_dataset(path, strict=False)
    lines = {e.line for e in table.ledger.of("refused") if e.file.startswith("scores.")}
    refused = table.ledger.counts()["refused"]
    if not refused:
        return table, [], []
    raw = read_raw(Path(path), "scores", Ledger(), required=SCORE_REQUIRED)
    found: list[Finding] = []
    if raw is not None:
        scales = scales_of(table.tasks)
        values, _ = numbers(raw.columns["score"])
        for i, line in enumerate(raw.lines):
            task, score = raw.columns["task"][i], float(values[i])
            if line not in lines or task not in scales or score != score:
                continue
            if not scales[task].contains(score):
                model = raw.columns["model"][i]
                found.append(out_of_scale(model, task, score, scales[task], f"line {line}"))
    rest = refused - len(found)
    remarks = []
    if rest:
        remarks.append(f"{rest} refused rows were left out; `benchcast check` says why")
    return table, found, remarks


def out_of_scale(model: str, task: str, score: float, scale: ScoreScale, where: str) -> Finding:
    """Return the finding on a score outside its scale.

    Examples
    --------
    >>> out_of_scale("a", "x", 62.0, ScoreScale(0.0, 1.0), "line 2").reason
    '62 lies outside the scale [0, 1]; a hundredth of that, 0.62, would fit: percent or share?'
    """
    reason = f"{score:g} lies outside the scale {scale.describe()}"
    evidence: dict[str, object] = {"scale": scale.describe(), "where": where}
    for factor, words in FACTORS:
        other = score * factor
        if scale.contains(other):
            reason += f"; {words}, {other:.4g}, would fit: percent or share?"
            evidence["would_fit"] = other
            return Finding("unit_slip", "cell", model, task, score, 0.0, reason, evidence)
    return Finding("outside_interval", "cell", model, task, score, 0.0, reason, evidence)
