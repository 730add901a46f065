"""Cautions: why a prediction is less certain than others, as stable codes with a sentence.

A cell beyond what was measured extrapolates (:mod:`cpp.data.reach`). Its interval is wider, being
calibrated on held-out cells of its like; who reads the number should still know.
"""

from __future__ import annotations

import numpy as np

from cpp.calibration.regimes import FAR, YEARS
from cpp.data.arrays import IntArray
from cpp.data.reach import Distance

LEVEL, OLDER, COMPUTE = "task-unmeasured-at-this-level", "older-than-task", "beyond-compute"
#: code -> what it says
SENTENCES = {
    LEVEL: "the task was measured on {than} models only",
    OLDER: "the task was measured on later models only",
    COMPUTE: "the model took more compute than any model seen",
}


def codes_of(distance: Distance, k: IntArray) -> list[tuple[str, ...]]:
    """Return the codes of each cell; `k` are the known scores of its model, (n_cells,).

    Examples
    --------
    >>> far = Distance.none(2)._replace(below=np.array([1.0, 0.0]), older=np.array([2.0, 0.0]))
    >>> codes_of(far, np.array([3, 3]))
    [('task-unmeasured-at-this-level', 'older-than-task'), ()]
    """
    level = (k > 0) & ((distance.below > FAR) | (distance.above > FAR))
    older, compute = (k > 0) & (distance.older > YEARS), (k == 0) & (distance.compute > 0)
    out: list[tuple[str, ...]] = [()] * len(k)
    for at in np.flatnonzero(level | older | compute).tolist():
        holds = ((LEVEL, level[at]), (OLDER, older[at]), (COMPUTE, compute[at]))
        out[at] = tuple(code for code, does in holds if does)
    return out


def sentences_of(distance: Distance, k: IntArray) -> list[str]:
    """Return what the cautions of each cell say, "" where there is none."""
    out = []
    for at, codes in enumerate(codes_of(distance, k)):
        than = "stronger" if distance.below[at] > distance.above[at] else "weaker"
        said = [SENTENCES[code].format(than=than) for code in codes]
        out.append("caution: " + ", ".join(said) if said else "")
    return out
