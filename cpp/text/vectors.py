"""Models and tasks by their text: hashed words and letters, and the main axes of likeness."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any
from zlib import crc32

import numpy as np
from scipy import sparse
from scipy.linalg import eigh

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.state import State, part
from cpp.data.training_data import TrainingData
from features.factors.descriptions import describe

#: every word is hashed into one of so many places
N_BUCKETS = 2**18
#: how much the parts of a text count: words with the factor they stand for, words wherever
#: they stand, and letters of the name
IN_FACTOR, ANYWHERE, LETTERS = 1.0, 0.25, 0.15
NGRAMS = (2, 3, 4)
#: axes whose share of the likeness is less than this are rounding
TINY = 1e-8
#: the unit of a task's scores is nothing the task is known by
UNITS = ("range",)
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\+?")


def text_vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit vectors of hashed words and letters, one row per description.

    A plain hash (CRC-32) needs no vocabulary, so a text's vector is independent of all others.

    Parameters
    ----------
    texts : list of str
        Lines ``factor: words``, the first of which is the name
        (:func:`features.factors.descriptions.describe`).

    Examples
    --------
    >>> a, b, c = text_vectors(["name: Llama 7B\\nparams: 7b", "name: Llama 7B", "name: Qwen"])
    >>> float((a @ b.T).sum()) > float((a @ c.T).sum())
    True
    """
    hashed = [_hashed(text) for text in texts]
    place = np.concatenate([np.empty(0, dtype=np.int64), *(h[0] for h in hashed)])
    value = np.concatenate([np.empty(0), *(h[1] for h in hashed)])
    start = np.cumsum([0, *(len(h[0]) for h in hashed)])
    return sparse.csr_matrix((value, place, start), shape=(len(texts), N_BUCKETS))


@lru_cache(maxsize=4096)
def _hashed(text: str) -> tuple[IntArray, FloatArray]:
    """Return the places and values of one text; kept, since inner folds share their texts."""
    in_factor: set[str] = set()
    anywhere: set[str] = set()
    for line in text.split("\n"):
        factor, _, rest = line.partition(": ")
        words = _WORD.findall(rest.casefold().replace("_", " "))
        said = [w for w in words if not w.endswith("+")]
        pairs = [f"{a} {b}" for a, b in zip(said, said[1:], strict=False)]
        anywhere.update(said, pairs)
        in_factor.update(f"{factor}={w}" for w in (*words, *pairs))
    name = text.split("\n", 1)[0].partition(": ")[2]
    name = "^" + " ".join(_WORD.findall(name.casefold().replace("_", " "))) + "$"
    letters = {name[j : j + n] for n in NGRAMS for j in range(len(name) - n + 1)}
    parts = [("f", in_factor, IN_FACTOR), ("a", anywhere, ANYWHERE), ("l", letters, LETTERS)]
    total = sum(weight for _, found, weight in parts if found)
    places, values = [], []
    for mark, found, weight in parts:
        ordered = sorted(found)
        places.append(_places(mark, ordered))
        values.append(np.full(len(ordered), np.sqrt(weight / total / max(1, len(ordered)))))
    return np.concatenate(places), np.concatenate(values)


def _places(mark: str, words: Iterable[str]) -> IntArray:
    return np.array([crc32(f"{mark}{w}".encode()) % N_BUCKETS for w in words], dtype=np.int64)


class TextSide:
    """Coordinates of models, or of tasks, by their text.

    The coordinates are the principal axes of the likeness (inner product) of the texts of
    the models (tasks) with training cells, so that the product of two coordinates is
    their likeness up to what the axes leave; they are evaluated for any text (Nystrom).

    Parameters
    ----------
    of : {"models", "tasks"}
    data : TrainingData
        Data that have the base; their positions hold in all that join later.
    base : int array (n_base,)
        Positions of the models (tasks) with training cells.
    projection : float array (n_base, p)
    centre : float array (p,)
        Mean coordinates of the base.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> side = TextSide.fit("models", data, n_components=5)
    >>> at = np.array([data.model_index["Llama 2 7B"]])
    >>> data.models[int(np.argsort(side.likeness(data, at)[0])[-2])]
    'Llama 2 13B'
    >>> side.coordinates(data, at).shape
    (1, 5)
    """

    def __init__(
        self,
        of: str,
        data: TrainingData,
        base: IntArray,
        projection: FloatArray,
        centre: FloatArray,
    ) -> None:
        self.of, self.base, self.projection, self.centre = of, base, projection, centre
        self._data = data

    @classmethod
    def fit(cls, of: str, data: TrainingData, n_components: int) -> TextSide:
        """Fit on the models (tasks) of `data` with training cells."""
        base = np.flatnonzero((data.k if of == "models" else data.n) > 0)
        alike = _likeness_of_all(of, data)[np.ix_(base, base)]
        n = len(base)
        values, axes = eigh(alike, subset_by_index=(max(0, n - n_components), n - 1))
        values, axes = values[::-1], axes[:, ::-1]
        kept = values > TINY * n
        axes = axes[:, kept]
        # the sign of an axis is arbitrary; fix it
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        projection = axes / np.sqrt(values[kept])
        return cls(of, data, base, projection, (alike @ projection).mean(axis=0))

    def likeness(self, data: TrainingData, at: IntArray) -> FloatArray:
        """Return the likeness of models (tasks) `at` to the base, shape (n, n_base), 0-1."""
        if data.fitted_k is None:  # data of a fit: that of all is asked for again and again
            return _likeness_of_all(self.of, data)[np.ix_(at, self.base)]
        return np.asarray((_vectors(self.of, data, at) @ self._base_vectors).toarray())

    @cached_property
    def _base_vectors(self) -> sparse.csr_matrix:
        return _vectors(self.of, self._data, self.base).T.tocsr()

    def coordinates(self, data: TrainingData, at: IntArray) -> FloatArray:
        """Return the coordinates of models (tasks) `at`, shape (n, p); the base's mean is 0."""
        return self.likeness(data, at) @ self.projection - self.centre

    def left_over(self, coordinates: FloatArray) -> FloatArray:
        """Return the share of texts that the axes do not reach, shape (n,), 0-1.

        It is what a text of few known words has of its own.
        """
        reached = ((coordinates + self.centre) ** 2).sum(axis=1)
        return np.clip(1.0 - reached, 0.0, 1.0)

    def get_state(self) -> State:
        """Return the axes as arrays; the texts of the base are in the data."""
        return {"base": self.base, "projection": self.projection, "centre": self.centre}

    @classmethod
    def from_state(cls, of: str, state: Mapping[str, Any], data: TrainingData) -> TextSide:
        """Read back what :meth:`get_state` gave."""
        what = f"text side of {of}"
        base = part(state, "base", what)
        return cls(of, data, base, part(state, "projection", what), part(state, "centre", what))


def _likeness_of_all(of: str, data: TrainingData) -> FloatArray:
    """Return the likeness of all models (tasks), which the inner folds share."""

    def work_out() -> FloatArray:
        vectors = _vectors(of, data, np.arange(data.shape[0 if of == "models" else 1]))
        return np.asarray((vectors @ vectors.T).toarray())

    return data.once(f"likeness of {of} by text", work_out)


def _vectors(of: str, data: TrainingData, at: IntArray) -> sparse.csr_matrix:
    ids, columns = (
        (data.models, data.model_columns) if of == "models" else (data.tasks, data.task_columns)
    )
    told = {name: v for name, v in columns.take(at).columns.items() if name not in UNITS}
    return text_vectors(describe(told, [ids[i] for i in at]))
