"""What the kinds of split share: seeded generators, dealing of groups, known cells."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import FoldError
from features.table.folds import Folds
from features.table.schema import FOLD_COLUMNS


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """Return a generator of its own for each seed and purpose.

    Keys are hashed with CRC-32, because Python's own hash of text changes between runs.
    """
    words = [zlib.crc32(k.encode()) if isinstance(k, str) else k for k in key]
    return np.random.default_rng([seed, *words])


def deal(
    groups: pd.Series, load: pd.Series, *, n_folds: int | None, default: int, seed: int, kind: str
) -> pd.Series:
    """Deal groups into folds so that the folds weigh about the same.

    The groups are shuffled, the large ones come first (by powers of two, so that the seed
    still matters), and each goes to the lightest fold so far.

    Parameters
    ----------
    groups : Series, id -> group
        Models or tasks with their group.
    load : Series, id -> number
        What each weighs.
    n_folds : int or None
        ``None``: `default`, or the number of groups if there are fewer.
    seed, kind
        Key of the shuffle.

    Returns
    -------
    Series, id -> fold number from 0
        Every fold gets at least one group.

    Raises
    ------
    FoldError
        If there are fewer groups than folds, or only one group.
    """
    weight = load.groupby(groups).sum().sort_index()
    n = min(default, len(weight)) if n_folds is None else n_folds
    if n < 2 or len(weight) < n:
        raise FoldError(
            f"a {kind} split needs at least {max(n, 2)} groups to hold out in turn, and there "
            f"{'is' if len(weight) == 1 else 'are'} {len(weight)}; ask for fewer folds, or take "
            "a random split"
        )
    order = generator(seed, kind, "deal").permutation(len(weight))
    names, size = weight.index.to_numpy()[order], weight.to_numpy(dtype=float)[order]
    large_first = np.argsort(-np.floor(np.log2(np.maximum(size, 1))), kind="stable")
    total, count = np.zeros(n), np.zeros(n, dtype=int)
    fold_of: dict[str, int] = {}
    for left, i in zip(range(len(names), 0, -1), large_first, strict=True):
        # an empty fold goes first once there are only just enough groups left for them
        urgent = count > 0 if (count == 0).sum() >= left else np.zeros(n, dtype=bool)
        f = int(np.argmin(np.where(urgent, np.inf, total)))
        fold_of[names[i]] = f
        total[f] += size[i]
        count[f] += 1
    return groups.map(fold_of)


def known_cells(cells: pd.DataFrame, key: str, known: int, seed: int, *purpose: str) -> NDArray:
    """Return which rows of `cells` stay in training: `known` random ones of each id.

    Each id has one random order of its cells, and the first `known` of it are taken: what
    is known with k = 1 is also known with k = 3.

    Parameters
    ----------
    cells : DataFrame, ordered by id
    key : {"model", "task"}

    Returns
    -------
    bool array, shape (len(cells),)
    """
    luck = generator(seed, *purpose, "known").random(len(cells))
    place = pd.Series(luck).groupby(cells[key].to_numpy()).rank(method="first")
    return place.to_numpy() <= known


def gather(parts: Sequence[tuple[str, str, pd.DataFrame]], kind: str, remedy: str) -> Folds:
    """Put (fold, role, cells) together; raises FoldError for a fold without test cells."""
    frames = []
    for name, role, cells in parts:
        if role == "test" and cells.empty:
            raise FoldError(f"a {kind} split of this table leaves fold {name!r} empty; {remedy}")
        frames.append(cells[["model", "task"]].assign(fold=name, role=role)[list(FOLD_COLUMNS)])
    return Folds(pd.concat(frames, ignore_index=True))
