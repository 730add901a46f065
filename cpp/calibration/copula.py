"""Dependence between cells: a Gaussian copula with a factor structure.

The error of a cell has parts that it shares with other cells: with every cell of the same
model, with the model's cells on tasks of the same ability and of the same family of tasks,
with every cell of the same task, and with the same task's cells of the model's family. Each
part is a standard normal that belongs to a name (of a model, a task, ...), so that a
correlation matrix is never written down, is positive semi-definite however many cells are
asked for, and the draws of a cell do not depend on which others are asked for.

How large the parts are is estimated from the held-out residuals inside the training cells
(:mod:`cpp.calibration.out_of_fold`), by the number of known scores of the model and of the task:
the mean product of normal scores over pairs of cells that share a part is its share of the variance
(a structured factor copula; Krupskii & Joe 2013, *Journal of Multivariate Analysis* 120).
Where pairs are few the estimate leans on a typical profile, at the strength that the table's
other pairs show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cpp.calibration.out_of_fold import OutOfFold
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.data.factor_columns import FactorColumns
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData

#: a model's bucket: nothing known of it, then by its known scores from 0, 1, 3, 6, 11, 21
BY_KNOWN = (1, 3, 6, 11, 21)
#: a task's bucket: any task of a model of which nothing is known, then by the task's known
#: scores from 0, 1, 3, 6, 11, 31
BY_COUNT = (1, 3, 6, 11, 31)
#: correlation of two held-out cells of one model as it typically is, one row per model bucket:
#: on tasks that share nothing, an ability, a family
MODEL_PROFILE = np.array(
    [
        [0.60, 0.70, 0.75],
        [0.33, 0.45, 0.55],
        [0.26, 0.38, 0.48],
        [0.14, 0.27, 0.37],
        [0.06, 0.19, 0.29],
        [0.04, 0.16, 0.27],
        [0.03, 0.14, 0.25],
    ]
)
#: the same of two cells of one task, per task bucket
TASK_PROFILE = np.array([0.25, 0.55, 0.50, 0.35, 0.16, 0.05, 0.03])
#: what two cells of one task and one family of models share of the rest, per task bucket
KIN_PROFILE = np.array([0.55, 0.55, 0.55, 0.60, 0.60, 0.60, 0.60])
#: units (cells of one model or one task in one inner fold) that the profile counts as
PROFILE_UNITS = 10.0
#: standard errors that are added to what the cells of one model share: a suite's interval has
#: to carry that this is an estimate, and too little of it makes a suite too sure of itself
CAUTION = 1.0
#: share of the variance that parts in common have at the most
MAX_SHARED = 0.95


class ErrorCopula:
    """Shares of the variance of a cell's error that it has in common with other cells.

    Attributes
    ----------
    model_ : float array (7, 3)
        Per model bucket (:data:`BY_KNOWN`), what two cells of the model share: always, in
        addition on tasks of one ability, in addition on tasks of one family.
    task_ : float array (7,)
        Per task bucket (:data:`BY_COUNT`), what two cells of the task share.
    kin_ : float array (7,)
        Per task bucket, what two cells of the task share of the rest, for models of one
        family.

    Examples
    --------
    >>> from cpp import make_predictor
    >>> import features
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> shared = predictor.intervals_.copula_.model_[:, 0]
    >>> bool(shared[1] > shared[-1])  # a new model's errors go together, a known one's do not
    True
    """

    def fit(self, data: TrainingData, held: OutOfFold, score: FloatArray) -> ErrorCopula:
        """Estimate the shares from held-out cells.

        Parameters
        ----------
        data : TrainingData
            All training cells.
        held : OutOfFold
        score : float array (n,)
            Normal score of the error of each entry of `held`: positive where the observed
            score is better than the prediction.
        """
        model, task = data.row[held.cell], data.col[held.cell]
        kin = _Kinship.of(data)
        # an anonymous entry doubles the cell of the model it stands for
        named = held.row < data.shape[0]
        known = held.known & named

        unit = _codes(held.fold, model, named)
        pairs = _Pairs(score, unit)
        ability = _codes(unit, kin.ability[task])
        family = _codes(unit, kin.task_family[task])
        same_ability, same_family = pairs.by(ability), pairs.by(family)
        overlap = pairs.by(_codes(ability, family))
        neither = pairs.by(unit) - same_ability - same_family + overlap
        bucket = _model_bucket(held.k, known)
        rho = [
            pairs.shared(sums, bucket, typical, caution=CAUTION)
            for sums, typical in zip(
                (neither, same_ability - overlap, same_family), MODEL_PROFILE.T, strict=True
            )
        ]
        self.model_ = np.diff(np.maximum.accumulate(rho), axis=0, prepend=0.0).T

        unit = _codes(held.fold, task, named)
        pairs = _Pairs(score, unit)
        family = _codes(unit, kin.model_family[model])
        same_family = pairs.by(family)
        by_task = _task_bucket(held.n, held.k, known)
        self.task_ = pairs.shared(pairs.by(unit) - same_family, by_task, TASK_PROFILE)
        # what the shares so far leave to a pair, instead of its number
        common = _capped(self.model_[bucket], self.task_[by_task])
        rest = 1.0 - common.sum(axis=1)
        unit_of = np.zeros(pairs.n_units, dtype=np.int64)
        unit_of[unit] = by_task
        left = _Pairs(np.sqrt(rest), unit).by(family)[0]
        same_family = np.stack([same_family[0] - self.task_[unit_of] * same_family[1], left])
        self.kin_ = pairs.shared(same_family, by_task, KIN_PROFILE)
        return self

    def shares(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Return each cell's variance shares, shape (n_cells, 5).

        In the order model, model and ability, model and family of tasks, task, task and
        family of models. What is left of 1 is the cell's own.
        """
        k, known = data.k[row], data.model_known[row]
        by_task = _task_bucket(data.n[col], k, known)
        common = _capped(self.model_[_model_bucket(k, known)], self.task_[by_task])
        kin = self.kin_[by_task] * (1.0 - common.sum(axis=1))
        return np.column_stack([common, kin])

    def correlation(self, data: TrainingData, row: IntArray, col: IntArray) -> FloatArray:
        """Return the correlation matrix of a few cells, shape (n_cells, n_cells)."""
        load = np.sqrt(self.shares(data, row, col))
        out = np.zeros((len(row), len(row)))
        for f, (_, code) in enumerate(_Kinship.of(data).parts(data, row, col)):
            out += np.where(code[:, None] == code, np.outer(load[:, f], load[:, f]), 0.0)
        same = (row[:, None] == row) & (col[:, None] == col)
        return np.where(same, 1.0, out)

    def draw(
        self, data: TrainingData, row: IntArray, col: IntArray, n: int, seed: int
    ) -> FloatArray:
        """Return joint standard normal draws, shape (n, n_cells); positive is better.

        A cell has the same draws whichever other cells are drawn with it, and the first of
        many are those of few.
        """
        shares = self.shares(data, row, col)
        own = [f"cell\0{data.models[i]}\0{data.tasks[j]}" for i, j in zip(row, col, strict=True)]
        load = np.sqrt(np.column_stack([shares, 1.0 - shares.sum(axis=1)]))
        out = _normals(own, n, seed)
        out *= load[:, -1:]
        for f, (names, code) in enumerate(_Kinship.of(data).parts(data, row, col)):
            out += _normals(names, n, seed)[code] * load[:, f, None]
        return out.T

    def get_state(self) -> State:
        """Return the shares as arrays."""
        return {"model": self.model_, "task": self.task_, "kin": self.kin_}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ErrorCopula:
        """Read back what :meth:`get_state` gave."""
        me = cls()
        me.model_ = part(state, "model", "dependence")
        me.task_ = part(state, "task", "dependence")
        me.kin_ = part(state, "kin", "dependence")
        return me


