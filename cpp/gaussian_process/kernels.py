"""Kernels over models and over tasks; their products say how alike two cells are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cpp.baselines.model_similarity import STRONG, name_vectors
from cpp.data.arrays import FloatArray, IntArray
from cpp.data.encoder import FactorEncoder
from cpp.data.factor_columns import FactorColumns
from cpp.data.training_data import TrainingData

#: (kernel over models, kernel over tasks) of each term of the covariance of two cells
PRODUCTS: tuple[tuple[str, str], ...] = (
    ("one", "same"),
    ("one", "text"),
    ("same", "one"),
    ("same", "ability"),
    ("same", "text"),
    ("name", "one"),
    ("name", "ability"),
    ("name", "same"),
    ("factors", "one"),
    ("factors", "ability"),
    ("factors", "text"),
    ("factors", "same"),
    ("group", "one"),
    ("group", "same"),
    ("profile", "one"),
    ("profile", "ability"),
    ("profile", "text"),
    ("profile", "same"),
)
#: kernels over models, in the order of the arrays that have one entry per kernel
MODEL_KERNELS: tuple[str, ...] = tuple(dict.fromkeys(m for m, _ in PRODUCTS))
#: text factors that put models, and tasks, into groups
MODEL_GROUPS = ("organization", "family", "lineage")
TASK_GROUPS = ("ability", "family", "format")
#: widths: factors of models (mostly date, size and reasoning: see STRONG) in standard
#: deviations, row predictions in latent units, factors of tasks
FACTOR_WIDTH, PROFILE_WIDTH, TASK_WIDTH = 0.8, 0.7, 0.7


@dataclass(frozen=True)
class Described:
    """What kernels are computed from, for some models or some tasks.

    Attributes
    ----------
    place : int array (n,)
        Position in the data.
    factors : float array (n, p)
        Factors, scaled so that squared distances are means over factors.
    names : sparse array (n, n_buckets)
        Unit vectors of hashed n-grams.
    groups : tuple of str array (n,)
        "" where unknown.
    profile : float array (n, r)
        Row predictions of a factorisation on the latent scale; no column for tasks.
    """

    place: IntArray
    factors: FloatArray
    names: sparse.csr_matrix
    groups: tuple[NDArray[np.str_], ...]
    profile: FloatArray


def describe_models(
    data: TrainingData, rows: IntArray, encoder: FactorEncoder, profile: FloatArray
) -> Described:
    """Describe the models `rows` of `data`; `profile` is theirs, shape (n_rows, r)."""
    known = data.model_columns.take(rows)
    number = encoder.numbers(known)
    gone = np.isnan(number)
    strong = np.array([c in STRONG for c in encoder.numeric_], dtype=bool)
    weight = np.where(strong, 1.0, 1.0 / max(1, int((~strong).sum())))
    gappy = encoder.gappy_
    # a missing number stands at the mean, and that it is missing is a difference of its own
    number = np.where(gone, 0.0, number)
    factors = np.c_[
        number * np.sqrt(weight),
        gone[:, gappy] * np.sqrt(weight[gappy]),
        0.5 * encoder.dummies(known),
    ] / np.sqrt(weight.sum() + 1.0)
    return Described(
        rows,
        factors,
        name_vectors([data.models[i] for i in rows]),
        _groups(known, MODEL_GROUPS),
        profile,
    )


def describe_tasks(data: TrainingData, cols: IntArray, encoder: FactorEncoder) -> Described:
    """Describe the tasks `cols` of `data`."""
    known = data.task_columns.take(cols)
    x = encoder.design(known)
    names = name_vectors([data.tasks[j] for j in cols])
    none = np.empty((len(cols), 0))
    return Described(
        cols, x / np.sqrt(max(1, x.shape[1])), names, _groups(known, TASK_GROUPS), none
    )


def model_kernels(a: Described, b: Described) -> dict[str, FloatArray]:
    """Return each kernel between the models of `a` and of `b`, shape (n_a, n_b)."""
    return {
        "one": np.ones((len(a.place), len(b.place))),
        "same": _same(a, b),
        "name": _name_likeness(a, b) ** 2,
        "factors": _rbf(a.factors, b.factors, FACTOR_WIDTH),
        "group": _shared(a, b),
        "profile": _rbf(
            a.profile / np.sqrt(max(1, a.profile.shape[1])),
            b.profile / np.sqrt(max(1, b.profile.shape[1])),
            PROFILE_WIDTH,
        ),
    }


def task_kernels(a: Described, b: Described) -> dict[str, FloatArray]:
    """Return each kernel between the tasks of `a` and of `b`, shape (n_a, n_b)."""
    same = _same(a, b)
    return {
        "one": np.ones((len(a.place), len(b.place))),
        "same": same,
        "ability": np.where(same > 0, 1.0, _shared(a, b)),
        "text": 0.5 * _name_likeness(a, b) ** 2 + 0.5 * _rbf(a.factors, b.factors, TASK_WIDTH),
    }


def combined(variance: FloatArray, tasks: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return, per model kernel, the sum of the task kernels it is multiplied with.

    `variance` has one entry per product. The covariance of two cells is then a sum of one
    product per model kernel.
    """
    out: dict[str, FloatArray] = {}
    for v, (m, t) in zip(variance, PRODUCTS, strict=True):
        out[m] = out[m] + v * tasks[t] if m in out else v * tasks[t]
    return out


def _groups(known: FactorColumns, columns: tuple[str, ...]) -> tuple[NDArray[np.str_], ...]:
    return tuple(
        np.array([str(v or "") for v in known[c]], dtype=np.str_)
        for c in columns
        if c in known and known.is_text(c)
    )


def _same(a: Described, b: Described) -> FloatArray:
    return (a.place[:, None] == b.place[None, :]).astype(float)


def _shared(a: Described, b: Described) -> FloatArray:
    """Return the share of the groupings in which two stand in one group; 1 on the diagonal."""
    total = np.zeros((len(a.place), len(b.place)))
    for mine, other in zip(a.groups, b.groups, strict=True):
        total += (mine[:, None] == other[None, :]) & (mine != "")[:, None]
    return total / max(1, len(a.groups))


def _name_likeness(a: Described, b: Described) -> FloatArray:
    return np.asarray((a.names @ b.names.T).toarray(), dtype=float)


def _rbf(x: FloatArray, y: FloatArray, width: float) -> FloatArray:
    square = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None, :] - 2.0 * x @ y.T
    return np.exp(-np.maximum(square, 0.0) / (2.0 * width**2))


def only(described: Described, at: int) -> Described:
    """Return the one at position `at` of `described`."""
    one = slice(at, at + 1)
    return Described(
        described.place[one],
        described.factors[one],
        described.names[one],
        tuple(g[one] for g in described.groups),
        described.profile[one],
    )
