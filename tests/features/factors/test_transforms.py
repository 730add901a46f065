"""Derived factors: units, what fills what, and that nothing unknown becomes a number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.factors.transforms import decimal_years, derive_models, derive_tasks, wide_columns
from features.table.score_table import ScoreTable


def models(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns).set_index("model")


def test_training_flop_is_estimated_from_active_parameters() -> None:
    out = derive_models(
        models(
            model=["given", "dense", "sparse", "unknown"],
            params=[1e9, 1e9, 30e9, 1e9],
            active_params=[None, None, 3e9, None],
            training_tokens=[1e12, 1e12, 1e12, None],
            training_flop=[5e21, None, None, None],
        )
    )
    assert out.loc["given", "log10_training_flop"] == pytest.approx(np.log10(5e21))
    assert out.loc["dense", "log10_training_flop"] == pytest.approx(np.log10(6e21))
    assert out.loc["sparse", "log10_training_flop"] == pytest.approx(np.log10(6 * 3e21))
    assert out["flop_is_estimate"].tolist()[:3] == [0.0, 1.0, 1.0]
    assert np.isnan(out.loc["unknown", ["log10_training_flop", "flop_is_estimate"]]).all()
    assert out.loc["sparse", "tokens_per_param"] == pytest.approx(1e12 / 30e9)
    assert out.loc["dense", "log10_active_params"] == pytest.approx(9)


def test_the_name_fills_only_what_is_missing() -> None:
    out = derive_models(
        models(
            model=["Org/A-7B-Instruct-2407", "B-7B-Base", "C_high", "plain"],
            params=[None, 8e9, None, None],
            release_date=[None, "2023-01-01", None, None],
            reasoning=[None, None, "false", None],
            organization=[None, "Bees", None, None],
        )
    )
    assert out["log10_params"].tolist()[:2] == pytest.approx([np.log10(7e9), np.log10(8e9)])
    assert out.loc["Org/A-7B-Instruct-2407", "release_year"] == pytest.approx(2024 + 182 / 366)
    assert out.loc["B-7B-Base", "release_year"] == 2023.0
    assert out["instruct"].tolist()[:2] == [1.0, 0.0]
    assert out.loc["C_high", ["reasoning", "effort_level"]].tolist() == [0.0, 3.0]
    assert out["organization"].tolist()[:2] == ["Org", "Bees"]
    assert out["family"].tolist() == ["a", "b", "c", "plain"]
    floats = out.select_dtypes("float")
    assert floats.loc["plain"].isna().all()


def test_effort_is_one_scale() -> None:
    names = ["m_none", "m_low", "m_1K", "m_8K", "m_medium", "m_64K", "m_high", "m"]
    levels = derive_models(pd.DataFrame(index=names))["effort_level"]
    assert levels.tolist()[:7] == pytest.approx([0, 1, 1, 2, 2, 3, 3])
    assert np.isnan(levels["m"])
    given = models(model=["a", "b", "c"], reasoning_effort=["59K", "no-thinking", "strange"])
    out = derive_models(given)["effort_level"]
    assert 2.9 < out["a"] < 3
    assert out["b"] == 0
    assert np.isnan(out["c"])


def test_instruct_reads_flags_words_and_names() -> None:
    out = derive_models(
        models(
            model=["a", "b", "c", "d-chat", "e-chat"],
            finetuning=["none (base model)", "instruction tuned", "odd", None, None],
            instruct=[None, None, None, None, "false"],
        )
    )["instruct"]
    assert out.tolist()[:2] == [0.0, 1.0]
    assert np.isnan(out["c"])
    assert out.tolist()[3:] == [1.0, 0.0]


def test_other_columns_pass_through() -> None:
    frame = models(
        model=["a", "b", "c"],
        wide=[1.0, 1000.0, None],
        narrow=[1.0, 2.0, 3.0],
        signed=[-1.0, 1000.0, 0.0],
        merged=["true", "false", ""],
        seen=["2024-01-01", "", "2025-01-01"],
        colour=["red", None, "blue"],
        family=["f", "f", None],
        quantised=["q4", None, "q8"],
    )
    out = derive_models(frame)
    assert out["log10_wide"].tolist()[:2] == [0.0, 3.0]
    assert np.isnan(out.loc["c", "log10_wide"])
    assert "log10_narrow" not in out and "log10_signed" not in out
    assert out["merged"].tolist()[:2] == [1.0, 0.0]
    assert out["seen_year"].tolist()[::2] == [2024.0, 2025.0]
    assert out["colour"].tolist()[::2] == ["red", "blue"]
    assert out["own_quantised"].tolist()[::2] == ["q4", "q8"]
    one = derive_models(frame.loc[["a"]], log10_of=wide_columns(frame))
    assert one.loc["a", "log10_wide"] == 0.0


def test_rows_do_not_depend_on_other_rows_or_their_order() -> None:
    frame = models(
        model=["z-7B", "a-13B", "m"],
        params=[None, None, 1e9],
        open_weights=["true", None, "false"],
    )
    out = derive_models(frame)
    assert out.index.tolist() == ["z-7B", "a-13B", "m"]
    pd.testing.assert_frame_equal(derive_models(frame.iloc[::-1]).reindex(out.index), out)
    alone = derive_models(frame.loc[["m"]])
    pd.testing.assert_frame_equal(alone, out.loc[["m"]])


def test_tasks() -> None:
    frame = pd.DataFrame(
        {
            "task": ["A (5-shot)", "B", "Elo"],
            "scale_min": [0, -1, None],
            "scale_max": [100, 1, None],
            "chance": [25, 0, None],
            "higher_is_better": ["true", "false", None],
            "n_items": [1000, None, None],
            "shots": [None, 3, None],
            "released": ["2020-01-01", None, None],
            "family": [None, "bee", None],
            "difficulty": ["easy", None, "hard"],
        }
    ).set_index("task")
    out = derive_tasks(frame)
    assert out["chance_points"].tolist()[:2] == [25.0, 50.0]
    assert out["range"].tolist()[:2] == [100.0, 2.0]
    assert out["bounded"].tolist() == [1.0, 1.0, 0.0]
    assert out["higher_is_better"].tolist()[:2] == [1.0, 0.0]
    assert out["log10_n_items"].iloc[0] == 3.0
    assert out["shots"].tolist()[:2] == [5.0, 3.0]
    assert out["release_year"].iloc[0] == 2020.0
    assert out["family"].tolist() == ["A", "bee", "Elo"]
    assert out["difficulty"].tolist()[::2] == ["easy", "hard"]
    assert np.isnan(out.loc["Elo", ["chance_points", "range", "shots"]].astype(float)).all()


def test_a_table_without_factors_and_an_empty_frame() -> None:
    scores = pd.DataFrame({"model": ["a"], "task": ["t"], "score": [1.0]})
    table = ScoreTable(scores)
    assert derive_models(table.models).select_dtypes("float").isna().all(axis=None)
    assert len(derive_tasks(table.tasks)) == 1
    assert derive_models(table.models.iloc[:0]).empty


def test_input_is_untouched_and_columns_are_floats_or_text() -> None:
    frame = models(model=["a", "b"], params=[1e9, None], open_weights=["true", None])
    table = ScoreTable(
        pd.DataFrame({"model": ["a", "b"], "task": ["t", "t"], "score": [1.0, 2.0]}), frame
    )
    before = table.models.copy()
    out = derive_models(table.models)
    pd.testing.assert_frame_equal(table.models, before)
    assert {str(k) for k in out.dtypes} == {"float64", "str"}


def test_decimal_years() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-07-02", "2023-12-31", None]))
    out = decimal_years(days)
    assert out[:3] == pytest.approx([2024, 2024.5, 2023 + 364 / 365])
    assert np.isnan(out[3])
