"""Bayesian matrix factorisation with side information."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from cpp.data import TrainingData
from cpp.gibbs import NU, Gibbs, Grouped, normal_equations
from cpp.predictor import Predictor
from cpp.side_info import ModelSide, TaskSide
from cpp.state import State, part

#: length of the chain in inner folds
INNER_SWEEPS = 110


class BayesianFactorisation(Predictor):
    """Factorisation whose priors know the design factors; posterior by Gibbs sampling.

    z_ij = c_j + b_i + u_i.v_j + e_ij on the latent scale, Student-t noise with a precision
    per task, and (b_i, u_i), (c_j, v_j) normal around a linear effect of the factors of
    the model, of the task. A prediction is the posterior mean. The model side of a row is
    worked out from the kept samples of the task side, so a new model with scores, with
    factors only, or with nothing but a name is folded in without a refit.

    Parameters
    ----------
    rank : int
        Latent factors.
    n_sweeps, burn_in, keep_every : int
        Length of the chain, what is thrown away, and the thinning.
    n_components : int
        Components of the kernel over factors and names in the prior of models.
    factors : bool
        Whether the factors themselves stand beside the kernel in that prior.
    random_state : int
        Seed of the chain.

    Attributes
    ----------
    tasks_latent_ : float array (n_samples, n_tasks, rank + 1)
        Bias and factors of the tasks with training cells.
    effect_ : float array (n_samples, p, rank + 1)
    precision_ : float array (n_samples, rank + 1, rank + 1)
        Prior of the models.
    noise_ : float array (n_samples, n_tasks)
        Noise precision.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table import ScoreTable
    >>> scores = [("a", 10.0, 12.0), ("b", 50.0, 48.0), ("c", 90.0, 93.0), ("d", 70.0, None)]
    >>> rows = [(m, t, s) for m, *both in scores for t, s in zip("xy", both) if s is not None]
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    >>> asked = pd.DataFrame({"model": ["d"], "task": ["y"]})
    >>> answer = BayesianFactorisation(rank=1).fit(table).predict(asked)
    >>> bool(60 < answer.score[0] < 80)
    True
    """

    name = "bmf"
    _fitted = ("task_index_", "tasks_latent_", "effect_", "precision_", "noise_", "task_effect_")

    def __init__(
        self,
        *,
        rank: int = 8,
        n_sweeps: int = 240,
        burn_in: int = 60,
        keep_every: int = 5,
        n_components: int = 30,
        factors: bool = True,
        random_state: int = 0,
    ) -> None:
        super().__init__(random_state=random_state)
        self.rank = rank
        self.n_sweeps = n_sweeps
        self.burn_in = burn_in
        self.keep_every = keep_every
        self.n_components = n_components
        self.factors = factors

    def for_inner_fold(self) -> Self:
        """Return a copy with a shorter chain: its residuals are all that is wanted."""
        short = super().for_inner_fold()
        sweeps = min(self.n_sweeps, INNER_SWEEPS)
        short.set_params(n_sweeps=sweeps, burn_in=min(self.burn_in, sweeps // 3))
        return short

    def _fit(self, data: TrainingData) -> None:
        seen = np.flatnonzero(data.k)
        self.task_index_ = np.flatnonzero(data.n)
        self.models_side_ = ModelSide(n_components=self.n_components, factors=self.factors).fit(
            data
        )
        self.tasks_side_ = TaskSide().fit(data)
        chain = Gibbs(
            np.searchsorted(seen, data.row),
            np.searchsorted(self.task_index_, data.col),
            data.z,
            data.weight,
            self.models_side_.columns(data, seen),
            self.tasks_side_.columns(data, self.task_index_),
            rank=self.rank,
            rng=np.random.default_rng(self.random_state),
        )
        kept = list(chain.run(self.n_sweeps, self.burn_in, self.keep_every))
        self.tasks_latent_ = np.stack([s.tasks.latent for s in kept])
        self.task_effect_ = np.stack([s.tasks.effect for s in kept])
        self.effect_ = np.stack([s.models.effect for s in kept])
        self.precision_ = np.stack([s.models.precision for s in kept])
        self.noise_ = np.stack([s.noise for s in kept])

    def _fit_rows(self, data: TrainingData) -> None:
        """Work out the posterior mean of every model's row, sample by sample."""
        x = self.models_side_.columns(data, np.arange(data.shape[0]))
        y = self.tasks_side_.columns(data, np.arange(data.shape[1]))
        place = np.full(data.shape[1], -1)
        place[self.task_index_] = np.arange(len(self.task_index_))
        usable = place[data.col] >= 0
        row, col = data.row[usable], place[data.col[usable]]
        z, weight = data.z[usable], data.weight[usable]
        grouped = Grouped(row, col, (data.shape[0], len(self.task_index_)))
        mean = np.zeros(data.shape)
        for s in range(len(self.tasks_latent_)):
            v = self.tasks_latent_[s]
            prior, precision = x @ self.effect_[s], self.precision_[s]
            target, noise = z - v[col, 0], self.noise_[s][col] * weight
            given = (prior @ precision, precision, v, grouped, target)
            u = _solved(*normal_equations(*given, noise))[row]
            error = target - u[:, 0] - (u[:, 1:] * v[col, 1:]).sum(axis=1)
            # once more, with outlying cells weighed down
            cell = noise * (NU + 1) / (NU + noise * error**2)
            latent = _solved(*normal_equations(*given, cell))
            every = y @ self.task_effect_[s]
            every[self.task_index_] = v
            mean += latent[:, :1] + every[:, 0] + latent[:, 1:] @ every[:, 1:].T
        self.mean_ = mean / len(self.tasks_latent_)

    def _latent(
        self, data: TrainingData, row: NDArray[np.int64], col: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return self.mean_[row, col]

    def _extra_state(self, state: State) -> None:
        state["models_side"] = self.models_side_.get_state()
        state["tasks_side"] = self.tasks_side_.get_state()

    def _from_extra_state(self, state: State) -> None:
        self.models_side_ = ModelSide.from_state(part(state, "models_side", self.name))
        self.tasks_side_ = TaskSide.from_state(part(state, "tasks_side", self.name))


def _solved(total: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the posterior means of all rows, shape (n, d)."""
    return np.asarray(np.linalg.solve(total, right[:, :, None])[:, :, 0], dtype=float)
