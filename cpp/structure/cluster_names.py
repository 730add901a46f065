"""What the members of a group share that others do not: how clusters get their names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from cpp.data.arrays import BoolArray, FloatArray
from cpp.structure.latent_grid import words

#: a value names a group if so many of its members have it, of those where it is known
SHARE = 0.6
#: and if it is so much more frequent there than among all
LIFT = 1.3
#: and if a random group of that size would have as many with at most this probability
P = 0.01
#: a value that fewer share makes a group rich in it: share, times as frequent as among all, p
RICH_SHARE, RICH_LIFT, RICH_P = 0.25, 2.0, 0.05
#: groups of sizes in parameters: upper bounds and names
SIZES = ((3e9, "under 3B"), (15e9, "3-15B"), (80e9, "15-80B"), (np.inf, "over 80B"))
#: values that a name is made of
IN_A_NAME = 2


def values_of_models(factors: pd.DataFrame) -> dict[str, list[str]]:
    """Return what may name a cluster of models: factor -> value of each, "" where unknown."""
    out = {c: words(factors, c) for c in ("organization", "family", "finetuning", "country")}
    out["period"] = _periods(factors, 1)
    out["reasoning"] = _flag(factors, "reasoning", "reasoning", "no reasoning")
    out["weights"] = _flag(factors, "open_weights", "open weights", "closed weights")
    size = _numbers(factors, "log10_params")
    out["size"] = [
        "" if np.isnan(v) else next(name for bound, name in SIZES if 10**v < bound) for v in size
    ]
    return out


def values_of_tasks(factors: pd.DataFrame) -> dict[str, list[str]]:
    """Return what may name a cluster of tasks: factor -> value of each, "" where unknown."""
    out = {c: words(factors, c) for c in ("ability", "family", "format", "language")}
    out["period"] = _periods(factors, 2)
    return out


def shared_by(values: dict[str, list[str]], inside: BoolArray) -> pd.DataFrame:
    """Return the values that the members share and others do not, the most telling first.

    Parameters
    ----------
    values : dict of str to list of str
        Factor -> value of each model (task), "" where it is unknown.
    inside : bool array (n,)
        The members.

    Returns
    -------
    DataFrame
        ``factor, value``; ``shared``, whether most have it (else the group is rich in it);
        ``share``, of the members whose factor is known (0-1);
        ``share_all``, of everybody; ``p``, the probability that a random group of that size
        would have as many (hypergeometric).

    Examples
    --------
    >>> values = {"organization": ["Meta"] * 6 + ["OpenAI"] * 14}
    >>> inside = np.arange(20) < 6
    >>> shared_by(values, inside)["value"].tolist()
    ['Meta']
    """
    rows = []
    for factor, column in values.items():
        known = np.array([v != "" for v in column], dtype=bool)
        names = np.array(column, dtype=object)
        size, all_known = int((known & inside).sum()), int(known.sum())
        # known for few of the members: it would speak for the others, too
        if size < max(3, 0.5 * inside.sum()):
            continue
        for value in sorted(set(names[known & inside])):
            mine = names == value
            n_in, n_all = int((mine & inside).sum()), int(mine.sum())
            share, share_all = n_in / size, n_all / all_known
            p = float(hypergeom.sf(n_in - 1, all_known, n_all, size))
            most = share >= SHARE and share >= LIFT * share_all and p <= P
            rich = share >= RICH_SHARE and share >= RICH_LIFT * share_all and p <= RICH_P
            if most or (rich and n_in > 1):
                rows.append((factor, value, most, share, share_all, p))
    columns = ["factor", "value", "shared", "share", "share_all", "p"]
    found = pd.DataFrame(rows, columns=columns)
    order = ["shared", "p", "factor", "value"]
    down = [False, True, True, True]
    return found.sort_values(order, ascending=down, kind="stable").reset_index(drop=True)


def name_of(shared: pd.DataFrame, typical: str) -> str:
    """Return a short name: the most telling shared values, or the most typical member."""
    if not len(shared):
        return f"mixed, around {typical}"
    most = shared[shared["shared"].astype(bool)]
    if len(most):
        return ", ".join(list(dict.fromkeys(most["value"]))[:IN_A_NAME])
    return f"rich in {', '.join(list(dict.fromkeys(shared['value']))[:IN_A_NAME])}"


def _periods(factors: pd.DataFrame, length: int) -> list[str]:
    """Return the period of release of each: a year, or the years from and to."""
    first = length * np.floor(_numbers(factors, "release_year") / length)
    if length == 1:
        return ["" if np.isnan(y) else f"{y:.0f}" for y in first]
    return ["" if np.isnan(y) else f"{y:.0f}-{y + length - 1:.0f}" for y in first]


def _flag(factors: pd.DataFrame, column: str, yes: str, no: str) -> list[str]:
    return ["" if np.isnan(v) else (yes if v > 0.5 else no) for v in _numbers(factors, column)]


def _numbers(factors: pd.DataFrame, column: str) -> FloatArray:
    if column not in factors:
        return np.full(len(factors), np.nan)
    return np.asarray(factors[column].to_numpy(dtype=float, na_value=np.nan))
