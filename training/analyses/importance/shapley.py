"""Shapley importance of factor groups: held-out error with groups removed and refitted.

The value of a set of groups is minus the mean absolute error, in points, of a predictor that
was fitted as if nobody knew the other groups. It is the honest form of what the CPP paper does
(arXiv 2407.01300, section 5): there the inputs of one fitted model are set to zero, which asks it
about inputs it was never fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from cpp.data.arrays import FloatArray
from cpp.importance.groups import FactorGroups
from training.analyses.importance.held_out_cells import Judged

#: a set of groups, by position
Coalition = frozenset[int]
#: so many groups are enumerated
EXACT_UP_TO = 6
#: what is kept of an error, points
DECIMALS = 4


def coalition_errors(
    judged: Sequence[Judged], groups: FactorGroups, kept: Sequence[str], predictor: str
) -> list[list[float]]:
    """Return |error| of every held-out cell, fold by fold, with only the groups `kept`.

    Parameters
    ----------
    judged : list of Judged
    groups : FactorGroups
    kept : list of str
        Names of groups; all others are removed before the fit. What is in no group stays.
    predictor : str
        Of the ladder.
    """
    gone = [name for name in groups.names if name not in kept]
    return [
        j.errors(groups.without(j.data, gone), predictor).round(DECIMALS).tolist() for j in judged
    ]


def exact_plan(n: int) -> list[Coalition]:
    """Return every set of `n` groups: all, none, without each, each alone, then the others."""
    sizes = sorted(range(n + 1), key=lambda k: (min(k, n - k), -k))
    return [frozenset(c) for k in sizes for c in combinations(range(n), k)]


def pair_of_orders(n: int, seed: int, pair: int) -> list[tuple[int, ...]]:
    """Return a random order of `n` groups and its reverse, which together vary less."""
    order = tuple(np.random.default_rng([seed, pair]).permutation(n).tolist())
    return [order, order[::-1]]


def along(orders: Sequence[tuple[int, ...]]) -> list[Coalition]:
    """Return the sets that one passes when groups are added in these orders."""
    n = len(orders[0])
    found = [frozenset(order[:k]) for order in orders for k in (n, 0, *range(1, n))]
    return list(dict.fromkeys(found))


def exact_shapley(errors: Mapping[Coalition, FloatArray], n: int) -> FloatArray:
    """Return each group's Shapley value for every cell, from the errors of all sets.

    Parameters
    ----------
    errors : mapping of set to float array (n_cells,)
        |error| in points; every subset of the `n` groups.
    n : int

    Returns
    -------
    float array (n_cells, n)
        Points of error taken away (Shapley 1953). They add up, cell by cell, to the error
        without any of the groups less that with all of them.

    Examples
    --------
    >>> one, two = frozenset({0}), frozenset({1})
    >>> errors = {frozenset(): 9.0, one: 5.0, two: 8.0, one | two: 5.0}
    >>> exact_shapley({s: np.array([e]) for s, e in errors.items()}, 2).tolist()
    [[3.5, 0.5]]
    """
    out = np.zeros((len(errors[frozenset()]), n))
    for kept, error in errors.items():
        for g in range(n):
            if g in kept:
                continue
            weight = factorial(len(kept)) * factorial(n - len(kept) - 1) / factorial(n)
            out[:, g] += weight * (error - errors[kept | {g}])
    return out


def shapley_along(
    errors: Mapping[Coalition, FloatArray], orders: Sequence[tuple[int, ...]]
) -> FloatArray:
    """Return what each group takes away when groups are added in these orders, on average.

    An unbiased estimate of :func:`exact_shapley` if the orders are random (Castro, Gomez and
    Tejada 2009, *Computers & Operations Research* 36); it adds up to the same sum.

    Returns
    -------
    float array (n_cells, n)
    """
    out = np.zeros((len(errors[frozenset()]), len(orders[0])))
    for order in orders:
        for k, g in enumerate(order):
            out[:, g] += errors[frozenset(order[:k])] - errors[frozenset(order[: k + 1])]
    return out / len(orders)


def replicates(
    errors: Mapping[tuple[int, Coalition], FloatArray],
    n: int,
    *,
    seeds: Sequence[int],
    pairs: int,
    order_seed: int,
) -> Iterator[tuple[int, FloatArray]]:
    """Yield (seed, Shapley values of every cell) for what has been worked out.

    One for each seed of which every set is there; if there is none, one for each pair of
    orders whose sets are there.
    """
    of_seed = {s: {c: e for (t, c), e in errors.items() if t == s} for s in seeds}
    whole = [s for s in seeds if len(of_seed[s]) == 2**n]
    if whole:
        for s in whole:
            yield s, exact_shapley(of_seed[s], n)
        return
    for pair in range(pairs):
        s = seeds[pair % len(seeds)]
        orders = pair_of_orders(n, order_seed, pair)
        if all(c in of_seed[s] for c in along(orders)):
            yield s, shapley_along(of_seed[s], orders)
