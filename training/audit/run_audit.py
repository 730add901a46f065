"""The audit: which scores, models and tasks of a table do not fit, and why.

from features import load_leaderboard
from training.audit.run_audit import audit

for finding in audit(load_leaderboard()).findings:
    print(finding.p_value, finding.kind, finding.model, finding.task, finding.reason)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from features.errors import ConfigError
from features.table.score_table import ScoreTable
from training.audit.fact_findings import fact_findings
from training.audit.finding import Audit, Finding, ordered
from training.audit.item_findings import item_findings
from training.audit.model_findings import copies_and_constants, row_findings
from training.audit.model_hypotheses import fit_rows
from training.audit.score_findings import SHARE_CELLS, cell_findings, report_findings
from training.audit.screening import fit_cells
from training.audit.task_findings import task_findings

__all__ = ["Audit", "Finding", "audit"]

#: share of faultless cells (models) that may be found
FALSE_ALARMS = 0.01
#: cells, models and tasks below which one score cannot be judged by the others
MIN_CELLS, MIN_MODELS, MIN_TASKS = 40, 6, 3
#: kinds of cells that are not named one by one where the whole row is found
OF_THE_ROW = ("outside_interval", "at_chance")
#: tell(done, total, label)
Tell = Callable[[int, int, str], None]


def audit(
    table: ScoreTable,
    *,
    items: pd.DataFrame | None = None,
    already: Iterable[Finding] = (),
    remarks: Iterable[str] = (),
    false_alarms: float = FALSE_ALARMS,
    seed: int = 0,
    tell: Tell | None = None,
) -> Audit:
    """Rank what is suspicious in a table.

    Parameters
    ----------
    table : ScoreTable
    items : DataFrame, optional
        Item outcomes: columns ``model, task, item, epoch, outcome``.
    already : iterable of Finding
        What reading has found (:mod:`training.audit.refused_rows`).
    remarks : iterable of str
        Remarks of the same origin.
    false_alarms : float
        Share of the cells without fault, and of the models, that may be found at most.
    seed : int
        Of the folds and of every random choice; the same seed gives the same findings.
    tell : callable, optional
        Told how far the work is.

    Returns
    -------
    Audit

    Raises
    ------
    ConfigError
        If `false_alarms` does not lie between 0 and 0.2.
    DataError
        If `items` lacks a column.
    """
    if not 0.0 < false_alarms <= 0.2:
        raise ConfigError(f"false_alarms must be above 0 and at most 0.2, got {false_alarms!r}")
    tell = tell or (lambda done, total, label: None)
    found, said = list(already), list(remarks)
    facts, more = fact_findings(table)
    found, said = found + facts, said + more
    if items is not None:
        found += item_findings(table, items)
    cells = table.cells
    n_models, n_tasks = cells["model"].nunique(), cells["task"].nunique()
    if len(cells) < MIN_CELLS or n_models < MIN_MODELS or n_tasks < MIN_TASKS:
        said.append(
            f"{len(cells)} cells of {n_models} models on {n_tasks} tasks are too few to judge one "
            f"score by the others (at least {MIN_CELLS}, {MIN_MODELS} and {MIN_TASKS})"
        )
    else:
        some, more = _by_the_others(table, false_alarms, seed, tell)
        found, said = found + some, said + more
    return Audit(
        name=table.name,
        findings=ordered(_once(found)),
        remarks=said,
        n_cells=len(cells),
        n_models=n_models,
        n_tasks=n_tasks,
        false_alarms=false_alarms,
    )


def _by_the_others(
    table: ScoreTable, rate: float, seed: int, tell: Tell
) -> tuple[list[Finding], list[str]]:
    tell(0, 3, "cells")
    fit = fit_cells(table, seed=seed)
    tell(1, 3, "models")
    suspicious = fit.p_value <= SHARE_CELLS * rate
    rows = fit_rows(fit.data, suspicious, fit.axis, seed=seed)
    tell(2, 3, "tasks")
    of_models = [] if rows is None else row_findings(fit.data, rows, rate=rate)
    odd = {f.model for f in of_models}
    of_cells = cell_findings(fit, rate=rate)
    kept = [f for f in of_cells if f.kind not in OF_THE_ROW or f.model not in odd]
    same, remarks = copies_and_constants(fit.data, fit.axis)
    found = [
        *of_models,
        *kept,
        *same,
        *report_findings(table, fit, rate=rate),
        *task_findings(fit.data, fit.axis, fit.n_items),
    ]
    if fit.inflation > 1.05:
        remarks.append(
            "errors of these data have heavier tails than the law allows: p-values were "
            f"multiplied by {fit.inflation:.1f}"
        )
    if rows is None:
        remarks.append("too few models with four scores or more: whole rows were not judged")
    tell(3, 3, "done")
    return found, remarks


def _once(found: list[Finding]) -> list[Finding]:
    """Return one finding per kind and cell, model or task: the most suspicious one.

    A finding on one of several reports names its source, so it goes before one on their mean.
    """
    best: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(ordered(found), key=lambda f: "other_reports" not in f.evidence):
        group = "score" if finding.kind in _OF_ONE_SCORE else finding.kind
        key = (finding.subject, finding.model, finding.task, group)
        best.setdefault(key, finding)
    return list(best.values())


_OF_ONE_SCORE = ("unit_slip", "inverted", "at_chance", "outside_interval", "disagreeing_reports")
