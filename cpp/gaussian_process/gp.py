"""Gaussian process over cells."""

from __future__ import annotations

import copy
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray, IntArray, block
from cpp.data.encoder import FactorEncoder
from cpp.data.extend import Steps
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.gaussian_process.kernels import (
    MODEL_KERNELS,
    Described,
    combined,
    describe_models,
    describe_tasks,
    model_kernels,
    only,
    task_kernels,
)
from cpp.gaussian_process.marginal_likelihood import learn_variances, start
from cpp.gaussian_process.solvers import solve_dense, solve_structured
from cpp.gaussian_process.updates import UnexplainedVariance, column_shares, row_weights

#: cells from which the factorisation's profiles are made while the variances are learned
LEARNING_CELLS = 6000
#: share of those that the profiles must not see: the likelihood is taken on them
JUDGED = 0.4
#: so many models at least should have cells among those, where there are tasks without end
MANY_MODELS = 30
#: chain of the factorisation behind the profiles
SWEEPS, BURN_IN = 60, 20
#: `n_learn` and `n_evaluations` in inner folds
INNER_FOLD = (350, 12)


class GaussianProcess(Predictor):
    """Gaussian process over cells, the covariance a sum of products of kernels.

    Each product is one kernel over models (identity, factors such as date x size x
    reasoning, n-grams of names, organisation / family / lineage, row predictions of a
    factorisation) times one over tasks (identity, ability and family, text and factors). The
    variances are learned by marginal likelihood on at most `n_learn` cells that the row predictions
    have not seen. Up to `max_dense` cells the system is solved by Cholesky factorisation;
    above, by conjugate gradients on the Kronecker structure, with the same result up to
    1 %. Past `max_models` models (the kernels are models x models) the process is left
    out: it predicts what the factorisation does, and `notes_` says so.

    Parameters
    ----------
    max_dense : int
        Cells up to which the system is solved densely.
    max_models : int
        Models up to which the process is used.
    n_learn, n_evaluations : int
        Cells and evaluations of the marginal likelihood.
    rank : int
        Latent factors of the factorisation whose row predictions make a kernel.
    random_state : int
        Seed.

    Attributes
    ----------
    log_variance_ : float array (n_products + 1,)
        Of each product of `cpp.gaussian_process.kernels.PRODUCTS`, and of the noise.
    dual_ : float array (n_models, n_tasks)
        Weight of each training cell, 0 elsewhere, over models and tasks with cells.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> scores = [("a", 10.0, 12.0), ("b", 50.0, 48.0), ("c", 90.0, 93.0), ("d", 70.0, None)]
    >>> rows = [(m, t, s) for m, *both in scores for t, s in zip("xy", both) if s is not None]
    >>> table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    >>> asked = pd.DataFrame({"model": ["d"], "task": ["y"]})
    >>> answer = GaussianProcess().fit(table).predict(asked)
    >>> bool(50 < answer.score[0] < 90)
    True
    """

    name = "gp"
    _fitted: ClassVar[tuple[str, ...]] = (
        "log_variance_",
        "dual_",
        "base_rows_",
        "base_cols_",
        "cell_",
        "profile_",
    )
    _by_model: ClassVar[tuple[str, ...]] = ("side_",)
    _by_task: ClassVar[tuple[str, ...]] = ("over_", "late_", "late_share_")

    def __init__(
        self,
        *,
        max_dense: int = 2500,
        max_models: int = 3000,
        n_learn: int = 700,
        n_evaluations: int = 25,
        rank: int = 8,
        random_state: int = 0,
    ) -> None:
        super().__init__(random_state=random_state)
        self.max_dense = max_dense
        self.max_models = max_models
        self.n_learn = n_learn
        self.n_evaluations = n_evaluations
        self.rank = rank

    # -- fitting -------------------------------------------------------------------------

    def for_inner_fold(self) -> Self:
        """Return a copy that learns its variances from fewer cells."""
        quick = super().for_inner_fold()
        n_learn, n_evaluations = (
            min(a, b) for a, b in zip(INNER_FOLD, self._effort(), strict=True)
        )
        return quick.set_params(n_learn=n_learn, n_evaluations=n_evaluations)

    def _effort(self) -> tuple[int, int]:
        return self.n_learn, self.n_evaluations

    def _factorisation(self) -> BayesianFactorisation:
        return BayesianFactorisation(
            rank=self.rank, n_sweeps=SWEEPS, burn_in=BURN_IN, random_state=self.random_state
        )

    def _fit(self, data: TrainingData) -> None:
        self.fit_notes_: list[str] = []
        self.base_rows_, self.base_cols_ = np.flatnonzero(data.k), np.flatnonzero(data.n)
        self.encoder_, self.task_encoder_ = data.model_encoder, data.task_encoder
        self.cell_ = np.c_[data.row, data.col]
        self.factorisation_ = self._factorisation().fit_points(data)
        self.log_variance_ = start()
        self.dual_ = np.zeros((len(self.base_rows_), len(self.base_cols_)))
        self.profile_ = self.factorisation_._means(self.base_rows_, self.base_cols_)
        self._describe_base(data)
        self._set_tasks(data)
        if self._too_many():
            self.fit_notes_.append(
                f"gp: {len(self.base_rows_)} models are more than max_models={self.max_models}; "
                "the Gaussian process is left out and the factorisation stands in for it"
            )
            return
        self.log_variance_ = self._learn(data)
        row = np.searchsorted(self.base_rows_, data.row)
        col = np.searchsorted(self.base_cols_, data.col)
        models = model_kernels(self.known_models_, self.known_models_)
        tasks = combined(self._variance(), task_kernels(self.known_tasks_, self.known_tasks_))
        noise = np.exp(self.log_variance_[-1]) / data.weight
        system = (models, tasks, row, col, data.z, noise)
        if len(data.z) <= self.max_dense:
            dual = solve_dense(*system)
        else:
            dual, converged = solve_structured(*system)
            if not converged:
                self.fit_notes_.append(
                    f"gp: the iteration over {len(data.z)} cells stopped before it converged; "
                    "its predictions are rougher than they could be"
                )
        self.dual_[row, col] = dual
        self._set_tasks(data)

    def _set_tasks(self, data: TrainingData) -> None:
        for name, values in self._tasks_side(data, np.arange(data.shape[1])).items():
            setattr(self, name, values)

    def _too_many(self) -> bool:
        return len(self.base_rows_) > self.max_models

    def _variance(self) -> FloatArray:
        return np.exp(self.log_variance_[:-1])

    def _describe_base(self, data: TrainingData) -> None:
        """Describe the models and tasks with training cells."""
        self.known_models_ = describe_models(data, self.base_rows_, self.encoder_, self.profile_)
        self.known_tasks_ = describe_tasks(data, self.base_cols_, self.task_encoder_)
        size = data.shape
        k = np.bincount(self.cell_[:, 0], minlength=size[0])[self.base_rows_]
        n = np.bincount(self.cell_[:, 1], minlength=size[1])[self.base_cols_]
        self.unexplained_ = UnexplainedVariance(self.known_models_, self.known_tasks_, k, n)

    def _learn(self, data: TrainingData) -> FloatArray:
        """Learn the variances on cells that the profiles they are judged with have not seen."""
        rng = np.random.default_rng([self.random_state, 2])
        few = data.keep(_whole_models(data, np.ones(len(data.row), bool), LEARNING_CELLS, rng))
        judged = rng.random(len(few.row)) < JUDGED
        judged &= _some_tasks(few, judged, self.n_learn / MANY_MODELS, rng)
        judged &= _whole_models(few, judged, self.n_learn, rng)
        if judged.all() or not judged.any():
            return start()
        told = self._factorisation().fit_points(few.keep(~judged))
        rows = np.unique(few.row[judged])
        # tasks the factorisation has not seen have no place in a profile
        profile = told._means(rows, np.flatnonzero(told.data_.n))
        models = describe_models(few, rows, self.encoder_, profile)
        tasks = describe_tasks(few, np.arange(few.shape[1]), self.task_encoder_)
        return learn_variances(
            model_kernels(models, models),
            task_kernels(tasks, tasks),
            np.searchsorted(rows, few.row[judged]),
            few.col[judged],
            few.z[judged],
            few.weight[judged],
            n_evaluations=self.n_evaluations,
        )

    @property
    def notes_(self) -> list[str]:
        """What the fit left out or did otherwise than asked, in words."""
        return self.fit_notes_

    # -- models and tasks ------------------------------------------------------------------

    def _work_out(self, data: TrainingData, steps: Steps) -> None:
        # a copy: the predictor this one was folded in from stays as it is
        self.factorisation_ = copy.copy(self.factorisation_)
        self.factorisation_._work_out(data, steps)
        super()._work_out(data, steps)

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        side = np.zeros((len(rows), len(MODEL_KERNELS), len(self.base_cols_)))
        if self._too_many():
            return {"side_": side}
        models = self._described(data, rows)
        kernels = model_kernels(models, self.known_models_)
        for m, name in enumerate(MODEL_KERNELS):
            side[:, m] = kernels[name] @ self.dual_
        cells = data.cells_of_models(rows)
        # only cells that came after the fit, on tasks of the fit: the others are in the dual
        place = _place(self.base_cols_, cells.other)
        old = np.isin(_key(rows[cells.at], cells.other), _key(*self.cell_.T))
        folded = np.flatnonzero(~old & (place >= 0))
        noise = np.exp(self.log_variance_[-1]) / cells.weight
        for i in np.unique(cells.at[folded]):
            mine = folded[cells.at[folded] == i]
            over, at = self.over_[cells.other[mine]], place[mine]
            rest = cells.z[mine] - np.einsum("mb,amb->a", side[i], over)
            left = self.unexplained_.of_model(only(models, int(i)))
            side[i][:, at] += row_weights(left, over, at, rest, noise[mine])
        return {"side_": side}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        out = self._tasks_side(data, cols)
        if self._too_many():
            return out
        tasks = describe_tasks(data, cols, self.task_encoder_)
        cells = data.cells_of_tasks(cols)
        place = _place(self.base_rows_, cells.other)
        noise = np.exp(self.log_variance_[-1]) / cells.weight
        for j in np.unique(cells.at[place >= 0]):
            mine = np.flatnonzero((cells.at == j) & (place >= 0))
            at = place[mine]
            share = column_shares(self.unexplained_.of_task(only(tasks, int(j))), self._variance())
            kernels = self._between(at, at)
            covariance = sum(v * k for v, k in zip(share, kernels, strict=True))
            mean = np.einsum("amb,mb->a", self.side_[cells.other[mine]], out["over_"][j])
            weights = np.linalg.solve(covariance + np.diag(noise[mine]), cells.z[mine] - mean)
            out["late_"][j, at] = weights
            out["late_share_"][j] = share
        return out

    def _tasks_side(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        """Return the tasks' side from their factors alone."""
        over = np.zeros((len(cols), len(MODEL_KERNELS), len(self.base_cols_)))
        if not self._too_many():
            tasks = describe_tasks(data, cols, self.task_encoder_)
            kernels = combined(self._variance(), task_kernels(tasks, self.known_tasks_))
            over = np.stack([kernels[m] for m in MODEL_KERNELS], axis=1)
        return {
            "over_": over,
            "late_": np.zeros((len(cols), len(self.base_rows_))),
            "late_share_": np.zeros((len(cols), len(MODEL_KERNELS))),
        }

    def _described(self, data: TrainingData, rows: IntArray) -> Described:
        profile = self.factorisation_._means(rows, self.base_cols_)
        return describe_models(data, rows, self.encoder_, profile)

    def _between(self, a: IntArray, b: IntArray) -> list[FloatArray]:
        """Return each kernel between base models at positions `a` and `b`."""
        kernels = model_kernels(self.known_models_, self.known_models_)
        return [kernels[m][np.ix_(a, b)] for m in MODEL_KERNELS]

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        if self._too_many():
            return self.factorisation_._latent(data, row, col)
        rows, cols, r, c = block(row, col)
        mean = self.side_[rows].reshape(len(rows), -1) @ self.over_[cols].reshape(len(cols), -1).T
        late = np.flatnonzero(self.late_[cols].any(axis=1))
        if len(late):
            kernels = model_kernels(self._described(data, rows), self.known_models_)
            for m, name in enumerate(MODEL_KERNELS):
                weight = self.late_[cols[late]] * self.late_share_[cols[late], m][:, None]
                mean[:, late] += kernels[name] @ weight.T
        return mean[r, c]

    # -- state ---------------------------------------------------------------------------

    def _extra_state(self, state: State) -> None:
        state["notes"] = list(self.fit_notes_)
        state["factorisation"] = self.factorisation_.get_state(with_data=False)
        state["encoder"] = self.encoder_.get_state()
        state["task_encoder"] = self.task_encoder_.get_state()

    def _from_extra_state(self, state: State) -> None:
        self.fit_notes_ = [str(note) for note in part(state, "notes", self.name)]
        self.encoder_ = FactorEncoder.from_state(part(state, "encoder", self.name))
        self.task_encoder_ = FactorEncoder.from_state(part(state, "task_encoder", self.name))
        self.factorisation_ = BayesianFactorisation.from_state(
            part(state, "factorisation", self.name), self.data_
        )
        self._describe_base(self.data_)


def _whole_models(
    data: TrainingData, counted: BoolArray, most: int, rng: np.random.Generator
) -> BoolArray:
    """Return the cells of so many random models that at most `most` of `counted` are theirs."""
    if counted.sum() <= most:
        return np.ones(len(data.row), dtype=bool)
    order = rng.permutation(data.shape[0])
    size = np.bincount(data.row[counted], minlength=data.shape[0])[order]
    return np.isin(data.row, order[np.cumsum(size) <= most])


def _some_tasks(
    data: TrainingData, counted: BoolArray, most: float, rng: np.random.Generator
) -> BoolArray:
    """Return the cells on so many random tasks that a model has at most `most` on average."""
    rows = len(np.unique(data.row[counted]))
    share = most * rows / max(1, counted.sum())
    if share >= 1.0:
        return np.ones(len(data.row), dtype=bool)
    n_tasks = data.shape[1]
    return np.isin(data.col, rng.permutation(n_tasks)[: max(2, int(share * n_tasks))])


def _key(row: IntArray, col: IntArray) -> IntArray:
    return (row << 32) + col


def _place(base: IntArray, asked: IntArray) -> IntArray:
    """Return where each of `asked` stands in the ordered `base`, -1 if it does not."""
    at = np.searchsorted(base, asked).clip(max=len(base) - 1)
    return np.where(base[at] == asked, at, -1)
