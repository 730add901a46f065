"""How alike models are by their factors and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cpp.data import TrainingData
from cpp.encode import FactorEncoder

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
    rows, cols = [], []
    for i, name in enumerate(names):
        text = "^" + re.sub(r"[\s_\-/.:()]+", " ", name.casefold()).strip() + "$"
        for n in NGRAMS:
            for j in range(len(text) - n + 1):
                code = 0
                for letter in text[j : j + n]:
                    code = (code * 131 + ord(letter)) % 1_000_003
                rows.append(i)
                cols.append(code % N_BUCKETS)
    ones = np.ones(len(rows))
    out = sparse.csr_matrix((ones, (rows, cols)), shape=(len(names), N_BUCKETS))
    norm = np.sqrt(out.multiply(out).sum(axis=1)).A1 if len(names) else np.ones(0)
    return sparse.diags(1.0 / np.maximum(norm, 1e-12)) @ out


def squared_distances(data: TrainingData, encoder: FactorEncoder) -> NDArray[np.float64]:
    """Return squared distances of all models by factors and names, (n_models, n_models).

    A weighted mean over what is known: numbers, categories, names. Each entry depends on
    the two models alone. Worked out once for the data's own encoder.
    """
    if encoder is not data.__dict__.get("model_encoder"):
        return _squared_distances(data, encoder)
    if "_distances" not in data.__dict__:
        data.__dict__["_distances"] = _squared_distances(data, encoder)
    return data.__dict__["_distances"]


def _squared_distances(data: TrainingData, encoder: FactorEncoder) -> NDArray[np.float64]:
    x = encoder.numbers(data.model_factors)
    total = np.zeros((data.shape[0], data.shape[0]))
    weight = NAME_WEIGHT
    strong = [c in STRONG for c in encoder.numeric_]
    n_weak = max(1, len(strong) - sum(strong))
    for c, is_strong in enumerate(strong):
        w = STRONG_WEIGHT if is_strong else WEAK_WEIGHT / n_weak
        d = (x[:, c][:, None] - x[:, c][None, :]) ** 2
        total += w * np.where(np.isnan(d), MISSING, d)
        weight += w
    for column, code in data.once("text codes", lambda: _text_codes(data)).items():
        w = TEXT_WEIGHT.get(column, OTHER_TEXT_WEIGHT)
        a, b = code[:, None], code[None, :]
        total += w * np.where((a < 0) | (b < 0), MISSING, (a != b) * 1.0)
        weight += w
    total += NAME_WEIGHT * (1.0 - data.once("name likeness", lambda: _name_likeness(data.models)))
    return total / weight


def _name_likeness(names: Sequence[str]) -> NDArray[np.float32]:
    vectors = name_vectors(names)
    return (vectors @ vectors.T).toarray().astype(np.float32)


def _text_codes(data: TrainingData) -> dict[str, NDArray[np.int64]]:
    """Return each text factor as integers, -1 where missing."""
    out = {}
    for column in data.model_factors.columns:
        values = data.model_factors[column]
        if not pd.api.types.is_numeric_dtype(values):
            out[str(column)] = np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)
    return out
