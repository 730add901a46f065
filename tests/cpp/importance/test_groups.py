"""Factor groups: what says the same is joined, and what is known for few gets no claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cpp.importance.association import association
from cpp.importance.groups import NAME, factor_groups
from features import load_leaderboard
from features.errors import DataError, UnknownNameError
from features.table.score_table import ScoreTable
from tests.training.factor_planting import NOISE, TRUE, factor_table


def text(values) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def test_connections_are_symmetric_and_allow_for_chance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    kinds = text([f"k{i}" for i in rng.integers(0, 60, 200)])  # many categories, all noise
    assert association(x, kinds) < 0.2
    assert association(kinds, x) == pytest.approx(association(x, kinds))
    assert association(x, -np.exp(x)) == pytest.approx(1.0)
    assert association(x, rng.normal(size=200)) < 0.35


def test_what_is_known_for_other_models_does_not_say_the_same():
    x = np.arange(40.0)
    early, late = np.where(x < 22, x, np.nan), np.where(x >= 18, x, np.nan)
    assert association(early, x) < association(x, x) == 1.0
    gaps = text(["known" if v < 22 else "unknown" for v in x])
    assert association(early, gaps) > 0.6, "that it is known says something, too"
    assert np.isfinite(association(early, late))


def test_a_family_tells_the_date_but_is_not_the_same():
    family = text([f"f{i // 3}" for i in range(90)])
    date = np.array([float(i // 3) for i in range(90)])
    assert association(family, text([f"{i % 2}" for i in range(90)])) < 0.3
    assert association(family, date) < 0.9


def test_planted_factors_are_apart_and_rare_ones_get_no_claim():
    table = factor_table(0)
    for side in ("model", "task"):
        found = factor_groups(table, side)
        assert {*TRUE[side], *NOISE[side], NAME} == set(found.names)
    assert len(factor_groups(table, "model", threshold=0.1).groups) < len(TRUE["model"]) + 6
    frame = factor_groups(table, "model").frame.set_index("factor")
    assert not frame.loc["rare", "claim"]
    assert frame.loc["rare", "why"] == "known for 4 of 70; 10 are needed"
    assert "goes with either" in frame.loc["tokens_per_param", "why"]
    assert frame.loc[frame["claim"], "why"].eq("").all()


def test_the_grouping_of_the_shipped_leaderboard_is_shown():
    found = factor_groups(load_leaderboard(), "model")
    members = {g.name: g.columns for g in found.groups}
    assert {"log10_params", "log10_layers", "log10_hidden_size"} <= set(members["size"])
    links = found.links.set_index(["one", "other"])
    both = links.loc[("log10_context_length", "release_year")]
    assert both["together"] == (both["strength"] >= 0.7)
    assert found.links["strength"].is_monotonic_decreasing
    of_size = found.frame[found.frame["factor"] == "log10_params"].iloc[0]
    assert (of_size["n_known"], of_size["n"]) == (148, 213) and of_size["in_group"] > 0.7


def test_what_only_the_name_says_goes_with_the_name():
    rows = [(f"Some-{i % 5 + 1}B-{'chat' if i % 2 else 'base'}-v{i}", "x", i) for i in range(30)]
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]))
    found = factor_groups(table, "model")
    assert found.names == [NAME]
    assert {"log10_params", "instruct"} <= set(found[NAME].columns) <= found.from_name
    stated = table.models.reset_index().assign(params=[1e9 * (i % 5 + 1) for i in range(30)])
    again = factor_groups(ScoreTable(table.scores, stated), "model")
    assert again["size"].columns == ("log10_params", "log10_active_params")


def test_what_cannot_be_asked():
    table = factor_table(0)
    with pytest.raises(DataError, match="side must be 'model' or 'task', got 'cell'"):
        factor_groups(table, "cell")
    with pytest.raises(DataError, match="threshold must lie above 0"):
        factor_groups(table, "model", threshold=0.0)
    with pytest.raises(UnknownNameError, match="did you mean 'size'"):
        factor_groups(table, "model")["sise"]
