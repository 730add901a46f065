"""Bayesian matrix factorisation with side information."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import FloatArray, IntArray, block
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.factorisation.gibbs_sampler import Gibbs
from cpp.factorisation.row_posterior import conditional_means
from cpp.factorisation.side_information import ModelSide, TaskSide

#: length of the chain in inner folds
INNER_SWEEPS = 110
#: variance added to the bias of a folded-in task: its place on the latent scale allows for
#: which models it was measured on, as that of the tasks its prior comes from does not
LOOSE_BIAS = 0.5


class BayesianFactorisation(Predictor):
    """Factorisation whose priors know the design factors; posterior by Gibbs sampling.

    z_ij = c_j + b_i + u_i.v_j + e_ij on the latent scale, Student-t noise with a precision
    per task, and (b_i, u_i), (c_j, v_j) normal around a linear effect of the factors of
    the model, of the task. A prediction is the posterior mean. The model side of a row is
    worked out from the kept samples of the task side, so a new model with scores, with
    factors only, or with nothing but a name is folded in without a refit; a new task is
    from the models' side that goes with each sample.

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
    tasks_latent_ : float array (n_tasks, n_samples, rank + 1)
        Bias and factors of the tasks.
    models_latent_ : float32 array (n_models, n_samples, rank + 1)
        Those of the models, given each sample of the tasks.
    effect_, task_effect_ : float array (n_samples, p, rank + 1)
    precision_, task_precision_ : float array (n_samples, rank + 1, rank + 1)
        Prior of the models, of the tasks.
    noise_ : float array (n_tasks, n_samples)
        Noise precision.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> scores = [("a", 10.0, 12.0), ("b", 50.0, 48.0), ("c", 90.0, 93.0), ("d", 70.0, None)]
    >>> rows = [(m, t, s) for m, *both in scores for t, s in zip("xy", both) if s is not None]
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    >>> asked = pd.DataFrame({"model": ["d"], "task": ["y"]})
    >>> answer = BayesianFactorisation(rank=1).fit(table).predict(asked)
    >>> bool(60 < answer.score[0] < 80)
    True
    """

    name = "bmf"
    _fitted: ClassVar[tuple[str, ...]] = (
        "effect_",
        "precision_",
        "task_effect_",
        "task_precision_",
    )
    _by_model: ClassVar[tuple[str, ...]] = ("models_latent_",)
    _by_task: ClassVar[tuple[str, ...]] = ("tasks_latent_", "noise_")

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
        seen, told = np.flatnonzero(data.k), np.flatnonzero(data.n)
        self.models_side_ = ModelSide(n_components=self.n_components, factors=self.factors).fit(
            data
        )
        self.tasks_side_ = TaskSide().fit(data)
        chain = Gibbs(
            np.searchsorted(seen, data.row),
            np.searchsorted(told, data.col),
            data.z,
            data.weight,
            self.models_side_.columns(data, seen),
            self.tasks_side_.columns(data, told),
            rank=self.rank,
            rng=np.random.default_rng(self.random_state),
        )
        kept = list(chain.run(self.n_sweeps, self.burn_in, self.keep_every))
        self.tasks_latent_ = np.zeros((data.shape[1], len(kept), self.rank + 1))
        self.tasks_latent_[told] = np.stack([s.tasks.latent for s in kept], axis=1)
        self.noise_ = np.ones((data.shape[1], len(kept)))
        self.noise_[told] = np.stack([s.noise for s in kept], axis=1)
        self.task_effect_ = np.stack([s.tasks.effect for s in kept])
        self.task_precision_ = np.stack([s.tasks.precision for s in kept])
        self.effect_ = np.stack([s.models.effect for s in kept])
        self.precision_ = np.stack([s.models.precision for s in kept])

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        cells = data.cells_of_models(rows)
        prior = self.models_side_.columns(data, rows) @ self.effect_
        latent = conditional_means(
            cells, prior, self.precision_, self.tasks_latent_, self.noise_[cells.other]
        )
        return {"models_latent_": latent.astype(np.float32)}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        cells = data.cells_of_tasks(cols)
        prior = self.tasks_side_.columns(data, cols) @ self.task_effect_
        usual = np.exp(np.log(self.noise_[data.task_fitted]).mean(axis=0))
        noise = np.tile(usual, (len(cols), 1))
        spread = np.linalg.inv(self.task_precision_)
        spread[:, 0, 0] += LOOSE_BIAS
        models = self.models_latent_.astype(float)
        latent = conditional_means(cells, prior, np.linalg.inv(spread), models, noise[cells.at])
        return {"tasks_latent_": latent, "noise_": noise}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        rows, cols, r, c = block(row, col)
        return self._means(rows, cols)[r, c]

    def _means(self, rows: IntArray, cols: IntArray) -> FloatArray:
        """Return the posterior means of models `rows` on tasks `cols`, latent scale."""
        a, b = self.models_latent_[rows].astype(float), self.tasks_latent_[cols]
        product = a[:, :, 1:].reshape(len(rows), -1) @ b[:, :, 1:].reshape(len(cols), -1).T
        return a[:, :, 0].mean(axis=1)[:, None] + b[:, :, 0].mean(axis=1) + product / a.shape[1]

    @property
    def mean_(self) -> FloatArray:
        """Posterior means of all models on all tasks, latent scale."""
        return self._means(np.arange(len(self.models_latent_)), np.arange(len(self.tasks_latent_)))

    def _extra_state(self, state: State) -> None:
        state["models_side"] = self.models_side_.get_state()
        state["tasks_side"] = self.tasks_side_.get_state()

    def _from_extra_state(self, state: State) -> None:
        self.models_side_ = ModelSide.from_state(part(state, "models_side", self.name), self.data_)
        self.tasks_side_ = TaskSide.from_state(part(state, "tasks_side", self.name))
