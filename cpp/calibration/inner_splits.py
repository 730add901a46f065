"""Inner folds: held-out cells inside the training cells, for stacking and calibration.

Random cells alone would leave nothing to calibrate a new model or a new task on, so the
inner folds also contain rows left with k known cells and whole held-out tasks. Where models
have release dates, the newest of them are also predicted from older ones: what a model
released after everything seen is calibrated on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpp.data.arrays import BoolArray, IntArray
from cpp.data.training_data import TrainingData

#: known cells left in the rows of a sparse-row fold, dealt in turn
KNOWN_LEFT = (0, 1, 0, 3, 0, 5, 10)
#: known cells left in the columns of a sparse-task fold
TASK_KNOWN_LEFT = (0, 3, 0, 1)
#: a sparse-task fold takes about this part of the families
PARTS_OF_TASKS = 6
#: known cells left in the rows of a release wave
WAVE_KNOWN_LEFT = (0, 5, 0, 5, 3, 1, 10)
#: share of the dated models in one release wave, and the fewest models it may have
WAVE, MIN_WAVE = 0.1, 4


@dataclass(frozen=True)
class InnerFold:
    """Cells to hold out together.

    Attributes
    ----------
    kind : {"random", "rows", "tasks", "time", "mixed"}
    held : bool array (n_cells,)
        To be predicted.
    hidden : bool array (n_cells,)
        Neither predicted nor seen: cells of models released after a wave.

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> folds = inner_folds(data, rng=np.random.default_rng(0), n_random=2, n_rows=1, n_tasks=1)
    >>> [fold.kind for fold in folds]
    ['random', 'random', 'rows', 'tasks', 'time', 'time', 'time']
    >>> any((fold.held & fold.hidden).any() for fold in folds)
    False
    """

    kind: str
    held: BoolArray
    hidden: BoolArray


def inner_folds(
    data: TrainingData,
    *,
    rng: np.random.Generator,
    n_random: int = 4,
    n_rows: int = 4,
    n_tasks: int = 3,
    n_time: int = 3,
) -> list[InnerFold]:
    """Deal the training cells into inner folds.

    Every fold leaves at least one training cell; a fold that would hold out nothing is
    left out, so tiny tables may have few or none.
    """
    none = np.zeros(len(data.row), dtype=bool)
    folds = [
        *(InnerFold("random", held, none) for held in _random(data, rng, n_random)),
        *(InnerFold("rows", held, none) for held in _rows(data, rng, n_rows)),
        *(InnerFold("tasks", held, none) for held in _tasks(data, rng, n_tasks)),
        *(InnerFold("time", held, hidden) for held, hidden in _waves(data, rng, n_time)),
    ]
    return [f for f in folds if f.held.any() and not (f.held | f.hidden).all()]


def mixed_folds(data: TrainingData, *, rng: np.random.Generator, n: int) -> list[InnerFold]:
    """Hold out some of every kind at once: for where few inner folds have to do.

    Each of the `n` folds holds out random cells (a quarter), and leaves a sixth of the
    models, the newest models and some tasks with few cells.
    """
    none = np.zeros(len(data.row), dtype=bool)
    kinds = [_random(data, rng, 4), _rows(data, rng, 6), _tasks(data, rng, n)]
    kinds.append([held & ~hidden for held, hidden in _waves(data, rng, n)])
    folds = []
    for f in range(n):
        held = none.copy()
        for parts in kinds:
            if f < len(parts):
                held |= parts[f]
        folds.append(InnerFold("mixed", held, none))
    return [f for f in folds if f.held.any() and not f.held.all()]


def _deal(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return each cell's place, 0, 1, ..., in a random order of the cells of its code."""
    order = np.lexsort((rng.random(len(codes)), codes))
    ordered = codes[order]
    start = np.r_[True, ordered[1:] != ordered[:-1]]
    first = np.flatnonzero(start)[np.cumsum(start) - 1]
    place = np.empty(len(codes), dtype=np.int64)
    place[order] = np.arange(len(codes)) - first
    return place


def _random(data: TrainingData, rng: np.random.Generator, n: int) -> list[BoolArray]:
    """Deal the cells of each model over the folds, starting at a random one."""
    start = rng.integers(n, size=data.shape[0])
    part = (_deal(data.row, rng) + start[data.row]) % n
    # a task's only cells must not all be out at once: nothing would be left of its scale
    return [part == f for f in range(n)]


def _rows(data: TrainingData, rng: np.random.Generator, n: int) -> list[BoolArray]:
    """Leave the models of one part with few cells, variants of one model in one part."""
    groups = np.unique(data.model_group[np.unique(data.row)])
    if len(groups) < 2:
        return []
    part_of = dict(zip(rng.permutation(groups), np.arange(len(groups)) % n, strict=True))
    part = np.array([part_of.get(g, -1) for g in data.model_group])
    left_for_group = rng.permutation(len(groups)) % len(KNOWN_LEFT)
    left_of = dict(zip(groups, np.array(KNOWN_LEFT)[left_for_group], strict=True))
    left = np.array([left_of.get(g, 0) for g in data.model_group])
    place = _deal(data.row, rng)
    out = place >= np.minimum(left, np.maximum(data.k - 1, 0))[data.row]
    return [out & (part[data.row] == f) for f in range(n)]


def _tasks(data: TrainingData, rng: np.random.Generator, n: int) -> list[BoolArray]:
    """Leave the tasks of one part with few cells, the tasks of one family in one part."""
    groups = np.unique(data.task_group[np.unique(data.col)])
    n = min(n, len(groups) - 1)
    if n < 1:
        return []
    # of few families each part takes one only: the rest has to carry the models
    parts = max(n, -(-len(groups) // max(1, len(groups) // PARTS_OF_TASKS)))
    part_of = dict(zip(rng.permutation(groups), np.arange(len(groups)) % parts, strict=True))
    part = np.array([part_of.get(g, -1) for g in data.task_group])
    left = np.array(TASK_KNOWN_LEFT)[rng.integers(len(TASK_KNOWN_LEFT), size=data.shape[1])]
    place = _deal(data.col, rng)
    out = place >= np.minimum(left, np.maximum(data.n - 1, 0))[data.col]
    return [out & (part[data.col] == f) for f in range(n)]


def _waves(
    data: TrainingData, rng: np.random.Generator, n: int
) -> list[tuple[BoolArray, BoolArray]]:
    """Leave the newest models with few cells; then those before them, the newest hidden.

    Models without a date stay as they are. Nothing is dealt where too few are dated.
    """
    year = data.release_year
    dated = np.flatnonzero(np.isfinite(year) & (data.k > 0))
    size = int(WAVE * len(dated))
    if size < MIN_WAVE:
        return []
    # new before old; models of one date stand in a random order
    order = dated[np.lexsort((rng.random(len(dated)), -year[dated]))]
    left = np.zeros(data.shape[0], dtype=np.int64)
    left[order] = np.array(WAVE_KNOWN_LEFT)[rng.permutation(len(order)) % len(WAVE_KNOWN_LEFT)]
    out = _deal(data.row, rng) >= np.minimum(left, np.maximum(data.k - 1, 0))[data.row]
    waves = []
    for w in range(n):
        wave, later = order[w * size : (w + 1) * size], order[: w * size]
        waves.append((out & np.isin(data.row, wave), np.isin(data.row, later)))
    return waves
