"""The biplot: the field in two dimensions, models as points, tasks as directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray
from cpp.structure.latent_grid import MIN_KNOWN, Grid

#: abilities that an axis is named after, at each of its ends
N_NAMED = 2
#: tasks of an ability from which on it may name an axis
MIN_TASKS = 2
#: correlation with the models' level from which on an axis is called that
IS_LEVEL = 0.9


@dataclass(frozen=True)
class Biplot:
    """Models and tasks in the plane of the two main axes.

    Attributes
    ----------
    models : DataFrame
        ``model, x, y``, in units of the models' spread along the axis times its length, so
        that the product with a task's ``x, y`` is what the map holds of the cell; ``known``
        scores; ``organization``; ``fit``, the share of the model's deviation from the average
        model that the map shows (0-1).
    tasks : DataFrame
        ``task, x, y`` (loadings: what the task gains per unit along each axis), ``ability``,
        ``known`` scores, ``fit`` as above.
    axes : DataFrame
        One row per axis: ``axis`` (1, 2), ``share`` of the variance of the predicted grid (0-1),
        ``level_correlation`` with the models' level, ``high`` and ``low``: the abilities at its
        ends, ``name`` in words.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> found = biplot_of(make_predictor("biases").fit(features.load_leaderboard()))
    >>> found.models.columns[:3].tolist(), found.axes["axis"].tolist()
    (['model', 'x', 'y'], [1, 2])
    """

    models: pd.DataFrame
    tasks: pd.DataFrame
    axes: pd.DataFrame


def biplot_of(predictor: Predictor, *, min_known: int = MIN_KNOWN) -> Biplot:
    """Return the biplot of the predicted grid (Gabriel 1971, *Biometrika* 58).

    Principal axes of the models' predicted latent scores, tasks centred. Principal axes have
    no rotation left to choose; the signs are fixed: the first points to where most tasks rise,
    the second to the ability with the largest mean loading, so the same data give the same map,
    whatever the order of the rows.

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    min_known : int
        Models and tasks with fewer known scores are left out.

    Raises
    ------
    DataError
        If fewer than 3 models or tasks are known well enough.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> found = biplot_of(make_predictor("biases").fit(features.load_leaderboard()))
    >>> found.axes["name"][0], round(float(found.axes["share"][0]), 2)
    ('level', 1.0)
    """
    grid = Grid.of(predictor, min_known=min_known)
    z = grid.z - grid.z.mean(axis=0)
    u, s, v = np.linalg.svd(z, full_matrices=False)
    u, s, v = u[:, :2], s[:2], v[:2]
    total = float((z**2).sum())
    ability = grid.ability_of_tasks()
    # models as they lie (u s), tasks as directions (v): their product is the grid
    where, load = u * s, v.T.copy()
    for axis, sign in enumerate((_sign_of_level(load[:, 0]), _sign_of(load[:, 1], ability))):
        where[:, axis] *= sign
        load[:, axis] *= sign
    shown = where @ load.T
    rows = []
    for axis in (0, 1):
        level = _correlation(where[:, axis], grid.level)
        high, low = _ends(load[:, axis], ability)
        rows.append(
            {
                "axis": axis + 1,
                "share": float(s[axis] ** 2 / total) if total > 0 else 0.0,
                "level_correlation": level,
                "high": high,
                "low": low,
                "name": "level" if abs(level) >= IS_LEVEL else _name(high, low, axis),
            }
        )
    models = pd.DataFrame(
        {"model": grid.models, "x": where[:, 0], "y": where[:, 1], "known": grid.k}
    )
    factors = grid.model_factors
    models["organization"] = (
        factors["organization"].fillna("").astype(str).to_numpy()
        if "organization" in factors
        else ""
    )
    models["fit"] = _fit(z, shown, axis=1)
    tasks = pd.DataFrame({"task": grid.tasks, "x": load[:, 0], "y": load[:, 1], "ability": ability})
    tasks["known"] = grid.n
    tasks["fit"] = _fit(z, shown, axis=0)
    return Biplot(models, tasks, pd.DataFrame(rows))


def _sign_of_level(load: FloatArray) -> float:
    return -1.0 if load.sum() < 0 else 1.0


def _sign_of(load: FloatArray, ability: list[str]) -> float:
    """Return the sign that points the ability with the largest mean loading up."""
    means = _means(load, ability)
    if not means:
        return 1.0 if load[np.argmax(np.abs(load))] >= 0 else -1.0
    largest = max(means.items(), key=lambda item: (abs(item[1]), item[0]))[1]
    return 1.0 if largest >= 0 else -1.0


def _means(load: FloatArray, ability: list[str]) -> dict[str, float]:
    names = np.array(ability, dtype=object)
    return {
        name: float(load[names == name].mean())
        for name in sorted(set(ability) - {""})
        if (names == name).sum() >= MIN_TASKS
    }


def _ends(load: FloatArray, ability: list[str]) -> tuple[str, str]:
    """Return the abilities whose tasks lie at the upper, and at the lower end of an axis.

    Their mean is half a spread of the tasks away from that of all, and two standard errors.
    """
    names, spread = np.array(ability, dtype=object), float(load.std())
    found = []
    for name, mean in _means(load, ability).items():
        mine = load[names == name]
        error = float(mine.std(ddof=1) / np.sqrt(len(mine)))
        off = mean - float(load.mean())
        if spread > 1e-9 and abs(off) > max(0.5 * spread, 2.0 * error):
            found.append((off, name))
    high = [name for off, name in sorted(found, reverse=True) if off > 0][:N_NAMED]
    low = [name for off, name in sorted(found) if off < 0][:N_NAMED]
    return ", ".join(high), ", ".join(low)


def _name(high: str, low: str, axis: int) -> str:
    if high and low:
        return f"{high} against {low}"
    return high or (f"away from {low}" if low else f"axis {axis + 1}")


def _correlation(a: FloatArray, b: FloatArray) -> float:
    if a.std() < 1e-12 or b.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _fit(z: FloatArray, shown: FloatArray, *, axis: int) -> FloatArray:
    total = (z**2).sum(axis=axis)
    left = ((z - shown) ** 2).sum(axis=axis)
    return np.where(total > 1e-12, 1.0 - left / np.maximum(total, 1e-12), 1.0)
