"""Name vectors and factor encoding: a name or a hidden row changes nobody else's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.baselines import model_similarity
from cpp.baselines.model_similarity import distances_of, name_vectors
from cpp.baselines.nearest_models import NearestModels
from cpp.data import extend
from cpp.data.encoder import FactorEncoder
from cpp.data.training_data import TrainingData
from tests.cpp.tables import plain_table


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


def slow_vector(name: str) -> dict[int, float]:
    """Return the n-gram counts of a name, hashed letter by letter."""
    text = "^" + " ".join(name.casefold().replace("-", " ").replace("_", " ").split()) + "$"
    out: dict[int, float] = {}
    for n in (2, 3, 4):
        for j in range(len(text) - n + 1):
            code = 0
            for letter in text[j : j + n]:
                code = (code * 131 + ord(letter)) % 1_000_003
            out[code % 4096] = out.get(code % 4096, 0.0) + 1.0
    return out


def test_name_vectors_equal_a_loop_over_letters() -> None:
    names = ["Llama-3_8B", "a", "模型 7B"]
    for name, found in zip(names, name_vectors(names).toarray(), strict=True):
        wanted = slow_vector(name)
        norm = np.sqrt(sum(v * v for v in wanted.values()))
        assert {int(c): round(v * norm, 9) for c, v in enumerate(found) if v} == wanted


def test_distances_equal_a_loop_and_do_not_depend_on_the_others_asked_for() -> None:
    data = TrainingData.from_table(plain_table())
    new = pd.DataFrame({"family": ["fz"], "reasoning": [None]}, index=["m03 twin"])
    more = extend.with_more(data, new.astype({"reasoning": "boolean"}), new.iloc[:0, :0], [])
    distances = distances_of(data)
    found = distances.of(more, np.array([3, data.shape[0]]))
    encoder, columns = data.model_encoder, more.model_columns
    x = encoder.numbers(columns)
    weak = [c for c in encoder.numeric_ if c not in model_similarity.STRONG]
    for place, i in enumerate((3, data.shape[0])):
        for j in range(data.shape[0]):
            parts = []  # (weight, squared gap)
            for c, column in enumerate(encoder.numeric_):
                gap = (x[i, c] - x[j, c]) ** 2
                gap = model_similarity.MISSING if np.isnan(gap) else gap
                parts.append(
                    (1.0 / len(weak) if column in weak else model_similarity.STRONG_WEIGHT, gap)
                )
            for column in (c for c in columns.columns if columns.is_text(c)):
                a, b = columns[column][i], columns[column][j]
                gap = model_similarity.MISSING if a is None or b is None else float(a != b)
                weight = model_similarity.TEXT_WEIGHT.get(
                    column, model_similarity.OTHER_TEXT_WEIGHT
                )
                parts.append((weight, gap))
            a, b = name_vectors([more.models[i], more.models[j]]).toarray()
            parts.append((model_similarity.NAME_WEIGHT, 1.0 - a @ b))
            wanted = sum(w * g for w, g in parts) / sum(w for w, _ in parts)
            assert found[place, j] == pytest.approx(wanted, abs=1e-6)
    np.testing.assert_array_equal(found[:1], distances.of(more, np.array([3])))
    assert found[1].argmin() == 3


def test_neighbours_are_the_nearest_with_a_score_on_the_task() -> None:
    data = TrainingData.from_table(plain_table())
    rung = NearestModels().fit_points(data)
    row, col = np.indices((5, data.shape[1])).reshape(2, -1)
    there = data.dense(np.ones(len(data.row)))
    for i, j, names in zip(row, col, rung.neighbours(data, row, col), strict=True):
        weight = [(-rung.kernel_[i, m], m) for m in range(data.shape[0]) if there[m, j] and m != i]
        assert names == [data.models[m] for w, m in sorted(weight)[:3] if w < -1e-6]
