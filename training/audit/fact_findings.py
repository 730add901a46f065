"""Facts of models and tasks that contradict each other, whatever the scores are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from features.table.score_table import ScoreTable
from training.audit.error_model import tails
from training.audit.finding import Finding

#: training compute is about 6 x active parameters x tokens; a factor up to this is ordinary
ORDINARY_FLOP = 5.0
#: of the models with that much known, the share that may be found without fault
RARE = 0.0025
#: days by which a report may be older than the release: previews, time zones
EARLY_DAYS = 30
#: share of the models of which a contradiction may be true before it is the way of the data
MOST_FOUND = 0.01


def fact_findings(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    """Return contradictions, and remarks on those too common to be single faults."""
    found: list[Finding] = []
    remarks: list[str] = []
    for check in (_compute, _active, _reported_before_release, _older_than_base, _before_task):
        some, more = check(table)
        found += some
        remarks += more
    return found, remarks


def _numbers(table: ScoreTable, name: str) -> pd.Series:
    if name not in table.models:
        return pd.Series(np.nan, index=table.models.index)
    return table.models[name].astype(float)


def _of_model(name: str, p: float, reason: str, evidence: dict[str, Any]) -> Finding:
    return Finding("impossible_factors", "model", name, None, None, p, reason, evidence)


def _compute(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    active = _numbers(table, "active_params").fillna(_numbers(table, "params"))
    said, tokens = _numbers(table, "training_flop"), _numbers(table, "training_tokens")
    ratio = np.log10(said / (6.0 * active * tokens)).dropna()
    far = ratio[np.abs(ratio) > np.log10(ORDINARY_FLOP)]
    if not len(far):
        return [], []
    df, size, _ = tails(ratio.to_numpy())
    p = pd.Series(2.0 * student.sf(np.abs(far) / size, df), index=far.index)
    found = []
    for name in far.index[p <= RARE]:
        estimate = 6.0 * active[name] * tokens[name]
        times = 10.0 ** abs(ratio[name])
        side = "above" if ratio[name] > 0 else "below"
        reason = (
            f"training_flop {said[name]:.2g} is {times:.0f} times {side} 6 x parameters x "
            f"tokens = {estimate:.2g}"
        )
        evidence = {
            "training_flop": float(said[name]),
            "active_params": float(active[name]),
            "training_tokens": float(tokens[name]),
            "six_n_d": float(estimate),
        }
        found.append(_of_model(str(name), float(p[name]), reason, evidence))
    rest = len(far) - len(found)
    remarks = []
    if rest:
        remarks.append(
            f"training_flop is more than {ORDINARY_FLOP:g} times off 6 x parameters x tokens for "
            f"{rest} more of {len(ratio)} models: too common here to single one out"
        )
    return found, remarks


def _active(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    active, params = _numbers(table, "active_params"), _numbers(table, "params")
    both = active.notna() & params.notna()
    wrong = table.models.index[both & (active > 1.02 * params)]
    p = (1 + len(wrong)) / (1 + int(both.sum()))
    found = [
        _of_model(
            str(name),
            min(1.0, p),
            f"active_params {active[name]:.3g} are more than params {params[name]:.3g}",
            {"active_params": float(active[name]), "params": float(params[name])},
        )
        for name in wrong
    ]
    return _unless_common(found, int(both.sum()), "have more active_params than params")


def _reported_before_release(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    scores = table.scores
    if "release_date" not in table.models or not scores["date"].notna().any():
        return [], []
    released = pd.to_datetime(scores["model"].map(table.models["release_date"]))
    early = (released - scores["date"]).dt.days
    dated = early.notna()
    wrong = scores[dated & (early > EARLY_DAYS)]
    models_dated = scores["model"][dated].nunique()
    found = []
    for model, mine in wrong.groupby("model"):
        days = int(early[mine.index].max())
        p = (1 + wrong["model"].nunique()) / (1 + models_dated)
        release = str(table.models.at[model, "release_date"])[:10]
        all_of = dated & (scores["model"] == model)
        evidence = {"release_date": release, "days": days, "reports": len(mine)}
        if len(mine) == int(all_of.sum()):
            reason = f"released on {release}, but reported up to {days} days earlier"
            found.append(_of_model(str(model), min(1.0, p), reason, evidence))
            continue
        for row in mine.drop_duplicates("task").itertuples():
            date = str(row.date)[:10]
            reason = f"reported on {date}, before the model's release on {release}"
            evidence = {"release_date": release, "date": date}
            found.append(
                Finding(
                    "impossible_factors",
                    "cell",
                    str(model),
                    str(row.task),
                    float(row.score),
                    min(1.0, p),
                    reason,
                    evidence,
                )
            )
    return found, []


def _older_than_base(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    models = table.models
    if "base_model" not in models or "release_date" not in models:
        return [], []
    dates = pd.to_datetime(models["release_date"])
    base = models["base_model"].map(dates)
    early = (pd.to_datetime(base) - dates).dt.days
    wrong = models.index[early > EARLY_DAYS]
    p = (1 + len(wrong)) / (1 + int(early.notna().sum()))
    found = [
        _of_model(
            str(name),
            min(1.0, p),
            f"released {int(early[name])} days before its base model "
            f"{models.at[name, 'base_model']!r}",
            {"days": int(early[name]), "base_model": str(models.at[name, "base_model"])},
        )
        for name in wrong
    ]
    return _unless_common(found, int(early.notna().sum()), "are older than their base model")


def _before_task(table: ScoreTable) -> tuple[list[Finding], list[str]]:
    """Reports from before the task was published, as a finding on the task."""
    scores = table.scores
    if "released" not in table.tasks or not scores["date"].notna().any():
        return [], []
    released = pd.to_datetime(scores["task"].map(table.tasks["released"]))
    early = (released - scores["date"]).dt.days
    wrong = scores[early > EARLY_DAYS]
    n = scores["task"][early.notna()].nunique()
    found = []
    for task, mine in wrong.groupby("task"):
        days = int(early[mine.index].max())
        reason = f"released {days} days after the first of {len(mine)} reports on it"
        p = min(1.0, (1 + wrong["task"].nunique()) / (1 + n))
        evidence = {"released": str(table.tasks.at[task, "released"])[:10], "days": days}
        found.append(
            Finding("impossible_factors", "task", None, str(task), None, p, reason, evidence)
        )
    return found, []


def _unless_common(
    found: list[Finding], n_checked: int, what: str
) -> tuple[list[Finding], list[str]]:
    if len(found) <= max(1.0, MOST_FOUND * n_checked):
        return found, []
    return [], [f"{len(found)} of {n_checked} models {what}: the way of these data"]
