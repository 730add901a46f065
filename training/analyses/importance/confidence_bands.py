"""Bands around effect curves: how far the curve moves when models are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cpp.data.arrays import FloatArray
from cpp.importance.partial_dependence import COLUMNS
from training.analyses.importance.units import Unit

LEVEL = 0.95


def partial_dependence_bands(found: Mapping[Unit, Any]) -> pd.DataFrame:
    """Return the effect curves of the fits on all models, with 95 % bands.

    The variance is that of the delete-a-group jackknife over the folds of new models
    ((g - 1) / g times the sum of squares around their mean; Kott 2001, *Journal of Official
    Statistics* 17), averaged over seeds, plus that over the seeds of the fits on all models.

    Parameters
    ----------
    found : mapping of Unit to list of dict
        Curves (:func:`training.analyses.importance.units.curves_of`); other units are ignored.

    Returns
    -------
    DataFrame
        Columns of :func:`cpp.importance.partial_dependence.partial_dependence_of` and ``low``,
        ``high``; NaN with fewer than two folds. Empty if there is no curve.

    Examples
    --------
    >>> partial_dependence_bands({}).empty
    True
    """
    curves = {u: pd.DataFrame(v) for u, v in found.items() if u.kind == "effects" and v}
    whole = [c for u, c in curves.items() if not u.side]
    if not whole:
        return pd.DataFrame(columns=[*COLUMNS, "low", "high"])
    out = whole[0].copy()
    of_whole = np.array([c["points"].to_numpy() for c in whole])
    out["points"] = of_whole.mean(axis=0)
    variances, n_folds = [], 2
    for seed in {u.seed for u in curves}:
        parts = [_points_at(c, out) for u, c in curves.items() if u.side and u.seed == seed]
        if len(parts) >= 2:
            g = n_folds = len(parts)
            around = np.array(parts) - np.mean(parts, axis=0)
            variances.append((g - 1) / g * (around**2).sum(axis=0))
    half = np.full(len(out), np.nan)
    if variances:
        variance = np.mean(variances, axis=0)
        if len(whole) > 1:
            variance = variance + of_whole.var(axis=0, ddof=1) / len(whole)
        half = student.ppf(0.5 + LEVEL / 2, n_folds - 1) * np.sqrt(variance)
    out["low"] = (out["points"] - half).clip(lower=0.0)
    out["high"] = (out["points"] + half).clip(upper=100.0)
    return out


def _points_at(curve: pd.DataFrame, like: pd.DataFrame) -> FloatArray:
    """Return the points of a curve in the order of another one."""
    keys = ["column", "ability", "value"]
    found = curve.set_index(keys)["points"].reindex(pd.MultiIndex.from_frame(like[keys]))
    return found.to_numpy(dtype=float)
