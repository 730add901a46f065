"""Training data without a group of factors, or with it exchanged among models (tasks)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cpp.data.arrays import IntArray
from cpp.data.factor_columns import FactorColumns
from cpp.importance.association import known
from features.factors.transforms import FLOP_PER_PARAM_TOKEN

if TYPE_CHECKING:
    from cpp.data.training_data import TrainingData

#: task columns that only say in which unit a score is, and so nothing of what the task is
OF_THE_SCALE = ("chance_points", "range", "bounded", "higher_is_better")
#: columns that others are worked out from (features/derived.py)
PARAMS, ACTIVE, TOKENS = "log10_params", "log10_active_params", "log10_training_tokens"
RATIO, FLOP, ESTIMATED = "tokens_per_param", "log10_training_flop", "flop_is_estimate"
USED_BY_OTHERS = {PARAMS, ACTIVE, TOKENS, ESTIMATED}


@dataclass(frozen=True)
class FactorGroup:
    """Factors that are judged together.

    Attributes
    ----------
    side : {"model", "task"}
    name : str
    columns : tuple of str
        Derived columns (:mod:`features.factors.transforms`).
    with_name : bool
        Whether the name itself belongs to it.
    n_known, n : int
        Models (tasks) with a score for which any of it is known, and all with a score.

    Examples
    --------
    >>> import features
    >>> from cpp.importance import factor_groups
    >>> group = factor_groups(features.load_leaderboard(), "model")["size"]
    >>> group.columns[:2], group.n_known, group.n
    (('log10_params', 'log10_active_params'), 148, 213)
    """

    side: str
    name: str
    columns: tuple[str, ...]
    with_name: bool
    n_known: int
    n: int


def worked_out_again(columns: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Return model columns with what follows from parameters and tokens worked out again.

    Tokens per parameter, and FLOP where nobody stated it: unknown where either is.

    Examples
    --------
    >>> columns = {"log10_params": np.array([9.0]), "tokens_per_param": np.array([20.0])}
    >>> worked_out_again(columns)["tokens_per_param"].tolist()
    [nan]
    """
    out = dict(columns)
    unknown = np.full(len(next(iter(columns.values()))) if columns else 0, np.nan)
    tokens = np.asarray(columns.get(TOKENS, unknown), dtype=float)
    total = np.asarray(columns.get(PARAMS, unknown), dtype=float)
    if RATIO in columns:
        out[RATIO] = 10.0 ** (tokens - total)
    if FLOP in columns and ESTIMATED in columns:
        used = np.asarray(columns.get(ACTIVE, total), dtype=float)
        estimate = np.log10(FLOP_PER_PARAM_TOKEN) + used + tokens
        of_others = columns[ESTIMATED] == 1.0
        out[FLOP] = np.where(of_others, estimate, columns[FLOP])
        out[ESTIMATED] = np.where(np.isnan(out[FLOP]), np.nan, columns[ESTIMATED])
    return out


def blank_names(n: int) -> list[str]:
    """Return different names that say nothing, to a reader of words or of letters.

    They are made of the marks that names are cut at, so they are all alike.

    Examples
    --------
    >>> blank_names(3)
    ['---', '--_', '-_-']
    """
    width = max(2, int(np.ceil(np.log2(max(2, n)))) + 1)
    return [format(i, f"0{width}b").replace("0", "-").replace("1", "_") for i in range(n)]


def without_groups(
    data: TrainingData, groups: Iterable[FactorGroup], *, from_name: Collection[str] = ()
) -> TrainingData:
    """Return the data as if nobody knew the factors of `groups`.

    Their columns are gone, for every model or task, and so is what follows from them, so a fit
    on the result is what would have been learned without them. If the name's group is among
    them, every model (task) gets a name that says nothing; what other columns took from a name
    stays. Scores, the latent scale and which models are variants of each other stay as they are.

    Parameters
    ----------
    data : TrainingData
        As it is before a fit.
    groups : FactorGroup, ...
    from_name : collection of str
        Columns that are known from the name alone; they do not make a model known.

    Examples
    --------
    >>> import pandas as pd
    >>> from cpp.data.training_data import TrainingData
    >>> from cpp.importance.groups import factor_groups
    >>> from features.table.score_table import ScoreTable
    >>> rows = [(f"m{i}", "x", 4.0 * i) for i in range(20)]
    >>> models = pd.DataFrame({"model": [f"m{i}" for i in range(20)], "params": range(1, 21)})
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models)
    >>> data, found = TrainingData.from_table(table), factor_groups(table, "model")
    >>> blind = without_groups(data, [found["size"]], from_name=found.from_name)
    >>> bool(data.model_known.all()), bool(blind.model_known.any())
    (True, False)
    """
    groups = list(groups)
    changed: dict[str, Any] = {}
    for side in ("model", "task"):
        mine = [g for g in groups if g.side == side]
        if not mine:
            continue
        columns = data.model_columns if side == "model" else data.task_columns
        gone = {c for g in mine for c in g.columns}
        gone |= {c.removeprefix("log10_") for c in gone}  # a number goes with its logarithm
        kept = {c: v for c, v in columns.columns.items() if c not in gone}
        if gone & USED_BY_OTHERS:
            kept = worked_out_again(kept)
        changed[f"{side}_columns"] = FactorColumns(len(columns), kept)
        telling = [v for c, v in kept.items() if c not in (*from_name, *OF_THE_SCALE)]
        still = np.any([known(v) for v in telling], axis=0) if telling else False
        changed[f"{side}_known"] = (data.model_known if side == "model" else data.task_known) & (
            still
        )
        if any(g.with_name for g in mine):
            changed[f"{side}s"] = blank_names(len(columns))
    return replace(data, _worked_out={}, **changed) if changed else data


def exchanged(data: TrainingData, group: FactorGroup, order: IntArray) -> TrainingData:
    """Return the data in which each model (task) has what `group` says of another one.

    Parameters
    ----------
    data : TrainingData
    group : FactorGroup
        Its columns move together, gaps included; with the name, names move too.
    order : int array (n_models,) or (n_tasks,)
        Whose values each gets.
    """
    is_model = group.side == "model"
    columns = data.model_columns if is_model else data.task_columns
    moved = {*group.columns, *(c.removeprefix("log10_") for c in group.columns)}
    new = {c: (v[order] if c in moved else v) for c, v in columns.columns.items()}
    if moved & USED_BY_OTHERS:
        new = worked_out_again(new)
    taken = FactorColumns(len(columns), new)
    names = data.models if is_model else data.tasks
    if group.with_name:
        names = [names[i] for i in order]
    if is_model:
        return replace(data, _worked_out={}, model_columns=taken, models=names)
    return replace(data, _worked_out={}, task_columns=taken, tasks=names)
