"""How the interval of a cell comes about: regime, residuals, scale and what moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.calibration.conformal import quantile
from cpp.calibration.estimate import Estimate
from cpp.calibration.intervals import STRETCH, Intervals, own_widths, width_features
from cpp.calibration.regimes import NAMES
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData

#: cells that say what is typical, spread over all that are not observed
N_TYPICAL = 200
#: what the width goes by -> the columns of :func:`cpp.calibration.intervals.width_features` that
#: say so
GROUPS: dict[str, tuple[int, ...]] = {
    "place on the scale": (1, 2),
    "known scores of the model": (3, 4),
    "known scores of the task": (5, 6),
    "distance from the task's middle": (7,),
    "members apart": (8,),
    "distance beyond what was measured": (9, 10, 11, 12),
}
_WORDS = {
    "place on the scale": "near a bound errors are smaller, in the middle larger",
    "known scores of the model": "the more are known, the smaller the errors were",
    "known scores of the task": "the more models have one, the smaller the errors were",
    "distance from the task's middle": "how far the prediction is from what is usual there",
    "members apart": "how far apart the members of the mix are on this cell",
    "distance beyond what was measured": "how far outside the models of the task it is",
    "this task": "how large errors on this task were, the rest being equal",
    "this model": "how large errors of this model were, the rest being equal",
}
_typical: WeakKeyDictionary[Predictor, FloatArray] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class IntervalExplanation:
    """How an interval comes about.

    ``half_width = quantile x scale``, ``scale = typical_scale`` x the factors of `factors`, and
    ``prediction ± half_width``, moved onto the bounds of the task, is the interval. Scales and
    widths are in points, on a task without both bounds in its own unit.

    Attributes
    ----------
    level : float
    regime : str
        Kind of cell whose held-out residuals the interval is calibrated on.
    n_residuals : int
        Number of these, those borrowed from neighbouring regimes included.
    quantile : float
        Of residual / scale among them, at the level.
    scale, typical_scale : float
        How large a residual is expected to be here, and for a typical cell.
    factors : DataFrame
        ``name``, ``times`` (above 1 is wider than for a typical cell) and ``meaning``.
    half_width : float
        As the scale.
    prediction, lower, upper : float
        In the task's own unit.
    lower_clipped, upper_clipped : bool
        Whether an end was moved onto a bound.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> from cpp.explain import explain
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> found = explain(predictor, "Llama 2 7B", "GPQA Diamond").interval
    >>> bool(abs(found.quantile * found.scale - found.half_width) < 1e-9)
    True
    >>> found.factors["name"][0]
    'place on the scale'
    """

    level: float
    regime: str
    n_residuals: int
    quantile: float
    scale: float
    typical_scale: float
    factors: pd.DataFrame
    half_width: float
    prediction: float
    lower: float
    upper: float
    lower_clipped: bool
    upper_clipped: bool

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        fields = {k: v for k, v in self.__dict__.items() if k != "factors"}
        return {**fields, "factors": self.factors.to_dict(orient="records")}

    def in_words(self, unit: str) -> list[str]:
        """Return the explanation as sentences; `unit` is what widths are in."""
        of = f" {unit}" if unit == "points" else f" (in {unit})"
        level = f"{100 * self.level:g} %"
        if not self.n_residuals:
            first = "There is not one held-out residual to go by: the interval is a guess."
        else:
            first = (
                f"Calibrated on {self.n_residuals} held-out residuals of the regime "
                f"{self.regime!r}: {level} of them are below {self.quantile:.3g} times their scale."
            )
        said = [first]
        if len(self.factors):
            wider = [_times(f) for f in self.factors.itertuples() if f.times >= 1.05]
            narrower = [_times(f) for f in self.factors.itertuples() if f.times <= 0.95]
            text = f"A typical cell has a scale of {self.typical_scale:.3g}{of}, this one "
            text += f"{self.scale:.3g}"
            for word, found in (("wider by", wider), ("narrower by", narrower)):
                text += f"; {word} {', '.join(found)}" if found else ""
            said.append(text + ".")
        middle = f"{self.prediction:.4g} ± {self.half_width:.3g}{of}"
        text = f"The interval is {middle}: {self.lower:.4g} to {self.upper:.4g} in the task's unit"
        if self.lower_clipped or self.upper_clipped:
            ends = {"lower": self.lower_clipped, "upper": self.upper_clipped}
            which = [end for end, clipped in ends.items() if clipped]
            text += f", the {' and the '.join(which)} end cut off at the bound of the scale"
        return [*said, text + "."]


def _times(factor: Any) -> str:
    return f"{factor.name} (x{factor.times:.2f})"


def interval_of(
    predictor: Predictor, row: int, col: int, level: float, *, typical: Predictor
) -> IntervalExplanation:
    """Return how the interval of a cell comes about.

    Parameters
    ----------
    predictor : Predictor
        Calibrated; what is observed in the cell is not looked at.
    row, col : int
    level : float
    typical : Predictor
        Whose cells say what is typical: the predictor as it was asked, before any name joined
        it or any score was left out.
    """
    data, intervals = predictor.data_, predictor.intervals_
    r, c = np.array([row]), np.array([col])
    estimate = predictor._estimate(data, r, c)
    point = float(estimate.point[0])
    regimes, scales = intervals.scale(data, r, c, estimate)
    regime, scale = int(regimes[0]), float(scales[0])
    half = float(intervals.half_width(data, r, c, estimate, level)[0])
    lower, upper = (float(e[0]) for e in intervals.around(data, r, c, estimate, level))
    unit = float(data.latent.points_per_unit(np.array([col]))[0])
    # what is not in points is told in the task's own unit
    shown = 1.0 if data.scales[col].in_points else 1.0 / unit
    factors, log_typical = _factors(intervals, data, r, c, estimate, typical)
    return IntervalExplanation(
        level=level,
        regime=NAMES[regime],
        n_residuals=len(intervals.ratios(regime)) if intervals.quantiles_ else 0,
        quantile=quantile(intervals.ratios(regime), level),
        scale=scale * shown,
        typical_scale=float(np.exp(log_typical)) * shown,
        factors=factors,
        half_width=half * shown,
        prediction=point,
        lower=min(lower, point),
        upper=max(upper, point),
        lower_clipped=bool(point - half / unit < lower),
        upper_clipped=bool(point + half / unit > upper),
    )


def _factors(
    intervals: Intervals,
    data: TrainingData,
    row: IntArray,
    col: IntArray,
    estimate: Estimate,
    typical: Predictor,
) -> tuple[pd.DataFrame, float]:
    """Return what multiplies the scale of a typical cell, and the log of that."""
    if not intervals.quantiles_:
        return pd.DataFrame({"name": [], "times": [], "meaning": []}), 0.0
    mine = width_features(data, row, col, estimate)[0]
    usual = _usual(typical)
    coef = intervals.coef_
    log = {
        name: float((mine - usual)[list(columns)] @ coef[list(columns)])
        for name, columns in GROUPS.items()
        if max(columns) < len(coef)  # a model of 0.1.0 does not go by distances
    }
    log["this task"] = float(own_widths(intervals.task_, col)[0])
    log["this model"] = float(own_widths(intervals.model_, row)[0])
    if abs(mine[8] - usual[8]) < 1e-12:  # one method alone has no members
        del log["members apart"]
    frame = pd.DataFrame(
        {
            "name": list(log),
            "times": np.exp(STRETCH * np.array(list(log.values()))),
            "meaning": [_WORDS[name] for name in log],
        }
    )
    return frame, STRETCH * float(usual[: len(coef)] @ coef)


def _usual(predictor: Predictor) -> FloatArray:
    """Return the mean of what a width goes by over cells of the fit that are not observed."""
    if predictor not in _typical:
        data = predictor.data_
        rows, cols = np.flatnonzero(data.model_fitted), np.flatnonzero(data.task_fitted)
        key = (rows[:, None] * data.shape[1] + cols).ravel()
        free = key[~np.isin(key, data.row * data.shape[1] + data.col)]
        key = free if len(free) else key
        some = key[np.unique(np.linspace(0, len(key) - 1, N_TYPICAL).astype(np.int64))]
        row, col = some // data.shape[1], some % data.shape[1]
        estimate = predictor._estimate(data, row, col)
        _typical[predictor] = width_features(data, row, col, estimate).mean(axis=0)
    return _typical[predictor]
