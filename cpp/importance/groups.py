"""Factor groups: what says the same is judged together, and the grouping is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from cpp.data.encoder import MIN_COUNT
from cpp.data.factor_columns import FactorColumns
from cpp.data.training_data import TrainingData
from cpp.importance.ablation import (
    ESTIMATED,
    FLOP,
    RATIO,
    TOKENS,
    FactorGroup,
    blank_names,
    without_groups,
)
from cpp.importance.association import association, known
from features.errors import DataError, unknown_name
from features.factors.transforms import TypedColumns, model_columns, task_columns
from features.table.score_table import ScoreTable

SIDES = ("model", "task")
#: groups that are connected this strongly are one
THRESHOLD = 0.7
#: a factor that fewer models (tasks) have gets no claim: so many, or this share of all
MIN_KNOWN, MIN_SHARE = 10, 0.05
#: what the field takes together, because one follows from the other or is its measure
STARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "model": {
        "size": (
            "log10_params",
            "log10_active_params",
            "log10_layers",
            "log10_hidden_size",
            "log10_heads",
        ),
        "training tokens": (TOKENS,),
        "training FLOP": (FLOP, ESTIMATED),
        "release date": ("release_year",),
        "reasoning": ("reasoning", "effort_level"),
        "tuning": ("instruct", "finetuning"),
        "price": ("log10_price_input_usd_per_mtok", "log10_price_output_usd_per_mtok"),
        "family": ("family", "lineage", "base_model"),
    },
    "task": {
        "scale and chance": ("chance_points", "range", "bounded", "higher_is_better"),
        "release date": ("release_year",),
        "number of items": ("log10_n_items",),
    },
}
NAME = "name"
COLUMNS = (
    "side",
    "group",
    "factor",
    "n_known",
    "n",
    "n_from_name",
    "in_group",
    "nearest_group",
    "nearest",
    "claim",
    "why",
)


@dataclass(frozen=True)
class FactorGroups:
    """The factors of one side in groups, and why they are grouped so.

    Attributes
    ----------
    side : {"model", "task"}
    groups : tuple of FactorGroup
        Those that a claim can be made of; the name last.
    frame : DataFrame
        One row per factor, groups without a claim too: columns `COLUMNS`. ``n_from_name``: for
        how many the value was read from the name; ``in_group``: connection to the nearest
        factor of its group (1 for the only one); ``nearest_group``, ``nearest``: the other
        group it is connected most strongly with, and how strongly, 0-1; ``why``: the reason if
        ``claim`` is false.
    links : DataFrame
        ``one, other, strength, together``: every pair of usable factors, strongest first.
    from_name : frozenset of str
        Derived columns that nobody stated and that were read from the name.

    Examples
    --------
    >>> rows = [(f"m{i}", "x", 4.0 * i) for i in range(20)]
    >>> models = pd.DataFrame({"model": [f"m{i}" for i in range(20)], "luck": range(20)})
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models)
    >>> found = factor_groups(table, "model")
    >>> found["luck"].n_known, found.leaving_out("name", "names are drawn at random").names
    (20, ['luck'])
    """

    side: str
    groups: tuple[FactorGroup, ...]
    frame: pd.DataFrame
    links: pd.DataFrame
    from_name: frozenset[str] = frozenset()

    def without(self, data: TrainingData, names: Iterable[str]) -> TrainingData:
        """Return the data as if nobody knew the groups of these names."""
        return without_groups(data, [self[n] for n in names], from_name=self.from_name)

    def leaving_out(self, name: str, why: str) -> FactorGroups:
        """Return the groups without one of which nothing can be told, for a reason."""
        frame = self.frame.copy()
        mine = frame["group"] == self[name].name
        frame.loc[mine, "claim"], frame.loc[mine, "why"] = False, why
        rest = tuple(g for g in self.groups if g.name != name)
        return replace(self, groups=rest, frame=frame)

    def __getitem__(self, name: str) -> FactorGroup:
        for group in self.groups:
            if group.name == name:
                return group
        raise unknown_name(f"group of {self.side} factors", name, [g.name for g in self.groups])

    @property
    def names(self) -> list[str]:
        """Names of the groups that a claim can be made of."""
        return [g.name for g in self.groups]


def factor_groups(
    table: ScoreTable, side: str, *, threshold: float = THRESHOLD, data: TrainingData | None = None
) -> FactorGroups:
    """Group the factors of models, or of tasks, that say the same.

    It starts from what is one thing by definition (:data:`STARTS`: parameters, layers and width
    are size), and joins groups whose connection is at least `threshold`, by average linkage on
    ``1 - connection``. Two groups are connected as strongly as, on average, their factors are
    with the nearest factor of the other group (:func:`~cpp.importance.association.association`).
    Only models (tasks) with a score count. The name is a group of its own, together with the
    factors that nobody stated and that were read from it.

    Parameters
    ----------
    table : ScoreTable
    side : {"model", "task"}
    threshold : float
        0-1; 1 keeps the starts apart.
    data : TrainingData, optional
        Of `table`, if it is there already.

    Raises
    ------
    DataError
        For another side or a threshold out of range.

    Examples
    --------
    >>> rows = [(f"m{i}", "x", 4.0 * i) for i in range(20)]
    >>> models = pd.DataFrame({"model": [f"m{i}" for i in range(20)],
    ...     "params": [10.0 ** (8 + i / 5) for i in range(20)],
    ...     "layers": [8 + i for i in range(20)], "luck": [(7 * i) % 20 for i in range(20)]})
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), models)
    >>> factor_groups(table, "model").names
    ['size', 'luck', 'name']
    """
    if side not in SIDES:
        raise DataError(f"side must be 'model' or 'task', got {side!r}")
    if not 0.0 < threshold <= 1.0:
        raise DataError(f"threshold must lie above 0 and be at most 1, got {threshold!r}")
    data = TrainingData.from_table(table) if data is None else data
    counts = data.k if side == "model" else data.n
    seen = np.flatnonzero(counts > 0)
    every = data.model_columns if side == "model" else data.task_columns
    columns = _without_estimates(every.take(seen))
    stated = _stated(table, side, every).take(seen)
    from_name = frozenset(c for c in columns.columns if not known(stated[c]).any())
    usable, why = _usable(columns)
    named = [c for c in usable if c in from_name]
    starts = _starts(side, [c for c in usable if c not in named])
    strength = {
        (a, b): association(columns[a], columns[b])
        for i, a in enumerate(usable)
        for b in usable[i + 1 :]
    }
    strength |= {(b, a): v for (a, b), v in strength.items()}
    joined = _joined(starts, strength, threshold)
    groups = [
        FactorGroup(side, name, tuple(members), False, _n_known(columns, members), len(seen))
        for name, members in joined.items()
    ]
    groups.append(FactorGroup(side, NAME, tuple(named), True, len(seen), len(seen)))
    frame = _frame(side, groups, columns, stated, strength, why)
    return FactorGroups(side, tuple(groups), frame, _links(groups, strength), from_name)


def _stated(table: ScoreTable, side: str, every: FactorColumns) -> FactorColumns:
    """Return the derived columns as they are if the names say nothing."""
    frame = table.models if side == "model" else table.tasks
    blank = blank_names(len(frame))
    typed = TypedColumns(frame.set_axis(pd.Index(blank, dtype=str), axis=0))
    logged = [c.removeprefix("log10_") for c in every.columns if c.startswith("log10_")]
    derived = (model_columns if side == "model" else task_columns)(typed, log10_of=logged)
    nothing = set(blank)  # without a name, a family is called like its only member
    out = {}
    for column, values in every.columns.items():
        own = derived.get(column, np.full(len(frame), np.nan))
        if values.dtype == object:
            own = np.array([None if v in nothing else v for v in own], dtype=object)
        out[column] = own
    return FactorColumns(len(frame), out)


def _without_estimates(columns: FactorColumns) -> FactorColumns:
    """Return the columns with the FLOP that somebody stated; estimates go with their factors."""
    if FLOP not in columns or ESTIMATED not in columns:
        return columns
    mine = np.where(columns[ESTIMATED] == 1.0, np.nan, columns[FLOP])
    return FactorColumns(len(columns), {**columns.columns, FLOP: mine})


def _usable(columns: FactorColumns) -> tuple[list[str], dict[str, str]]:
    """Return the columns that vary and are known for enough, and why the others are not."""
    n = len(columns)
    least = max(MIN_KNOWN, int(np.ceil(MIN_SHARE * n)))
    usable, why = [], {}
    for column, values in columns.columns.items():
        if f"log10_{column}" in columns:
            continue  # its logarithm is used instead
        if column == RATIO:
            if known(values).any():
                why[column] = "worked out from parameters and tokens, and goes with either"
            continue
        there = known(values)
        shown, counts = np.unique(values[there].astype(np.str_), return_counts=True)
        if there.sum() < least:
            why[column] = f"known for {there.sum()} of {n}; {least} are needed"
        elif len(shown) < 2 and there.all():
            why[column] = "the same for all"
        elif len(shown) < 2 and n - there.sum() < least:
            why[column] = f"the same for all {there.sum()} for which it is known"
        elif there.all() and n - counts.max() < MIN_COUNT:
            why[column] = f"the same for all but {n - counts.max()}"
        elif values.dtype == object and counts.max() < MIN_COUNT:
            why[column] = f"no value is shared by {MIN_COUNT}"
        else:
            usable.append(column)
    return usable, why


def _starts(side: str, usable: Sequence[str]) -> dict[str, list[str]]:
    start_of = {c: name for name, members in STARTS[side].items() for c in members}
    out: dict[str, list[str]] = {}
    for column in usable:
        label = column.removeprefix("own_").removeprefix("log10_").replace("_", " ")
        if label == NAME:  # a column of the data set's own that is called so
            label = "stated name"
        out.setdefault(start_of.get(column, label), []).append(column)
    return out


def _joined(
    starts: dict[str, list[str]], strength: Mapping[tuple[str, str], float], threshold: float
) -> dict[str, list[str]]:
    names = list(starts)
    if len(names) < 2:
        return starts
    apart = np.zeros((len(names), len(names)))
    for i, one in enumerate(names):
        for j in range(i):
            other = names[j]
            apart[i, j] = apart[j, i] = 1.0 - between(starts[one], starts[other], strength)
    code = fcluster(
        linkage(squareform(apart, checks=False), "average"), 1.0 - threshold, "distance"
    )
    out: dict[str, list[str]] = {}
    for c in dict.fromkeys(code.tolist()):
        mine = [n for n, k in zip(names, code, strict=True) if k == c]
        out[", ".join(mine)] = [column for n in mine for column in starts[n]]
    return out


def between(
    one: Sequence[str], other: Sequence[str], strength: Mapping[tuple[str, str], float]
) -> float:
    """Return how strongly two sets of factors are connected: mean of the nearest of each."""
    nearest = [max(strength[a, b] for b in other) for a in one]
    nearest += [max(strength[a, b] for a in one) for b in other]
    return float(np.mean(nearest))


def _n_known(columns: FactorColumns, members: Sequence[str]) -> int:
    return int(np.any([known(columns[c]) for c in members], axis=0).sum())


def _frame(
    side: str,
    groups: Sequence[FactorGroup],
    columns: FactorColumns,
    stated: FactorColumns,
    strength: Mapping[tuple[str, str], float],
    why: Mapping[str, str],
) -> pd.DataFrame:
    n = len(columns)
    rows: list[tuple[object, ...]] = []
    for group in groups:
        if group.with_name:
            rows.append((side, NAME, NAME, n, n, n, 1.0, "", np.nan, True, ""))
        for column in group.columns:
            own = [strength[column, c] for c in group.columns if c != column]
            far = {
                g.name: max(strength[column, c] for c in g.columns)
                for g in groups
                if g is not group and g.columns
            }
            nearest = max(far, key=lambda g: far[g]) if far else ""
            there = known(columns[column])
            rows.append(
                (
                    side,
                    group.name,
                    column,
                    int(there.sum()),
                    n,
                    int((there & ~known(stated[column])).sum()),
                    max(own, default=1.0),
                    nearest,
                    far.get(nearest, np.nan),
                    True,
                    "",
                )
            )
    for column, reason in why.items():
        there = known(columns[column])
        from_name = int((there & ~known(stated[column])).sum())
        what = (side, "", column, int(there.sum()), n, from_name)
        rows.append((*what, np.nan, "", np.nan, False, reason))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _links(
    groups: Sequence[FactorGroup], strength: Mapping[tuple[str, str], float]
) -> pd.DataFrame:
    of = {c: g.name for g in groups for c in g.columns}
    rows = [
        (a, b, value, of[a] == of[b]) for (a, b), value in strength.items() if a < b and a in of
    ]
    frame = pd.DataFrame(rows, columns=["one", "other", "strength", "together"])
    order = frame.sort_values(["strength", "one", "other"], ascending=[False, True, True])
    return order.reset_index(drop=True)
