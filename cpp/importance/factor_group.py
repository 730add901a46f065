"""One group of factors that are judged together."""

from __future__ import annotations

from dataclasses import dataclass


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
