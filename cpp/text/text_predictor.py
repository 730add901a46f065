"""Text: scores from the descriptions of model and task alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cpp.base.predictor import Predictor
from cpp.baselines.biases import MODEL_PRIOR, TASK_PRIOR
from cpp.data.additive import additive_effects, shrunk_mean
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.latent_scale import BOUNDED
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from cpp.text.bilinear_ridge import fit_bilinear, own_variance, smoothed
from cpp.text.vectors import TextSide

#: bounded tasks with training cells from which on their texts can tell how hard another is
MIN_TASKS = 4


class TextRidge(Predictor):
    """Ridge regression on the words of the descriptions of model and task.

    Everything that is known of a model or task becomes a text, and the text a vector of
    hashed words and letters (:mod:`cpp.text.vectors`). On the latent scale a score is the
    task's effect plus u W v with coordinates u of the model's text and v of the task's (1
    among them), plus an effect of the model's name as a whole, which is all that its own
    scores tell of it beside its words. Tasks have their shrunk mean as effect; that of a
    bounded task without a score is regressed on its text. A baseline in the sense of
    text-to-text regression, and what a cold start falls back on that has a description and
    no numbers.

    Parameters
    ----------
    n_model_components, n_task_components : int
        Principal axes of the texts' likeness that are kept.
    random_state : int
        Not used: nothing is drawn.

    Attributes
    ----------
    effect_ : float array (n_model_axes, 1 + n_task_axes)
        W.
    strengths_ : list of float
        Prior variances of main effects and interactions, as multiples of the noise variance.
    model_side_ : float array (n_models, 1 + n_task_axes)
        u W, the own effect in the first column.
    task_side_ : float array (n_tasks, 1 + n_task_axes)
        Effect of the task and v without its 1.
    easy_ : float array (1 + n_tasks,)
        Mean and weights of the regression of the tasks' effects on their texts.

    Examples
    --------
    >>> import pandas as pd
    >>> from features.table.score_table import ScoreTable
    >>> rows = [("a", "x", 80), ("a", "y", 60), ("b", "x", 50), ("b", "y", 30), ("c", "x", 70)]
    >>> table = ScoreTable(
    ...     pd.DataFrame(rows, columns=["model", "task", "score"]),
    ...     tasks=pd.DataFrame({"task": ["x", "y"], "scale_min": 0, "scale_max": 100}))
    >>> asked = pd.DataFrame({"model": ["c"], "task": ["y"]})
    >>> TextRidge().fit(table).predict(asked).score.round(1).tolist()
    [47.7]
    """

    name = "text"
    _fitted: ClassVar[tuple[str, ...]] = ("effect_", "strengths_", "easy_")
    _by_model: ClassVar[tuple[str, ...]] = ("model_side_",)
    _by_task: ClassVar[tuple[str, ...]] = ("task_side_",)

    def __init__(
        self, *, n_model_components: int = 80, n_task_components: int = 5, random_state: int = 0
    ) -> None:
        super().__init__(random_state=random_state)
        self.n_model_components = n_model_components
        self.n_task_components = n_task_components

    def _fit(self, data: TrainingData) -> None:
        self.model_text_ = TextSide.fit("models", data, self.n_model_components)
        self.task_text_ = TextSide.fit("tasks", data, self.n_task_components)
        rows, cols = self.model_text_.base, self.task_text_.base
        u = self.model_text_.coordinates(data, rows)
        v = self.task_text_.coordinates(data, cols)
        _, effect = additive_effects(
            data.row, data.col, data.z, data.weight, data.shape, prior=(MODEL_PRIOR, TASK_PRIOR)
        )
        ridge = fit_bilinear(
            np.searchsorted(rows, data.row),
            np.searchsorted(cols, data.col),
            data.z - effect[data.col],
            data.weight,
            u,
            np.c_[np.ones(len(cols)), v],
            self.model_text_.left_over(u),
        )
        self.effect_, self.strengths_ = ridge.effect, list(ridge.strengths)
        self.task_side_ = np.zeros((data.shape[1], 1 + v.shape[1]))
        self.task_side_[cols] = np.c_[effect[cols], v]
        self.easy_ = self._ease(data, cols, effect[cols])

    def _ease(self, data: TrainingData, cols: IntArray, effect: FloatArray) -> FloatArray:
        """Regress the effects of bounded tasks, as logits, on their texts.

        Units of tasks without two bounds have nothing in common that a text could tell.
        Empty where there are too few tasks; a task without a score is then a typical one.
        """
        latent = data.latent
        bounded = latent.kind[cols] == BOUNDED
        if bounded.sum() < MIN_TASKS:
            return np.empty(0)
        mine = cols[bounded]
        alike = self.task_text_.likeness(data, mine)[:, bounded]
        out = np.zeros(1 + len(cols))
        logits = latent.loc[mine] + latent.sd[mine] * effect[bounded]
        out[0], out[1:][bounded] = smoothed(alike, logits)
        return out

    def _fit_models(self, data: TrainingData, rows: IntArray) -> dict[str, NDArray]:
        u = self.model_text_.coordinates(data, rows)
        side = u @ self.effect_
        cells = data.cells_of_models(rows)
        rest = cells.z - _product(side[cells.at], self.task_side_[cells.other])
        own = own_variance(self.strengths_[0], self.model_text_.left_over(u))
        total = np.bincount(cells.at, cells.weight * rest, len(rows))
        side[:, 0] += own * total / (1.0 + own * np.bincount(cells.at, cells.weight, len(rows)))
        return {"model_side_": side}

    def _fit_tasks(self, data: TrainingData, cols: IntArray) -> dict[str, NDArray]:
        side = np.c_[np.zeros(len(cols)), self.task_text_.coordinates(data, cols)]
        cells = data.cells_of_tasks(cols)
        rest = cells.z - _product(self.model_side_[cells.other], side[cells.at])
        side[:, 0] = shrunk_mean(cells.at, rest, cells.weight, len(cols), TASK_PRIOR)
        if len(self.easy_):
            # scores have put a task in its place on the latent scale; without any its text does
            latent = data.latent
            scored = np.bincount(cells.at, minlength=len(cols)) > 0
            told = np.flatnonzero(~scored & (latent.kind[cols] == BOUNDED))
            logit = self.easy_[0] + self.task_text_.likeness(data, cols[told]) @ self.easy_[1:]
            side[told, 0] = (logit - latent.loc[cols[told]]) / latent.sd[cols[told]]
        return {"task_side_": side}

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        return _product(self.model_side_[row], self.task_side_[col])

    def _extra_state(self, state: State) -> None:
        state["model_text"] = self.model_text_.get_state()
        state["task_text"] = self.task_text_.get_state()

    def _from_extra_state(self, state: State) -> None:
        for of, name in (("models", "model_text"), ("tasks", "task_text")):
            side = TextSide.from_state(of, part(state, name, self.name), self.data_)
            setattr(self, f"{name}_", side)


def _product(model: FloatArray, task: FloatArray) -> FloatArray:
    """Return main effects plus the product of the other columns, row by row."""
    return model[:, 0] + task[:, 0] + (model[:, 1:] * task[:, 1:]).sum(axis=1)
