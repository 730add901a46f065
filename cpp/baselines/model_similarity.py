"""How alike models are by their factors and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cpp.data.arrays import FloatArray, IntArray
from cpp.data.encoder import FactorEncoder
from cpp.data.training_data import TrainingData

#: hashed character n-grams of a name
N_BUCKETS = 4096
NGRAMS = (2, 3, 4)
#: factors that move scores most in every study of them count more than the rest together
STRONG = (
    "release_year",
    "log10_params",
    "log10_active_params",
    "log10_training_flop",
    "log10_training_tokens",
    "reasoning",
)
STRONG_WEIGHT = 1.0
#: all other numeric factors together
WEAK_WEIGHT = 1.0
#: squared difference assumed where a factor is missing on either side
MISSING = 1.0
TEXT_WEIGHT = {"family": 1.5, "lineage": 1.0, "organization": 0.7}
OTHER_TEXT_WEIGHT = 0.5
NAME_WEIGHT = 2.0


def name_vectors(names: Sequence[str]) -> sparse.csr_matrix:
    """Return unit vectors of hashed character n-grams, one row per name.

    A plain hash of the text (no fitted vocabulary) makes a name's vector independent of
    every other name.
    """
    texts = ["^" + re.sub(r"[\s_\-/.:()]+", " ", n.casefold()).strip() + "$" for n in names]
    letters = np.array([ord(c) for text in texts for c in text], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    rows, cols = [], []
    for n in NGRAMS:
        size = max(0, len(letters) - n + 1)
        code = np.zeros(size, dtype=np.int64)
        for j in range(n):
            code = (code * 131 + letters[j : j + size]) % 1_000_003
        # a window that reaches into the next name is none
        whole = owner[:size] == owner[n - 1 : n - 1 + size]
        rows.append(owner[:size][whole])
        cols.append(code[whole] % N_BUCKETS)
    row, col = np.concatenate(rows), np.concatenate(cols)
    out = sparse.csr_matrix((np.ones(len(row)), (row, col)), shape=(len(texts), N_BUCKETS))
    norm = np.sqrt(np.bincount(np.repeat(np.arange(len(texts)), np.diff(out.indptr)), out.data**2))
    out.data *= np.repeat(1.0 / np.maximum(norm, 1e-12), np.diff(out.indptr))
    return out


class ModelDistances:
    """Squared distances of models to the base models, by factors and names.

    A weighted mean over what is known: numbers, categories, names. Each entry depends on
    the two models alone. What it takes of the base models is kept, so that the distances
    of one new model cost next to nothing.

    Parameters
    ----------
    data : TrainingData
    encoder : FactorEncoder
        Of model factors, fitted.
    base : int array (n_base,)
        Positions of the base models, which stay where they are in data that come from `data`.

    Examples
    --------
    >>> from cpp.data.training_data import TrainingData
    >>> from features import load_leaderboard
    >>> data = TrainingData.from_table(load_leaderboard())
    >>> distances = ModelDistances(data, data.model_encoder, np.arange(len(data.models)))
    >>> mine = data.model_index["Llama 2 7B"]
    >>> nearest = np.argsort(distances.of(data, np.array([mine]))[0])
    >>> [data.models[i] for i in nearest[:3]]
    ['Llama 2 7B', 'Llama 2 13B', 'LLaMA 7B']
    """

    def __init__(self, data: TrainingData, encoder: FactorEncoder, base: IntArray) -> None:
        self.encoder, self.base = encoder, base
        columns = data.model_columns.take(base)
        self._numbers = encoder.numbers(columns)
        self._codes: dict[str, dict[str, int]] = {}
        self._text: dict[str, IntArray] = {}
        for column in columns.columns:
            if columns.is_text(column):
                seen = sorted({v for v in columns[column] if v is not None})
                self._codes[column] = {v: c for c, v in enumerate(seen)}
                self._text[column] = self._coded(column, columns[column])
        vectors = data.once("name vectors", lambda: name_vectors(data.models))
        self._names = vectors[base].T.tocsr()

    def _coded(self, column: str, values: NDArray) -> IntArray:
        """Return categories as numbers: -1 where missing, one past the end where new."""
        codes = self._codes[column]
        new = len(codes)
        return np.array([-1 if v is None else codes.get(v, new) for v in values], dtype=np.int64)

    def of(
        self, data: TrainingData, rows: IntArray, alike: NDArray[np.float32] | None = None
    ) -> FloatArray:
        """Return the distances of models `rows` of `data`, shape (n_rows, n_base).

        `alike` is the likeness of their names, where it is known already.
        """
        columns = data.model_columns.take(rows)
        x, base = self.encoder.numbers(columns), self._numbers
        total = np.zeros((len(rows), len(self.base)))
        weight = NAME_WEIGHT
        strong = [c in STRONG for c in self.encoder.numeric_]
        n_weak = max(1, len(strong) - sum(strong))
        for c, is_strong in enumerate(strong):
            w = STRONG_WEIGHT if is_strong else WEAK_WEIGHT / n_weak
            d = (x[:, c][:, None] - base[:, c][None, :]) ** 2
            total += w * np.where(np.isnan(d), MISSING, d)
            weight += w
        for column, code in self._text.items():
            w = TEXT_WEIGHT.get(column, OTHER_TEXT_WEIGHT)
            a, b = self._coded(column, columns[column])[:, None], code[None, :]
            total += w * np.where((a < 0) | (b < 0), MISSING, (a != b) * 1.0)
            weight += w
        if alike is None:
            alike = (_vectors(data, rows) @ self._names).toarray().astype(np.float32)
        total += NAME_WEIGHT * (1.0 - alike)
        return total / weight


def _vectors(data: TrainingData, rows: IntArray) -> sparse.csr_matrix:
    """Return the name vectors of models `rows`: several rungs ask for those of a new one."""
    known = data.__dict__.setdefault("_vectors", {})
    key = rows.tobytes()
    if key not in known:
        known[key] = name_vectors([data.models[i] for i in rows])
    return known[key]


def distances_of(data: TrainingData) -> ModelDistances:
    """Return the distances to the models of `data` with training cells, made once."""
    if "_distances" not in data.__dict__:
        base = np.flatnonzero(data.k > 0)
        data.__dict__["_distances"] = ModelDistances(data, data.model_encoder, base)
    return data.__dict__["_distances"]


def squared_distances(data: TrainingData, distances: ModelDistances, rows: IntArray) -> FloatArray:
    """Return the distances of models `rows`, shape (n_rows, n_base).

    Several rungs ask for those of all models of the data they are fitted on: kept there.
    """
    if distances is not data.__dict__.get("_distances"):
        return distances.of(data, rows)
    if "_all_distances" not in data.__dict__:
        alike = data.once("name likeness", lambda: _name_likeness(data))[:, distances.base]
        data.__dict__["_all_distances"] = distances.of(data, np.arange(data.shape[0]), alike)
    return data.__dict__["_all_distances"][rows]


def _name_likeness(data: TrainingData) -> NDArray[np.float32]:
    vectors = data.once("name vectors", lambda: name_vectors(data.models))
    return (vectors @ vectors.T).toarray().astype(np.float32)
