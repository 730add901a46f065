"""What predictors made of other rungs share: their members are fitted, folded in and saved."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np

from cpp.base.predictor import Predictor
from cpp.base.registry import predictor_from_state
from cpp.calibration.estimate import Estimate
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.extend import Steps
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData


class Composite(Predictor):
    """A predictor made of other rungs.

    Attributes
    ----------
    bases_ : dict of str to Predictor
        The fitted rungs by name.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> from features import load_leaderboard
    >>> fast = make_predictor("fast").fit_points(TrainingData.from_table(load_leaderboard()))
    >>> isinstance(fast, Composite), list(fast.bases_)
    (True, ['bmf', 'bmf-factors'])
    """

    bases_: dict[str, Predictor]

    @abstractmethod
    def _members(self) -> dict[str, Predictor]:
        """Return the unfitted base rungs by name."""

    def fit_points(self, data: TrainingData) -> Self:
        """Fit the base rungs on all cells; each works out its own rows."""
        self.data_ = data
        self._fit(data)
        return self

    def _fit(self, data: TrainingData) -> None:
        self.bases_ = {n: m.fit_points(data) for n, m in self._members().items()}

    def _work_out(self, data: TrainingData, steps: Steps) -> None:
        self.data_ = data
        # copies: the rungs of the predictor this one was folded in from stay as they are
        self.bases_ = {n: copy.copy(b) for n, b in self.bases_.items()}
        for base in self.bases_.values():
            base._work_out(data, steps)

    def _base_latents(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Return what each base rung says of cells, latent scale, (n, n_bases)."""
        return np.column_stack([b._latent(data, row, col) for b in self.bases_.values()])

    @abstractmethod
    def _estimate(self, data: TrainingData, row: IntArray, col: IntArray) -> Estimate: ...

    def _scores(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        return self._estimate(data, row, col).point

    def _latent(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        return data.latent.to_latent(col, self._scores(data, row, col))

    def _reasons(self, data: TrainingData, row: IntArray, col: IntArray) -> Sequence[str]:
        rung = self.bases_.get("nearest")
        return super()._reasons(data, row, col) if rung is None else rung._reasons(data, row, col)

    @property
    def notes_(self) -> list[str]:
        """What the fit left out or did otherwise than asked, of all base rungs."""
        said = [note for base in self.bases_.values() for note in base.notes_]
        return list(dict.fromkeys(said))

    def _extra_state(self, state: State) -> None:
        state["bases"] = {n: b.get_state(with_data=False) for n, b in self.bases_.items()}

    def _from_extra_state(self, state: State) -> None:
        self.bases_ = {
            n: predictor_from_state(s, self.data_)
            for n, s in part(state, "bases", self.name).items()
        }