@dataclass(frozen=True)
class _Kinship:
    """Which models and tasks are related: a code and a name per ability and family.

    A task without an ability, or a model without a family, stands for itself (the model
    with its variants). Names are the seeds of draws: they stay when others join.
    """

    ability: IntArray
    task_family: IntArray
    model_family: IntArray
    names: dict[str, list[str]]

    @classmethod
    def of(cls, data: TrainingData) -> _Kinship:
        """Return the kinship of `data`, worked out once for the same models and tasks."""

        def work_out() -> _Kinship:
            abilities = _filled(data.task_columns, "ability", [f"\0{t}" for t in data.tasks])
            tasks = _first_of_group(data.tasks, data.task_group)
            alone = [f"\0{m}" for m in _first_of_group(data.models, data.model_group)]
            models = _filled(data.model_columns, "family", alone)
            code, names = {}, {}
            for what, labels in (("ability", abilities), ("tasks", tasks), ("models", models)):
                code[what], found = pd.factorize(np.array(labels, dtype=object))
                names[what] = [str(name) for name in found]
            return cls(code["ability"], code["tasks"], code["models"], names)

        found: _Kinship = data.once("kinship", work_out)
        return found

    def parts(
        self, data: TrainingData, row: IntArray, col: IntArray
    ) -> Iterator[tuple[list[str], IntArray]]:
        """Give, per shared part, the distinct names and the name of each cell.

        In the order of :meth:`ErrorCopula.shares`.
        """
        nothing = np.zeros(len(row), dtype=np.int64)
        models, tasks, of = data.models, data.tasks, self.names
        for what, one, first, two, second in (
            ("model", row, models, nothing, [""]),
            ("ability", row, models, self.ability[col], of["ability"]),
            ("family of tasks", row, models, self.task_family[col], of["tasks"]),
            ("task", col, tasks, nothing, [""]),
            ("family of models", col, tasks, self.model_family[row], of["models"]),
        ):
            key, code = np.unique(one * len(second) + two, return_inverse=True)
            a, b = np.divmod(key, len(second))
            names = [f"{what}\0{first[i]}\0{second[j]}" for i, j in zip(a, b, strict=True)]
            yield names, code


