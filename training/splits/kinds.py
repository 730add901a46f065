"""The kinds of split by name; `make_folds` picks one and checks its options.

Every kind is a function of the table's content and the seed only. Tables are ordered by
id, so the order of the rows in a file plays no part. No split looks at a score's value.
"""

from __future__ import annotations

from collections.abc import Callable

from features.errors import ConfigError, FoldError, unknown_name
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits import groups, random_cells, release_waves

__all__ = ["KINDS", "make_folds"]

#: kind -> what is held out
KINDS: dict[str, str] = {
    "random": "cells, at random, a third of each model",
    "family": "whole task families",
    "new-model": "models, all but k known cells of each",
    "new-task": "tasks, all but k known cells of each",
    "time": "release waves, in the order of release",
    "mask": "a share of all cells, at random",
}
_MAKERS: dict[str, Callable[..., Folds]] = {
    "random": random_cells.random_folds,
    "family": groups.family_folds,
    "new-model": groups.new_model_folds,
    "new-task": groups.new_task_folds,
    "time": release_waves.time_folds,
    "mask": random_cells.mask_folds,
}
_TAKES_KNOWN = ("new-model", "new-task", "time")
_TAKES_TOGETHER = ("new-model", "new-task")


def make_folds(
    table: ScoreTable,
    kind: str,
    *,
    seed: int = 0,
    n_folds: int | None = None,
    known: int | None = None,
    mask: float | None = None,
    together: bool = True,
) -> Folds:
    """Make the folds of one kind.

    Parameters
    ----------
    table : ScoreTable
        What is to be split.
    kind : {"random", "family", "new-model", "new-task", "time", "mask"}
    seed : int
        Not negative; another seed gives other folds. With ``time`` the waves stay, and
        the seed draws the known cells.
    n_folds : int, optional
        Number of folds, at least 1 for ``mask`` and ``time`` (waves), else at least 2.
        Default: random 3, family, new-model and new-task 5 (or as many groups as there
        are, if fewer), time 8, mask 3.
    known : int, optional
        Cells of each held-out model (new-model, time) or task (new-task) that stay in
        training: default 0, and 5 for time.
    mask : float, optional
        Share of all cells that is held out by ``mask``, between 0 and 1.
    together : bool
        new-model: variants of one model (effort, shots, quantisation) share a fold.
        new-task: tasks of one family share a fold. A family split always keeps them.

    Returns
    -------
    Folds
        Checked against `table`.

    Raises
    ------
    UnknownNameError
        For an unknown kind.
    ConfigError
        For an option outside its bounds, or one the kind does not have.
    FoldError
        If the table is too small for the split: too few models, groups, cells or dates.

    Examples
    --------
    >>> import features
    >>> folds = make_folds(features.load_leaderboard(), "random", n_folds=3)
    >>> len(folds), folds.names
    (3, ['random-0-0', 'random-0-1', 'random-0-2'])
    """
    if kind not in _MAKERS:
        raise unknown_name("split", kind, list(KINDS))
    if seed < 0:
        raise ConfigError(f"seed must be 0 or more, got {seed}")
    least = 1 if kind in ("time", "mask") else 2
    if n_folds is not None and n_folds < least:
        raise ConfigError(f"a {kind} split needs n_folds of at least {least}, got {n_folds}")
    options: dict[str, object] = {}
    if known is not None:
        if kind not in _TAKES_KNOWN:
            raise ConfigError(
                f"a {kind} split has no known cells; leave out known={known}, or use one of "
                f"{', '.join(_TAKES_KNOWN)}"
            )
        if known < 0:
            raise ConfigError(f"known must be 0 or more, got {known}")
        options["known"] = known
    if kind == "mask":
        if mask is None or not 0.0 < mask < 1.0:
            raise ConfigError(
                f"a mask split needs mask, the share to hold out, between 0 and 1; got {mask}"
            )
        options["mask"] = mask
    elif mask is not None:
        raise ConfigError(f"a {kind} split has no mask; leave out mask={mask}, or use mask")
    if kind in _TAKES_TOGETHER:
        options["together"] = together
    elif not together and kind == "family":
        raise ConfigError("a family split keeps families together; use new-task for single tasks")
    if table.n_cells < 2:
        raise FoldError(
            f"{table.name!r} has {table.n_cells} cells; a split needs at least 2, one to train on"
        )
    folds = _MAKERS[kind](table, seed=seed, n_folds=n_folds, **options)
    folds.check(table)
    return folds
