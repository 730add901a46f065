"""The paper's experiments as folds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.factors import lineage
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits import make_folds


@dataclass(frozen=True)
class Setting:
    """One thing that is measured.

    Attributes
    ----------
    experiment : str
        Key of `EXPERIMENTS`.
    dataset : str
    label : str
        Row of the experiment's table.
    folds : Folds
    one : str
        The model or task that is left out alone; empty where many are.
    known : int
        Scores of it that are known.
    """

    experiment: str
    dataset: str
    label: str
    folds: Folds
    one: str = ""
    known: int = 0


#: experiment -> (data set, what it is)
EXPERIMENTS: dict[str, tuple[str, str]] = {
    "table-1": ("cpp_paper", "Table 1: 5 % of the cells held out"),
    "masking": ("helm_core", "HELM with 50 % and 90 % of the cells held out"),
    "new-model": ("cpp_paper", "new models with 0 and 2 known scores, a fifth left out at once"),
    "new-task": ("cpp_paper", "new tasks with 0 and 2 known scores, a fifth left out at once"),
    "named-models": ("cpp_paper", "the paper's models, each left out alone"),
    "named-tasks": ("cpp_paper", "the paper's tasks, each left out alone (variants hidden)"),
    "sparsity": ("cpp_paper", "sparsity sweep: share of the known cells held out"),
}
KNOWN = (0, 2)
_SWEEP = {False: (0.2, 0.4, 0.6, 0.8, 0.9), True: tuple(np.arange(1, 10) / 10)}


def settings(
    experiment: str, table: ScoreTable, names: Sequence[str], *, full: bool
) -> Iterator[Setting]:
    """Return what an experiment measures on its data set.

    Parameters
    ----------
    experiment : str
    table : ScoreTable
    names : list of str
        The models or tasks that the paper names and `table` has.
    full : bool
        Table 1 with 5 seeds instead of 2, masks and single models with more draws, the
        whole sweep.
    """
    dataset = EXPERIMENTS[experiment][0]

    def mask(share: float, n: int) -> Setting:
        folds = make_folds(table, "mask", mask=share, n_folds=n)
        label = f"{100 * share:.0f} % held out, {n} draw{'s' if n > 1 else ''}"
        return Setting(experiment, dataset, label, folds)

    if experiment == "table-1":
        yield mask(0.05, 5 if full else 2)
    elif experiment == "masking":
        for share in (0.5, 0.9):
            yield mask(share, 3 if full else 1)
    elif experiment == "sparsity":
        for share in _SWEEP[full]:
            yield mask(float(share), 3 if full else 1)
    elif experiment in ("new-model", "new-task"):
        for known in KNOWN:
            folds = make_folds(table, experiment, known=known)
            yield Setting(experiment, dataset, f"{known} known scores", folds, known=known)
    else:
        key = "model" if experiment == "named-models" else "task"
        for name in names:
            for known in KNOWN:
                draws = 5 if full and known else 1
                folds = leave_out(table, key, name, known=known, draws=draws)
                label = f"{name}, {known} known"
                yield Setting(experiment, dataset, label, folds, one=name, known=known)


def leave_out(table: ScoreTable, key: str, name: str, *, known: int, draws: int = 1) -> Folds:
    """Return folds that hold out one model, or one task, all but `known` cells of it.

    Other tasks of the task's family are hidden: another shot count of the same benchmark
    would tell the scores. Other models stay, the same model's siblings of other sizes too, as
    in the paper.

    Parameters
    ----------
    table : ScoreTable
    key : {"model", "task"}
    name : str
    known : int
        Cells that stay in training, drawn anew in each of `draws` folds (seeds 0, 1, ...).
    """
    cells = table.cells[["model", "task"]]
    mine = cells[cells[key] == name].reset_index(drop=True)
    hidden = cells.iloc[:0]
    if key == "task":
        family = lineage.task_groups(table.tasks)
        variants = family.index[family == family[name]].difference([name])
        hidden = cells[cells["task"].isin(variants)]
    parts = []
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(mine))
        fold = f"{name} k={known} {draw}"
        parts.append(mine.iloc[np.sort(order[known:])].assign(role="test", fold=fold))
        parts.append(hidden.assign(role="hidden", fold=fold))
    return Folds(pd.concat(parts, ignore_index=True))