class _Pairs:
    """Products of normal scores over pairs of entries within units."""

    def __init__(self, score: FloatArray, unit: IntArray) -> None:
        self.score = score
        self.unit = unit
        self.n_units = int(unit.max()) + 1 if len(unit) else 0

    def by(self, code: IntArray) -> FloatArray:
        """Return sum and number of the pairs that share `code`, per unit, shape (2, n_units).

        Entries that share a code must share a unit.
        """
        total = np.bincount(code, self.score)
        square = np.bincount(code, self.score**2)
        n = np.bincount(code)
        unit = np.zeros(len(n), dtype=np.int64)
        unit[code] = self.unit
        sums, counts = (total**2 - square) / 2.0, n * (n - 1) / 2.0
        return np.stack([np.bincount(unit, v, self.n_units) for v in (sums, counts)])

    def shared(
        self, pairs: FloatArray, bucket: IntArray, profile: FloatArray, *, caution: float = 0.0
    ) -> FloatArray:
        """Return the mean product of `pairs` (sums and numbers per unit) in each bucket.

        A unit whose common part has the share r gives the mean product of its n pairs with
        a variance of about 2 (r + (2 n)^-1/2)^2: units weigh accordingly, and one of many
        pairs counts 1. `profile` counts as :data:`PROFILE_UNITS` of them. `caution` standard
        errors are added.
        """
        mine = np.zeros(self.n_units, dtype=np.int64)
        mine[self.unit] = bucket
        signal = profile[mine] * np.sqrt(2.0 * pairs[1])
        weight = (signal / (1.0 + signal)) ** 2 / np.maximum(pairs[1], 1.0)
        found, size = (np.bincount(mine, weight * v, len(profile)) for v in pairs)
        strength = ((found / profile).sum() + PROFILE_UNITS) / (size.sum() + PROFILE_UNITS)
        leaning = PROFILE_UNITS * max(float(strength), 0.0) * profile
        mean = (found + leaning) / (size + PROFILE_UNITS)
        error = mean * np.sqrt(2.0 / (size + PROFILE_UNITS))
        return np.clip(mean + caution * error, 0.0, MAX_SHARED)


def _capped(by_model: FloatArray, by_task: FloatArray) -> FloatArray:
    """Return shares side by side, shape (n_cells, 4), that leave something of the whole."""
    common = np.column_stack([by_model, by_task])
    total = common.sum(axis=1, keepdims=True)
    return common * (MAX_SHARED / np.maximum(total, MAX_SHARED))


def _model_bucket(k: IntArray, known: BoolArray) -> IntArray:
    return np.where((k == 0) & ~known, 0, 1 + np.searchsorted(BY_KNOWN, k, side="right"))


def _task_bucket(n: IntArray, k: IntArray, known: BoolArray) -> IntArray:
    return np.where((k == 0) & ~known, 0, 1 + np.searchsorted(BY_COUNT, n, side="right"))


def _codes(*columns: NDArray) -> IntArray:
    """Return one code, 0, 1, ..., per distinct combination of the columns."""
    out = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code = np.unique(column, return_inverse=True)[1]
        out = out * (int(code.max(initial=0)) + 1) + code
        out = np.unique(out, return_inverse=True)[1]
    return out


def _filled(factors: FactorColumns, column: str, alone: list[str]) -> list[str]:
    """Return a factor in words, and `alone` where it is not known."""
    if column not in factors or not factors.is_text(column):
        return alone
    values = factors[column].tolist()
    return [own if v is None else v for v, own in zip(values, alone, strict=True)]


def _first_of_group(ids: list[str], group: IntArray) -> list[str]:
    first: dict[int, str] = {}
    for name, code in zip(ids, group.tolist(), strict=True):
        first.setdefault(code, name)
    return [first[code] for code in group.tolist()]


def _normals(names: list[str], n: int, seed: int) -> FloatArray:
    """Return `n` standard normals per name, shape (n_names, n); they depend on nothing else."""
    out = np.empty((len(names), n))
    for place, name in enumerate(names):
        key = blake2b(f"{seed}\0{name}".encode("utf-8", "surrogatepass"), digest_size=16)
        bits = np.random.Philox(key=int.from_bytes(key.digest(), "little"))
        np.random.Generator(bits).standard_normal(out=out[place])
    return out
