"""Name vectors and factor encoding: a name or a hidden row changes nobody else's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cpp.encode import FactorEncoder
from cpp.similarity import name_vectors


def test_a_names_vector_does_not_depend_on_the_other_names() -> None:
    names = ["Llama-3-8B", "llama 3 8b", "模型/7B", "x", "m" * 300]
    together = name_vectors(names).toarray()
    for i, name in enumerate(names):
        np.testing.assert_array_equal(name_vectors([name]).toarray()[0], together[i])
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0)


def test_names_alike_but_for_case_and_separators_are_the_same() -> None:
    a, b, c = name_vectors(["Llama-3_8B", "llama 3 8b", "gemma-2-27b"]).toarray()
    np.testing.assert_array_equal(a, b)
    assert a @ c < 0.3


def test_no_names_no_vectors() -> None:
    assert name_vectors([]).shape[0] == 0


def frame(n: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "size": np.r_[rng.normal(5, 2, n - 1), np.nan],
            "constant": 3.0,
            "rare": [1.0, 2.0, 3.0] + [np.nan] * (n - 3),
            "params": rng.random(n),
            "log10_params": rng.random(n),
            "family": ["a"] * 6 + ["b"] * 5 + [None] * (n - 11),
            "same": ["z"] * n,
        },
        index=[f"m{i}" for i in range(n)],
    )


def test_only_columns_that_tell_something_are_kept() -> None:
    encoder = FactorEncoder().fit(frame(), np.ones(12, dtype=bool))
    assert encoder.numeric_ == ["size", "log10_params"]
    assert encoder.text_ == {"family": ["a", "b"]}
    x = encoder.numbers(frame())
    np.testing.assert_allclose(np.nanmean(x, axis=0), 0.0, atol=1e-9)
    assert np.isnan(x[-1, 0])
    np.testing.assert_array_equal(encoder.dummies(frame()).sum(axis=1), [1] * 11 + [0])


def test_nothing_is_learned_from_rows_that_are_not_seen() -> None:
    seen = np.r_[np.ones(11, dtype=bool), False]
    plain, changed = frame(), frame()
    changed.loc["m11", ["size", "constant", "rare"]] = [1e9, -7.0, 4.0]
    changed.loc["m11", "family"] = "c"
    a, b = FactorEncoder().fit(plain, seen), FactorEncoder().fit(changed, seen)
    assert a.numeric_ == b.numeric_ and a.text_ == b.text_
    np.testing.assert_array_equal(a.mean_, b.mean_)
    np.testing.assert_array_equal(a.numbers(plain)[seen], b.numbers(changed)[seen])


def test_an_outlier_is_clipped() -> None:
    encoder = FactorEncoder().fit(frame(), np.ones(12, dtype=bool))
    far = frame().assign(size=1e12)
    assert np.nanmax(encoder.numbers(far)[:, 0]) == 3.0
