"""The metrics of lm-evaluation-harness: names, filters, errors, scales."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.table.score_scale import ScoreScale

#: entries of a task's row that are no scores
BOOKKEEPING = {"alias", "name", "sample_len", "sample_count", " ", ""}
#: metrics that stand for "not scored": answers were only written down
UNSCORED = {"bypass"}

_SHARES = {
    *("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "acc_all", "accuracy"),
    *("accuracy_amortized", "non_greedy_accuracy", "partial_accuracy", "numerical_match"),
    *("exact_match", "em", "exact", "match", "contains", "math_verify", "quasi_exact_match"),
    *("f1", "precision", "recall", "macro_f1", "micro_f1", "likelihood", "mc1", "mc2"),
    *("pass_at_1", "resolved", "percent_parseable", "extraction_rate"),
    *("prompt_level_strict_acc", "prompt_level_loose_acc"),
    *("inst_level_strict_acc", "inst_level_loose_acc", "qa_f1_score", "qa_em_score"),
}
_SHARE_STARTS = ("pass@", "pass_at_", "maj@", "exact_match_", "per_option_accuracy_")
_SHARE_ENDS = ("_acc", "_accuracy", "_exact_match", "_em")
_PERPLEXITIES = {"perplexity", "word_perplexity", "byte_perplexity", "ppl"}
_LOWER = {"brier_score", "ter", "bits_per_byte", "loss", "wer", "cer", "nll", *_PERPLEXITIES}
#: tasks whose shares are written as percent
_IN_PERCENT = {"squadv2", "squad2"}
_PERCENT_METRICS = ("exact", "f1", "HasAns_", "NoAns_", "best_exact", "best_f1")


@dataclass(frozen=True)
class Metric:
    """One entry of a task's row.

    Attributes
    ----------
    name, filter : str
        `filter` is ``""`` for the harness's ``none``.
    error_key : str
        Under which the standard error stands.

    Examples
    --------
    >>> metric_of("exact_match,strict-match")
    Metric(name='exact_match', filter='strict-match', error_key='exact_match_stderr,strict-match')
    """

    name: str
    filter: str
    error_key: str


@functools.lru_cache(maxsize=4096)
def metric_of(key: str) -> Metric | None:
    """Return what a key of a task's row stands for; None if it is no score.

    ``acc_norm,none`` since version 0.4, ``acc_norm`` before it; ``acc_stderr,none`` is an error.
    """
    name, comma, chosen = key.rpartition(",")
    if not comma:
        name, chosen = key, ""
    if key in BOOKKEEPING or name.strip() in BOOKKEEPING or name.endswith("_stderr"):
        return None
    error_key = f"{name}_stderr,{chosen}" if comma else f"{name}_stderr"
    return Metric(name.strip(), "" if chosen.strip() == "none" else chosen.strip(), error_key)


def scale_of(task: str, metric: str, higher: bool | None) -> ScoreScale | None:
    """Return the scale that a metric is known to have, None for any other.

    Parameters
    ----------
    task, metric : str
        Names as the harness has them.
    higher : bool or None
        Whether the file says that higher is better; None if it does not.
    """
    name = metric.casefold()
    up = higher if higher is not None else name not in _LOWER
    if task in _IN_PERCENT and metric.startswith(_PERCENT_METRICS):
        return ScoreScale(0.0, 100.0, higher_is_better=up)
    if name in _SHARES or name.startswith(_SHARE_STARTS) or name.endswith(_SHARE_ENDS):
        return ScoreScale(0.0, 1.0, higher_is_better=up)
    if name in _PERPLEXITIES:
        return ScoreScale(1.0, None, higher_is_better=up)
    if name == "bits_per_byte":
        return ScoreScale(0.0, None, higher_is_better=up)
    if name == "brier_score":  # a sum over the choices of squared differences
        return ScoreScale(0.0, 2.0, higher_is_better=up)
    if name == "mcc":
        return ScoreScale(-1.0, 1.0, higher_is_better=up)
    return None


def direction(told: Mapping[str, Any], metric: str) -> bool | None:
    """Return whether higher is better, from the file or from the metric's name."""
    value = told.get(metric)
    if isinstance(value, bool):
        return value
    return False if metric.casefold() in _LOWER else None
