"""The statistics of HELM runs: which are scores, and on which scale."""

from __future__ import annotations

import functools
import re

from features.table.score_scale import ScoreScale

#: what runs cost and how they went: never a score
_BOOKKEEPING = re.compile(
    r"num_.*|max_num_.*|estimated_.*|training_.*|inference_.*|.*runtime.*|batch_size|"
    r"finish_reason_.*|prompt_truncated|predicted_index|logprob.*|max_prob|percent_valid|"
    r"platt_(coef|intercept)|.*_cost|.*_tokens|annotation_.*|.*_error_rate|#.*|truncated|"
    r"finish b/c.*|cost|.*inference time.*",
    re.I,
)
#: figures that most runs have beside their scores
_DIAGNOSTIC = re.compile(
    r"(platt_)?ece_.*|selective_.*|bias_metric.*|.*toxic.*|self_bleu|monte_carlo_.*|"
    r"summarization_(coverage|density|compression)|ece.*",
    re.I,
)
_LOWER = re.compile(
    r"bits_per_byte|bpb|perplexity|ppl|.*_distance|distance|absolute_value_difference|"
    r"diff\.|dist\.|(platt_)?ece.*|.*toxic.*|bias_metric.*|bbq_metric_.*bias|.*_difference",
    re.I,
)
_SHARE = re.compile(
    r"(quasi_)?(prefix_)?(quasi_prefix_)?exact_match(@\d+)?|final_number_exact_match|"
    r"exact_match_indicator|exact_set_match|iou_set_match|f1_set_match|f1_score|f1|p?em(@\d+)?|"
    r"classification_(macro|micro)_f1|(macro|micro)-f1|rouge[_-][12l]|bleu[_-][14]|(rr|ndcg)@\d+|"
    r"math_equiv(_chain_of_thought)?|pass(@\d+)?|strict_acc|test_avg|code_eval_acc|"
    r"chain_of_thought_correct(ness)?|cot correct(ness)?|.*_accuracy|acc|.*[ _]acc|accuracy|"
    r"ifeval.*acc.*|safety_score|wildbench_score_rescaled|wb score|omni_math_accuracy|"
    r"ece_\d+_bin|toxic_frac|equivalent( \(cot\))?",
    re.I,
)


@functools.lru_cache(maxsize=4096)
def kind_of(metric: str) -> str:
    """Return ``score``, ``diagnostic`` or ``bookkeeping``."""
    if _BOOKKEEPING.fullmatch(metric):
        return "bookkeeping"
    return "diagnostic" if _DIAGNOSTIC.fullmatch(metric) else "score"


@functools.lru_cache(maxsize=4096)
def scale_of(metric: str, lower: bool | None = None) -> ScoreScale | None:
    """Return the scale that a metric is known to have, None for any other.

    Parameters
    ----------
    metric : str
        Name, or name in a table's heading.
    lower : bool, optional
        Whether the source says that lower is better.
    """
    up = not lower if lower is not None else _LOWER.fullmatch(metric) is None
    name = metric.casefold()
    if _SHARE.fullmatch(metric):
        return ScoreScale(0.0, 1.0, higher_is_better=up)
    if name in ("bits_per_byte", "bpb"):
        return ScoreScale(0.0, None, higher_is_better=up)
    if name in ("perplexity", "ppl"):
        return ScoreScale(1.0, None, higher_is_better=up)
    return None


def is_lower_better(metric: str) -> bool:
    """Whether a metric is known as one of which less is better."""
    return _LOWER.fullmatch(metric) is not None
