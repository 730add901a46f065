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
#: a task with fewer cells is in no block; models of known compute that a cut leaves at least
MIN_BLOCK, MIN_COMPUTE = 6, 6
#: which half of a task's models goes, block after block
HALVES = ("weaker", "weaker", "stronger", "older")
#: decades of compute in one fold
DECADES = 1.0


@dataclass(frozen=True)
class InnerFold:
    """Cells to hold out together.

    Attributes
    ----------
    kind : {"random", "rows", "tasks", "time", "block", "compute", "mixed"}
    held : bool array (n_cells,)
        To be predicted.
    hidden : bool array (n_cells,)
        Neither predicted nor seen: cells of models released after a wave, or of more compute.

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> folds = inner_folds(data, rng=np.random.default_rng(0), n_random=2, n_rows=1, n_tasks=1)
    >>> [fold.kind for fold in folds if fold.kind not in ("random", "time")]
    ['rows', 'tasks', 'block', 'block', 'block', 'block', 'compute', 'compute']
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
    n_block: int = 4,
    n_compute: int = 2,
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
        *(InnerFold("block", held, none) for held in _blocks(data, rng, n_block)),
        *(InnerFold("compute", held, hidden) for held, hidden in _cuts(data, n_compute)),
    ]
    return [f for f in folds if f.held.any() and not (f.held | f.hidden).all()]


def mixed_folds(data: TrainingData, *, rng: np.random.Generator, n: int) -> list[InnerFold]:
    """Hold out some of every kind at once: for where few inner folds have to do.

    Each of the `n` folds holds out random cells (a quarter), and leaves a sixth of the
    models, the newest models and some tasks with few cells. One more holds out blocks.
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
    folds.append(InnerFold("block", _mixed_block(data, rng), none))
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


def _blocks(data: TrainingData, rng: np.random.Generator, n: int) -> list[BoolArray]:
    """Leave half of the families of tasks without one half of their models.

    Which models are weaker, or older, is asked of each task's own: of a task that only strong
    models were measured on, the weaker of these are held out.
    """
    families = _families_in_blocks(data)
    blocks = []
    for b in range(n if len(families) else 0):
        if b % 2 == 0:
            dealt = rng.permutation(families)
        middle = len(dealt) // 2
        half = dealt[:middle] if b % 2 == 0 else dealt[middle:]
        inside = np.isin(data.task_group[data.col], half)
        blocks.append(inside & _half(data, HALVES[b % len(HALVES)]))
    return blocks


def _mixed_block(data: TrainingData, rng: np.random.Generator) -> BoolArray:
    """Leave families without their weaker (two sixths), stronger or older models (a sixth each)."""
    dealt = rng.permutation(_families_in_blocks(data))
    held = np.zeros(len(data.row), dtype=bool)
    for part, half in zip(np.array_split(dealt, 6), HALVES, strict=False):
        held |= np.isin(data.task_group[data.col], part) & _half(data, half)
    return held


def _families_in_blocks(data: TrainingData) -> IntArray:
    """Return the families of the measured tasks; none if there is one only."""
    families = np.unique(data.task_group[np.unique(data.col)])
    return families if len(families) > 1 else families[:0]


def _half(data: TrainingData, which: str) -> BoolArray:
    """Return the cells of the weaker, stronger or older half of the models of each large task."""
    if which == "older":
        value = data.release_year[data.row]
    else:
        value = data.model_level[data.row] * (1.0 if which == "weaker" else -1.0)
    known = np.flatnonzero(np.isfinite(value))
    order = known[np.lexsort((value[known], data.col[known]))]
    col = data.col[order]
    size = np.bincount(col, minlength=data.shape[1])
    place = np.arange(len(order)) - (np.cumsum(size) - size)[col]
    out = np.zeros(len(data.row), dtype=bool)
    out[order] = (place < size[col] // 2) & (size[col] >= MIN_BLOCK)
    return out


def _cuts(data: TrainingData, n: int) -> list[tuple[BoolArray, BoolArray]]:
    """Hold out the models of the last decade of compute; then those below, the last hidden."""
    compute = data.log_compute
    seen = compute[np.isfinite(compute) & (data.k > 0)]
    cuts = []
    for c in range(n):
        top = seen.max() - c * DECADES if len(seen) else 0.0
        if (seen <= top - DECADES).sum() < MIN_COMPUTE:
            break
        of_cell = compute[data.row]  # NaN lies on no side
        cuts.append(((of_cell > top - DECADES) & (of_cell <= top), of_cell > top))
    return cuts
