"""Tail-safe ALS: the loss of the worst-served models is minimised instead of the mean."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from cpp.data.arrays import FloatArray
from cpp.data.training_data import TrainingData
from cpp.factorisation.bias_als import BiasALS
from features.errors import ConfigError

#: halvings of a step that would raise the objective
MAX_HALVINGS = 12
#: bandwidths beyond the extreme losses between which the quantile lies for any usable tail
REACH = 40.0


class SaferALS(BiasALS):
    """Logit bias-ALS that minimises the conditional value at risk over models.

    Safe collaborative filtering, "SAFER2" (Togashi et al., ICLR 2024, arXiv 2306.05292), on
    the explicit ALS of :class:`cpp.factorisation.bias_als.BiasALS`. A model's loss l_i is its
    penalised squared error, (sum_j (z_ij - c_j - b_i - u_i.v_j)^2 + ridges on b_i, u_i) / k_i, and
    it counts with its k_i cells. What is minimised over the tasks' side and xi is::

        sum_i k_i (xi + h F((l_i - xi) / h) / tail) + ridges on c, v

    with F(t) = t Phi(t) + phi(t), the positive part smoothed by convolution with a normal
    density of bandwidth h: the mean loss of the models that hold the worst `tail` of the
    cells. A sweep
    solves (1) each model's side, on which its weight has no bearing, (2) the smoothed
    quantile xi of the losses, (3) the weights Phi((l_i - xi) / h) / tail, which are 1 on
    average, and (4) the weighted least squares of the tasks' side, halving the step where
    the objective would rise.

    Parameters
    ----------
    rank, ridge, bias_ridge, n_iterations, random_state
        As of :class:`cpp.factorisation.bias_als.BiasALS`.
    tail : float
        Share of the models, by their cells, whose loss counts, in (0, 1]. 1 is the plain
        ALS, to the last bit.
    bandwidth : float
        Bandwidth h of the smoothing, in the unit of the loss (squared latent standard
        deviations), above 0.

    Attributes
    ----------
    task_side_, model_side_ : float array
        As of `BiasALS`.
    weights_ : float array (n_models,)
        How much the cells of each model count in the fit; 0 for a model without cells.
    quantile_ : float
        The loss xi from which on a model is in the tail; -inf if all are.
    objective_ : float
        What was minimised, per training cell.

    Raises
    ------
    ConfigError
        From the fit, for a tail or a bandwidth outside its bounds.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> SaferALS(tail=0.5).fit(table).predict(asked).score.round(1).tolist()
    [48.1]
    """

    name = "safer-als"
    _fitted: ClassVar[tuple[str, ...]] = (*BiasALS._fitted, "weights_", "quantile_", "objective_")

    def __init__(
        self,
        *,
        rank: int = 2,
        ridge: float = 1.5,
        bias_ridge: float = 0.1,
        tail: float = 0.3,
        bandwidth: float = 0.3,
        n_iterations: int = 30,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            rank=rank,
            ridge=ridge,
            bias_ridge=bias_ridge,
            n_iterations=n_iterations,
            random_state=random_state,
        )
        self.tail = tail
        self.bandwidth = bandwidth

    def _fit(self, data: TrainingData) -> None:
        if not 0.0 < self.tail <= 1.0:
            raise ConfigError(f"tail must lie above 0 and be at most 1, got {self.tail!r}")
        if not self.bandwidth > 0.0:
            raise ConfigError(f"bandwidth must be above 0, got {self.bandwidth!r}")
        z, seen, start = self._start(data)
        self.objective_ = self._place(z, seen, start)
        for _ in range(self.n_iterations):
            weighted = seen * self.weights_[:, None]
            solved = self._solve(z.T, weighted.T, self.model_side_)
            reached = self._place(z, seen, solved)
            # every whole step helps the plain ALS; its weights do not change with the step
            if self.tail < 1.0 and reached > self.objective_:
                reached = self._shorter(z, seen, start, solved)
            start, self.objective_ = self.task_side_, reached

    def _shorter(
        self, z: FloatArray, seen: FloatArray, start: FloatArray, solved: FloatArray
    ) -> float:
        """Halve the step from `start` until the objective falls; stay there if it never does.

        The step is a descent direction: at `start` the weighted least squares has the
        gradient of the objective.
        """
        for halvings in range(1, MAX_HALVINGS + 1):
            reached = self._place(z, seen, start + (solved - start) / 2**halvings)
            if reached <= self.objective_:
                return reached
        return self._place(z, seen, start)

    def _place(self, z: FloatArray, seen: FloatArray, task_side: FloatArray) -> float:
        """Put the tasks' side there, solve everything else; return the objective per cell."""
        self.task_side_ = task_side
        self.model_side_ = self._solve(z, seen, task_side)
        penalty = np.r_[self.bias_ridge, np.full(self.rank, self.ridge)]
        fitted = (
            self.model_side_[:, :1]
            + task_side[:, 0]
            + self.model_side_[:, 1:] @ (task_side[:, 1:].T)
        )
        total = (seen * (z - fitted) ** 2).sum(axis=1) + self.model_side_**2 @ penalty
        k = seen.sum(axis=1)
        loss, share = total[k > 0] / k[k > 0], k[k > 0] / k.sum()
        self.weights_ = np.zeros(len(k))
        risk, self.quantile_, self.weights_[k > 0] = smoothed_tail(
            loss, share, self.tail, self.bandwidth
        )
        return risk + float((task_side**2 @ penalty).sum() / k.sum())


def smoothed_tail(
    loss: FloatArray, share: FloatArray, tail: float, bandwidth: float
) -> tuple[float, float, FloatArray]:
    """Return the smoothed conditional value at risk of a loss, its quantile, and weights.

    The minimum over xi of xi + sum_i share_i h F((loss_i - xi) / h) / tail with
    F(t) = t Phi(t) + phi(t) (Rockafellar and Uryasev 2000, smoothed by convolution with a
    normal density as in arXiv 2306.05292, section 4).

    Parameters
    ----------
    loss : float array (n,)
    share : float array (n,)
        How much each loss counts; they add up to 1.
    tail : float
        Share of the largest losses that counts, in (0, 1].
    bandwidth : float
        h, in the unit of the loss.

    Returns
    -------
    risk : float
        At most `bandwidth` times 0.4 / `tail` above the mean of the largest losses.
    quantile : float
        The minimising xi; -inf if `tail` is 1.
    weights : float array (n,)
        Derivative of the risk by each loss, over its share; their mean by share is 1.

    Examples
    --------
    >>> loss, share = np.array([1.0, 2.0, 3.0, 10.0]), np.full(4, 0.25)
    >>> risk, _, weights = smoothed_tail(loss, share, 0.5, 0.001)
    >>> round(risk, 2), weights.round(2).tolist()
    (6.5, [0.0, 0.0, 2.0, 2.0])
    """
    if tail == 1.0:
        return float(share @ loss), -np.inf, np.ones(len(loss))

    def surplus(xi: float) -> float:
        return float(share @ ndtr((loss - xi) / bandwidth)) - tail

    quantile = float(
        brentq(surplus, loss.min() - REACH * bandwidth, loss.max() + REACH * bandwidth)
    )
    t = (loss - quantile) / bandwidth
    part = ndtr(t)
    above = bandwidth * (t * part + np.exp(-0.5 * t**2) / np.sqrt(2.0 * np.pi))
    return quantile + float(share @ above) / tail, quantile, part / tail
