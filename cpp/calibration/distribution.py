"""The predictive distribution of cells: one law behind intervals, probabilities and draws.

The marginal of a cell is the calibrated interval at every level (a conformal predictive
distribution, symmetric around the prediction; Vovk et al. 2017), moved onto the task's
scale: what lies past a bound is at the bound. The joint law is a Gaussian copula over it
(:mod:`cpp.calibration.copula`). An observed cell is its score.
"""

from __future__ import annotations

import math
import numbers
from abc import abstractmethod
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from sklearn.utils.validation import check_is_fitted

from cpp.calibration.conformal import with_tail
from cpp.calibration.estimate import Estimate
from cpp.calibration.intervals import Intervals
from cpp.calibration.marginals import Marginals, observed_scores
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.training_data import TrainingData
from features.errors import DataError

#: points of the integral over the first of two models
N_GRID = 4001


class Distribution:
    """Draws and probabilities of scores; every predictor has them.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> predictor = make_predictor("biases").fit(load_leaderboard())
    >>> cells = pd.DataFrame({"model": "Llama 2 7B", "task": ["GPQA Diamond", "MMLU-Pro (5-shot)"]})
    >>> predictor.predict_samples(cells, n=1000).shape
    (1000, 2)
    >>> low, high = (predictor.probability_above(cells, threshold=t) for t in (5, 60))
    >>> (low > high).tolist()
    [True, True]
    """

    data_: TrainingData
    intervals_: Intervals

    @abstractmethod
    def _estimate(self, data: TrainingData, row: IntArray, col: IntArray) -> Estimate:
        """Predict cells, with what the width of their interval depends on."""

    @abstractmethod
    def _knowing(
        self, model: NDArray, task: NDArray, models: pd.DataFrame | None, tasks: pd.DataFrame | None
    ) -> Self:
        """Return a predictor that knows every id that is asked for."""

    def predict_samples(
        self,
        cells: pd.DataFrame,
        n: int,
        *,
        random_state: int | np.random.Generator = 0,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
    ) -> FloatArray:
        """Return joint draws of the scores that new measurements would report.

        Parameters
        ----------
        cells : DataFrame
            Columns ``model`` and ``task``; one row per wanted cell.
        n : int
            Number of draws.
        random_state : int or Generator
            With the same int, a cell has the same draws whatever else is asked, so answers
            to different questions can be put together; the first of many draws are those of
            few.
        models, tasks : DataFrame, optional
            Factors of models and tasks that were not in the fitted table, as in
            :meth:`Predictor.predict`.

        Returns
        -------
        float array (n, n_cells)
            In each task's own unit and on its scale, columns in the order asked. The share
            of draws in the interval of any level is that level (but for chance and for what
            a bound cuts off); an observed cell is its score in every draw.

        Raises
        ------
        DataError
            As :meth:`Predictor.predict`, or if `n` is no positive whole number.

        Examples
        --------
        >>> import features
        >>> from cpp import make_predictor
        >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
        >>> cells = pd.DataFrame({"model": ["Llama 2 7B", "Llama 2 13B"], "task": "GPQA Diamond"})
        >>> predictor.predict_samples(cells, 3).shape
        (3, 2)
        """
        if not isinstance(n, numbers.Integral) or n < 1:
            raise DataError(f"n must be a positive whole number of draws, got {n!r}")
        if isinstance(random_state, np.random.Generator):
            random_state = int(random_state.integers(2**63))
        me, row, col, back = self._asked(cells, models, tasks)
        observed = observed_scores(me.data_, row, col)
        out = np.tile(observed, (int(n), 1))
        r, c = (v[np.isnan(observed)] for v in (row, col))
        normal = me.intervals_.copula_.draw(me.data_, r, c, int(n), int(random_state))
        out[:, np.isnan(observed)] = me._marginals(r, c).score_at(normal)
        return out[:, back]

    def probability_above(
        self,
        cells: pd.DataFrame,
        threshold: ArrayLike,
        *,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
    ) -> FloatArray:
        """Return the probability that the score of each cell is above a threshold.

        Parameters
        ----------
        cells : DataFrame
            Columns ``model`` and ``task``; one row per wanted cell.
        threshold : float, or array (n_cells,)
            In the own unit of each cell's task.
        models, tasks : DataFrame, optional
            As in :meth:`Predictor.predict`.

        Returns
        -------
        float array (n_cells,)
            0-1, exact and not from draws; 0 or 1 for an observed cell. Above means a higher
            number, also on a task where lower is better.

        Raises
        ------
        DataError
            As :meth:`Predictor.predict`, or if a threshold is not finite or their number is
            not that of the cells.

        Examples
        --------
        >>> import features
        >>> from cpp import make_predictor
        >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
        >>> cells = pd.DataFrame({"model": ["Llama 2 7B"], "task": ["GPQA Diamond"]})
        >>> low, high = (predictor.probability_above(cells, t)[0] for t in (10, 60))
        >>> bool(low > 0.5 > high)
        True
        """
        wanted = np.asarray(threshold, dtype=float)
        if not np.isfinite(wanted).all():
            raise DataError(f"threshold must be finite, in the task's own unit; got {threshold!r}")
        if wanted.ndim > 1 or wanted.size not in (1, len(cells)):
            raise DataError(
                f"threshold: {wanted.size} values for {len(cells)} cells; give one number, or one "
                "per cell"
            )
        me, row, col, back = self._asked(cells, models, tasks)
        score = np.broadcast_to(wanted, len(back))
        return 1.0 - me._marginals(row[back], col[back]).below(score[None, :])[1][0]

    def probability_better(
        self,
        a: str,
        b: str,
        task: str,
        *,
        models: pd.DataFrame | None = None,
        tasks: pd.DataFrame | None = None,
    ) -> float:
        """Return the probability that model `a` does better than model `b` on a task.

        What their errors have in common (:mod:`cpp.calibration.copula`) is taken into account, and
        so is the task's direction. A tie counts as half, so the probabilities of both
        orders add up to 1; two observed scores give 0, 0.5 or 1.

        Parameters
        ----------
        a, b, task : str
        models, tasks : DataFrame, optional
            As in :meth:`Predictor.predict`.

        Raises
        ------
        DataError
            As :meth:`Predictor.predict`.

        Examples
        --------
        >>> import features
        >>> from cpp import make_predictor
        >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
        >>> bool(predictor.probability_better("Llama 2 70B", "Llama 2 7B", "GPQA Diamond") > 0.5)
        True
        """
        first, second = sorted((str(a), str(b)))
        cells = pd.DataFrame({"model": [first, second], "task": str(task)})
        me, row, col, back = self._asked(cells, models, tasks)
        if first == second:
            return 0.5
        row, col = row[back], col[back]
        both = me._marginals(row, col)
        known = np.flatnonzero(~np.isnan(both.observed))
        if len(known):
            one = int(known[0])
            less, at_most = both.below(np.full((1, 2), both.observed[one]))
            wins = float(0.5 * (less + at_most)[0, 1 - one])
            turned = (both.better[0] < 0) != (one == 1)
            wins = 1.0 - wins if turned else wins
        else:
            shared = me.intervals_.copula_.correlation(me.data_, row, col)[0, 1]
            wins = _wins(both, float(shared))
        return wins if first == str(a) else 1.0 - wins

    # -- shared with `predict` -----------------------------------------------------------

    def _asked(
        self, cells: pd.DataFrame, models: pd.DataFrame | None, tasks: pd.DataFrame | None
    ) -> tuple[Self, IntArray, IntArray, IntArray]:
        """Check what is asked and look it up.

        Returns
        -------
        (predictor, int array (n,), int array (n,), int array (n_cells,))
            A predictor that knows every id; row and column of each distinct cell, in a fixed
            order; the place of each asked cell among them.
        """
        check_is_fitted(self, "data_")
        missing = [c for c in ("model", "task") if c not in cells.columns]
        if missing:
            raise DataError(f"cells need the columns model and task; missing: {missing[0]}")
        if cells["model"].isna().to_numpy().any() or cells["task"].isna().to_numpy().any():
            raise DataError("cells: an empty model or task id; every row names both")
        model = np.array([str(m) for m in cells["model"].tolist()], dtype=object)
        task = np.array([str(t) for t in cells["task"].tolist()], dtype=object)
        me = self._knowing(model, task, models, tasks)
        data = me.data_
        row = np.array([data.model_index[m] for m in model], dtype=np.int64)
        col = np.array([data.task_index[t] for t in task], dtype=np.int64)
        # each distinct cell once, in a fixed order
        key, back = np.unique(row * data.shape[1] + col, return_inverse=True)
        return me, key // data.shape[1], key % data.shape[1], back

    def _marginals(self, row: IntArray, col: IntArray) -> Marginals:
        data = self.data_
        estimate = self._estimate(data, row, col) if len(row) else Estimate.none()
        regime, scale = self.intervals_.scale(data, row, col, estimate)
        unit = data.latent.points_per_unit(col)
        return Marginals(
            point=estimate.point,
            scale=scale / unit,
            regime=regime,
            ratios={g: with_tail(self.intervals_.ratios(g)) for g in set(regime.tolist())},
            low=data.latent.low[col],
            high=data.latent.high[col],
            better=data.latent.sign[col],
            observed=observed_scores(data, row, col),
        )


def _wins(both: Marginals, shared: float) -> float:
    """Return P(first of two cells does better), ties counting half, at a copula correlation.

    The first is put at each of its quantiles; the second, given that, is normal again.
    """
    normal = ndtri((np.arange(N_GRID) + 0.5) / N_GRID)[:, None]
    score = both.score_at(np.repeat(normal, 2, axis=1))[:, :1]
    less, at_most = (p[:, 1:] for p in both.below(np.repeat(score, 2, axis=1)))
    if both.better[0] < 0:
        less, at_most = 1.0 - at_most, 1.0 - less
    rest = math.sqrt(1.0 - shared**2)
    given = [ndtr((ndtri(p) - shared * normal) / rest) for p in (less, at_most)]
    return float(np.mean(given))
