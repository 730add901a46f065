"""What a training run records in MLflow, besides the model: inputs, tables, figures."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.store.database.address import is_store
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.evaluation.cell_errors import measure_cells
from training.evaluation.metrics import Metrics
from training.persistence.environment import REQUIREMENTS, package_version
from training.pipeline.config import TrainConfig
from training.pipeline.inputs import folds_fingerprint
from training.tracking.client import TrackedRun
from training.tracking.registry import FOLD_PREDICTIONS


def record_inputs(run: TrackedRun, table: ScoreTable, folds: Folds, config: TrainConfig) -> None:
    """Record the settings, the data's fingerprint and shape, the folds and the versions.

    Of a store its place and batch are recorded, and the settings name that snapshot: with them
    the run can be repeated on the same data whatever was imported since.
    """
    shape = {"models": len(table.models), "tasks": len(table.tasks), "cells": table.n_cells}
    stored = {k: table.meta[k] for k in ("store", "batch") if k in table.meta}
    if is_store(config.run.data) and len(stored) == 2:
        config = config.as_read(**stored)
    about = {
        "data.name": table.name,
        "data.fingerprint": table.fingerprint,
        "data.version": table.meta.get("version", "unknown"),
        **{f"data.{key}": value for key, value in stored.items()},
        **{f"data.{key}": value for key, value in shape.items()},
        "data.reports": len(table.scores),
        "folds.fingerprint": folds_fingerprint(folds),
        "folds.count": len(folds),
    }
    run.parameters({**config.flat(), **about})
    run.tags({"benchcast": package_version(), **_commit()})
    run.dataset(table.name, table.fingerprint, {"columns": list(table.scores.columns)}, shape)
    run.text(config.to_toml(), "config.toml")
    run.json(environment(), "environment.json")
    run.table(folds.frame, "folds.csv.gz")


def record_outputs(
    run: TrackedRun,
    table: ScoreTable,
    predictions: pd.DataFrame,
    metrics: Metrics,
    *,
    chosen: str,
    coverage: pd.DataFrame,
    seconds: pd.DataFrame,
    empty_cells: pd.DataFrame,
) -> None:
    """Record the predictions, the tables and the figures of a run.

    Parameters
    ----------
    run : TrackedRun
    table : ScoreTable
        The full table.
    predictions, seconds : DataFrame
        From :func:`training.evaluation.backtest.run_backtest`, every predictor.
    metrics : Metrics
        Of `predictions`.
    chosen : str
        The predictor that is trained.
    coverage : DataFrame
        Of its intervals, from :func:`training.evaluation.coverage_levels.coverage_table`.
    empty_cells : DataFrame
        Its predictions of every cell without a score.
    """
    from training.plots.calibration import calibration_chart
    from training.plots.heatmap import heat_map
    from training.plots.ladder import ladder_chart

    run.table(predictions, FOLD_PREDICTIONS)
    run.table(empty_cells, "predictions/empty_cells.csv.gz")
    run.json(metrics.to_dict(), "metrics/metrics.json")
    run.json(coverage.to_dict("records"), "metrics/coverage.json")
    errors = fold_errors(predictions, table)
    run.json(errors.to_dict("records"), "metrics/folds.json")
    run.json(seconds.to_dict("records"), "metrics/seconds.json")
    run.figure(heat_map(table, empty_cells), "plots/matrix")
    metric = "medae" if np.isfinite(errors["medae"]).any() else "scaled_medae"
    unit = "points" if metric == "medae" else "standard deviations"
    drawn = errors.assign(medae=errors[metric])
    if np.isfinite(drawn["medae"]).any():  # not when every task is constant
        run.figure(ladder_chart(drawn, chosen=chosen, unit=unit), "plots/ladder")
    level = float(predictions["level"].iloc[0])
    run.figure(calibration_chart(coverage, level=level), "plots/calibration")


def fold_errors(predictions: pd.DataFrame, table: ScoreTable) -> pd.DataFrame:
    """Return the median error of each predictor in each fold.

    Parameters
    ----------
    predictions : DataFrame
        From :func:`training.evaluation.backtest.backtest`.
    table : ScoreTable
        The full table.

    Returns
    -------
    DataFrame
        ``predictor, fold, medae`` (points), ``scaled_medae`` (standard deviations of the
        task; tasks without points only); NaN where no cell counts.
    """
    measured = measure_cells(predictions, table)[["error", "scaled"]]
    keys = [predictions["predictor"], predictions["fold"]]
    out = measured.groupby(keys, sort=False).median().reset_index()
    return out.rename(columns={"error": "medae", "scaled": "scaled_medae"})


def environment() -> dict[str, Any]:
    """Return the versions a run was made with."""
    return {
        "benchcast": package_version(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in REQUIREMENTS},
    }


def _commit() -> dict[str, str]:
    """Return the git commit of benchcast's own source, empty if it has none to tell.

    Installed among a user's own files, it must not report the user's repository: the
    commit counts only if git tracks this very file.
    """
    here = Path(__file__).resolve()

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(here.parent), *words],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return done.stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return {}  # no git here, or not a checkout: the package version is recorded anyway
    return {"mlflow.source.git.commit": commit, "git.changed": str(bool(changed)).lower()}
