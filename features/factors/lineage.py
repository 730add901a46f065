"""Which models are variants of one model, and which tasks of one benchmark.

Groups are for keeping variants together in a split. They are conservative: other sizes,
other tunings (base, chat) and other versions are other models.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from features.factors.model_names import (
    parse_name,
    split_organization,
    without_dates,
    without_settings,
)

#: sizes of one group may differ by this factor (rounding, embeddings counted or not)
SAME_SIZE = 1.25
#: what may follow the base model's name in a variant's name
_MARK = re.compile(r"^(?:[_@#:]|\s*\(|\s)")
_TUNED = re.compile(r"(?<![a-z])(?:instruct|chat|it|sft|dpo|base)(?![a-z])")
_PARENTHESES = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_SHOTS = re.compile(r"[-_ ,]*(?<!\d)\d{1,3}(?:-\d{1,3})?[-_ ]?shots?(?![a-z])", re.I)
_METRIC = re.compile(
    r"\s+-\s+(?:EM|F1|acc\w*|accuracy|pass@\d+|ROUGE-?\w*|BLEU-?\d?|NDCG@\d+|RR@\d+|BPB|"
    r"equivalent|exact match)(?:\s*\([^()]*\))?$",
    re.I,
)


def model_groups(models: pd.DataFrame) -> pd.Series:
    """Return the group of each model: variants of one model share it.

    Variants are the same model at another reasoning effort, thinking budget, shot count,
    quantisation or precision, at another host, as a dated re-release, or, where the column
    ``base_model`` says so, as a checkpoint.

    Parameters
    ----------
    models : DataFrame indexed by model id

    Returns
    -------
    Series of str, indexed like `models`
        Group ids; a model without variants is a group of its own.
    """
    ids = [str(m) for m in models.index]
    missing = pd.Series([None] * len(ids), index=models.index, dtype=object)
    bases = models["base_model"] if "base_model" in models else missing
    keys = [_model_key(_root(name, base)) for name, base in zip(ids, bases.tolist(), strict=True)]
    sizes = np.full(len(ids), np.nan)
    if "params" in models:
        sizes = pd.to_numeric(models["params"]).to_numpy(dtype=float, copy=True)
    named = [parse_name(name).params for name in ids]
    sizes = np.where(np.isnan(sizes), [np.nan if p is None else p for p in named], sizes)
    groups = _apart_by_size(keys, sizes)
    return pd.Series(groups, index=models.index, dtype="str", name="group")


def task_groups(tasks: pd.DataFrame) -> pd.Series:
    """Return the group of each task: variants of one benchmark share it.

    Parameters
    ----------
    tasks : DataFrame indexed by task id
        ``family`` decides where it is filled; else the name without its setting does
        (parentheses, shot count, metric after a dash).

    Returns
    -------
    Series of str, indexed like `tasks`
    """
    names = [str(t) for t in tasks.index]
    families = tasks["family"].tolist() if "family" in tasks else [None] * len(names)
    groups = [
        (family if isinstance(family, str) and family.strip() else benchmark_name(name))
        .strip()
        .casefold()
        for name, family in zip(names, families, strict=True)
    ]
    return pd.Series(groups, index=tasks.index, dtype="str", name="group")


def benchmark_name(task: str) -> str:
    """Return a task's name without its setting.

    Examples
    --------
    >>> benchmark_name("HellaSwag(10-shot)"), benchmark_name("arc_easy_0shot")
    ('HellaSwag', 'arc_easy')
    """
    rest = _METRIC.sub("", task.strip())
    rest = _SHOTS.sub("", _PARENTHESES.sub("", rest)).strip(" -_,")
    return rest or task.strip()


def _root(name: str, base: object) -> str:
    """Return `base` if `name` is a marked variant of it, else `name`.

    A base model in the usual sense (``X-Instruct`` tuned from ``X``) is another model.
    """
    if not isinstance(base, str) or not base.strip():
        return name
    plain, root = name.strip().casefold(), base.strip().casefold()
    rest = plain.removeprefix(root)
    if plain.startswith(root) and (not rest or (_MARK.match(rest) and not _TUNED.search(rest))):
        return base
    return name


def _model_key(name: str) -> str:
    rest = without_dates(without_settings(split_organization(name)[1]))
    return re.sub(r"[\s_]+", "-", without_settings(rest).casefold())


def _apart_by_size(keys: list[str], sizes: np.ndarray) -> list[str]:
    """Split groups whose sizes differ; a model of unknown size stays with the key's first."""
    out = list(keys)
    members: dict[str, list[int]] = {}
    for i, key in enumerate(keys):
        members.setdefault(key, []).append(i)
    for key, group in members.items():
        known = sorted((i for i in group if not np.isnan(sizes[i])), key=lambda i: sizes[i])
        start, part = None, 0
        for i in known:
            if start is not None and sizes[i] > SAME_SIZE * start:
                part += 1
            if start is None or sizes[i] > SAME_SIZE * start:
                start = sizes[i]
            if part:
                out[i] = f"{key}~{part + 1}"
    return out
