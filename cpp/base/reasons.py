"""Why a number is what it is, in words: what is known of its model and of its task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cpp.data.arrays import IntArray
from cpp.data.training_data import TrainingData

OBSERVED = "observed: the reconciled score of the reports"


def in_words(
    data: TrainingData,
    row: IntArray,
    col: IntArray,
    own: Sequence[str],
    cautions: Sequence[str] = (),
) -> NDArray[np.object_]:
    """Return the reason of each predicted cell.

    `own` is what its rung has to add, `cautions` what to be wary of, each or "".
    """
    of_model = {int(i): _of_model(data, int(i)) for i in np.unique(row)}
    of_task = {int(j): _of_task(data, int(j)) for j in np.unique(col)}
    out = np.empty(len(row), dtype=object)
    wary = cautions or [""] * len(row)
    for at, (i, j, more, but) in enumerate(zip(row.tolist(), col.tolist(), own, wary, strict=True)):
        out[at] = "; ".join(filter(None, (of_model[i], of_task[j], more, but)))
    return out


def _of_model(data: TrainingData, i: int) -> str:
    k = int(data.k[i])
    if k:
        return f"{k} known score{'s' if k > 1 else ''} of the model"
    if data.model_known[i]:
        return "no known score of the model: from its factors"
    return "nothing but a name is known of the model: the interval is a prior's"


def _of_task(data: TrainingData, j: int) -> str:
    if data.n[j]:
        return f"{int(data.n[j])} of the task"
    known = "its factors" if data.task_known[j] else "other tasks on the same kind of scale"
    return f"no known score on the task: from {known}"
