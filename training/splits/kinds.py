"""The kinds of split by name; `make_folds` picks one and checks its options.

Every kind is a function of the table's content and the seed only. Tables are ordered by
id, so the order of the rows in a file plays no part. Only ``block`` looks at a score's value:
it has to know which models are weaker.
"""

from __future__ import annotations

from collections.abc import Callable

from features.errors import ConfigError, FoldError, unknown_name
from features.table.folds import Folds
from features.table.score_table import ScoreTable
from training.splits import blocks, compute_cuts, groups, random_cells, release_waves

__all__ = ["KINDS", "OPTIONS", "make_folds"]

#: kind -> what is held out
KINDS: dict[str, str] = {
    "random": "cells, at random, a third of each model",
    "family": "whole task families",
    "new-model": "models, all but k known cells of each",
    "new-task": "tasks, all but k known cells of each",
    "time": "release waves, in the order of release",
    "mask": "a share of all cells, at random",
    "block": "the weaker half of the models on a share of the task families",
    "compute": "models beyond a cut in training compute",
}
_MAKERS: dict[str, Callable[..., Folds]] = {
    "random": random_cells.random_folds,
    "family": groups.family_folds,
    "new-model": groups.new_model_folds,
    "new-task": groups.new_task_folds,
    "time": release_waves.time_folds,
    "mask": random_cells.mask_folds,
    "block": blocks.block_folds,
    "compute": compute_cuts.compute_folds,
}
#: an option -> the kinds that take it
OPTIONS: dict[str, tuple[str, ...]] = {
    "known": ("new-model", "new-task", "time"),
    "mask": ("mask",),
    "share": ("block",),
    "bridge": ("block",),
    "decades": ("compute",),
}
_TAKES_TOGETHER = ("new-model", "new-task")


def make_folds(
    table: ScoreTable,
    kind: str,
    *,
    seed: int = 0,
    n_folds: int | None = None,
    known: int | None = None,
    mask: float | None = None,
    share: float | None = None,
    bridge: int | None = None,
    decades: float | None = None,
    together: bool = True,
) -> Folds:
    """Make the folds of one kind.

    Parameters
    ----------
    table : ScoreTable
        What is to be split.
    kind : {"random", "family", "new-model", "new-task", "time", "mask", "block", "compute"}
    seed : int
        Not negative; another seed gives other folds. With ``time`` the waves stay, and
        the seed draws the known cells; with ``compute`` it plays no part.
    n_folds : int, optional
        Number of folds, at least 1 for ``mask``, ``block``, ``time`` (waves) and ``compute``
        (cuts), else at least 2. Default: random, mask and block 3, family, new-model and
        new-task 5 (or as many groups as there are, if fewer), time 8, compute as many cuts as
        leave six models, at most 5.
    known : int, optional
        Cells of each held-out model (new-model, time) or task (new-task) that stay in
        training: default 0, and 5 for time.
    mask : float, optional
        Share of all cells that is held out by ``mask``, between 0 and 1.
    share : float, optional
        Share of the task families that a block takes, between 0 and 1; default 0.5.
    bridge : int, optional
        Scores of each task in a block that stay in training: the few weak models that somebody
        did measure; default 0.
    decades : float, optional
        Decades of compute beyond the cut that are test, above 0; default 1.
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
    least = 1 if kind in ("time", "mask", "block", "compute") else 2
    if n_folds is not None and n_folds < least:
        raise ConfigError(f"a {kind} split needs n_folds of at least {least}, got {n_folds}")
    asked = {"known": known, "mask": mask, "share": share, "bridge": bridge, "decades": decades}
    options: dict[str, object] = {}
    for name, value in asked.items():
        if value is not None:
            _check(kind, name, value)
            options[name] = value
    if kind == "mask" and mask is None:
        raise ConfigError(
            "a mask split needs mask, the share to hold out, between 0 and 1; got None"
        )
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


def _check(kind: str, name: str, value: float) -> None:
    """Raise ConfigError for an option that the kind does not have, or outside its bounds."""
    if kind not in OPTIONS[name]:
        what = "known cells" if name == "known" else name
        raise ConfigError(
            f"a {kind} split has no {what}; leave out {name}={value}, or use one of "
            f"{', '.join(OPTIONS[name])}"
        )
    if name in ("known", "bridge") and value < 0:
        raise ConfigError(f"{name} must be 0 or more, got {value}")
    if name in ("mask", "share") and not 0.0 < value < 1.0:
        raise ConfigError(f"a {kind} split needs a {name} between 0 and 1, got {value}")
    if name == "decades" and not 0.0 < value < float("inf"):
        raise ConfigError(f"decades must be above 0, got {value}")
