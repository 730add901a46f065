"""All that a report tells of one snapshot: recorded where it is, worked out quickly where not."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd
from threadpoolctl import threadpool_limits

from features.errors import BenchcastError, DataError, TrackingError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.recording import read_analyses
from training.analyses.runner import ANALYSES, analyse
from training.analyses.work import Tell, Work
from training.reporting.accuracy import (
    QUICK,
    Accuracy,
    quick_accuracy,
    quick_fit,
    quick_predictions,
    recorded_accuracy,
)
from training.reporting.data_card import DataCard, data_card
from training.tracking.registry import load_version
from training.tracking.runs import RunRecord, read_frame

if TYPE_CHECKING:
    from cpp import Predictor
    from training.reporting.changes import Changes
    from training.tracking.client import Tracking

ACCURACY, FILLED, NEXT = "accuracy", "predictions", "suggestions"
EMPTY_CELLS = "predictions/empty_cells.csv.gz"
#: seconds of a quick analysis
QUICK_BUDGET = 45.0
#: what takes longest is begun first, so that no process waits long for another
_ORDER = (
    "importance",
    "replay",
    "structure",
    "influence",
    ACCURACY,
    "sparsity",
    "ageing",
    FILLED,
    NEXT,
)


@dataclass(frozen=True)
class Evidence:
    """What is known of a snapshot and of how well it is predicted.

    Attributes
    ----------
    table : ScoreTable
    card : DataCard
    run : RunRecord or None
        The run that is reported on.
    predictor : str
        Whose predictions these are.
    accuracy : Accuracy or None
    analyses : dict of str to Analysis
    filled : DataFrame or None
        ``model, task, prediction, lower, upper, level, kind, support``: every empty cell.
    quick : tuple of str
        What was worked out now, on samples or with `fast`, because no run had recorded it.
    failed : dict of str to str
        What could not be worked out, with the reason.
    suggestions : (dict of str to DataFrame, list of str) or None
        What to evaluate next (:func:`suggestions`).
    changes : Changes or None
        What changed against another run or snapshot.
    """

    table: ScoreTable
    card: DataCard
    run: RunRecord | None
    predictor: str
    accuracy: Accuracy | None
    analyses: Mapping[str, Analysis]
    filled: pd.DataFrame | None
    quick: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[dict[str, pd.DataFrame], list[str]] | None = None
    changes: Changes | None = None


def gather_evidence(
    table: ScoreTable,
    directory: Path | None = None,
    *,
    tracking: Tracking | None = None,
    run: RunRecord | None = None,
    jobs: int = 2,
    seed: int = 0,
    today: dt.date | None = None,
    tell: Tell | None = None,
) -> Evidence:
    """Read what a run recorded of a snapshot, and work out the rest quickly.

    Parameters
    ----------
    table : ScoreTable
        The data, those of the run if there is one.
    directory : path, optional
        Of the dataset.
    tracking, run : optional
        The store and the run; without them everything is worked out.
    jobs : int
        Processes for what is worked out.
    seed : int
        Of what is worked out.
    today : date, optional
        By which ages are told.
    tell : callable, optional
        Told (done, in all, what).

    Returns
    -------
    Evidence
        What cannot be worked out of this table is missing, with the reason in `failed`.

    Raises
    ------
    TrackingError
        If the store does not answer or what was recorded is damaged.
    """
    found: dict[str, Any] = {}
    if run is not None and tracking is not None:
        found = _recorded(tracking, run)
    wanted = [name for name in _ORDER if name not in found]
    level = 0.9 if run is None else run.level
    quick, failed = _work_out(wanted, table, directory, seed, level, jobs, tell)
    found |= quick
    return Evidence(
        table=table,
        card=data_card(table, directory, today=today),
        run=run,
        predictor=QUICK if run is None else run.predictor,
        accuracy=found.get(ACCURACY),
        analyses={name: found[name] for name in ANALYSES if name in found},
        filled=found.get(FILLED),
        suggestions=found.get(NEXT),
        quick=tuple(name for name in (ACCURACY, FILLED, NEXT, *ANALYSES) if name in quick),
        failed=failed,
    )


def _recorded(tracking: Tracking, run: RunRecord) -> dict[str, Any]:
    found: dict[str, Any] = dict(read_analyses(tracking, run.id))
    found = {name: analysis for name, analysis in found.items() if name in ANALYSES}
    try:
        found[ACCURACY] = recorded_accuracy(tracking, run)
        found[FILLED] = read_frame(tracking, run.id, EMPTY_CELLS)
    except TrackingError as error:
        # a run whose files are gone is no run to report on
        raise TrackingError(f"{run.describe()} cannot be reported on: {error}") from error
    if run.version:
        with contextlib.suppress(DataError):  # no factorisation to ask: `fast` is asked instead
            found[NEXT] = suggestions(load_version(tracking, run.version)[0])
    return found


def _work_out(
    wanted: list[str],
    table: ScoreTable,
    directory: Path | None,
    seed: int,
    level: float,
    jobs: int,
    tell: Tell | None,
) -> tuple[dict[str, Any], dict[str, str]]:
    units = [(name, table, directory, seed, level) for name in wanted]
    found: dict[str, Any] = {}
    failed: dict[str, str] = {}
    n_jobs = min(joblib.effective_n_jobs(jobs), max(1, len(units)))
    if n_jobs == 1:
        answers = (_unit(*unit) for unit in units)
    else:
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(
                n_jobs=n_jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=n_jobs
            )
            answers = parallel(joblib.delayed(_unit)(*unit) for unit in units)
    if tell is not None and units:
        tell(0, len(units), "what no run has recorded")
    for count, (name, value, why) in enumerate(answers, start=1):
        if why:
            failed[name] = why
        else:
            found[name] = value
        if tell is not None:
            tell(count, len(units), name)
    return found, {name: failed[name] for name in wanted if name in failed}


def _unit(
    name: str, table: ScoreTable, directory: Path | None, seed: int, level: float
) -> tuple[str, Any, str]:
    """Return (name, what was asked for, why it could not be had)."""
    with threadpool_limits(limits=1):
        try:
            if name == ACCURACY:
                return name, quick_accuracy(table, directory, seed=seed, level=level), ""
            if name == FILLED:
                return name, quick_predictions(table, seed=seed, level=level), ""
            if name == NEXT:
                return name, suggestions(quick_fit(table, seed)), ""
            work = Work(budget=QUICK_BUDGET)
            return name, analyse(name, table, work=work, seed=seed, sampled=True), ""
        except BenchcastError as error:
            return name, None, str(error)


#: measurements that are suggested
PROBES, CELLS = 10, 15


def suggestions(predictor: Predictor) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return what is worth measuring next, every measurement counting the same cost.

    Parameters
    ----------
    predictor : Predictor
        Fitted.

    Returns
    -------
    (dict of str to DataFrame, list of str)
        ``probes`` and ``cells``, each the ``frame`` of a :class:`cpp.acquisition.Choice`; and
        what the figures rest on, in words.

    Raises
    ------
    DataError
        If the predictor has no factorisation to ask, or nothing to choose from.

    Examples
    --------
    >>> import cpp
    >>> from features import load_leaderboard
    >>> frames, _ = suggestions(cpp.make_predictor("fast").fit(load_leaderboard()))
    >>> len(frames["probes"]), len(frames["cells"])
    (10, 15)
    """
    from cpp.acquisition.matrix_selection import choose_cells
    from cpp.acquisition.probe_set import choose_probes

    probes = choose_probes(predictor, budget=PROBES)
    cells = choose_cells(predictor, budget=CELLS)
    notes = [f"Probes: {note}." for note in probes.notes]
    notes += [f"Cells: {note}." for note in cells.notes]
    return {"probes": probes.frame, "cells": cells.frame}, notes
