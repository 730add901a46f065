"""Saved states: what goes in comes out, with the same bytes, or the error says why not."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from features.errors import StateError
from training.persistence.state_files import FORMAT, load_state, save_state

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
)
ARRAYS = hnp.arrays(
    dtype=st.one_of(
        hnp.floating_dtypes(),
        hnp.integer_dtypes(),
        hnp.boolean_dtypes(),
        hnp.unicode_string_dtypes(),
    ),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
KEYS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["$array", "$dict", "$float", "$lgb", "class", "trees_lgb", "x_lgb"]),
)
STATES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS | ARRAYS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def same(a: object, b: object) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return a == b and str(a) == str(b)  # str: 0.0 is not -0.0


def content(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(directory.iterdir())}


def example() -> dict:
    return {
        "class": "Blend",
        "params": {"random_state": 0, "shrink": 0.5, "names": ["a", "b"]},
        "models": np.array(["m1", "model-2"]),
        "parts": [
            {"coef": np.arange(6, dtype=float).reshape(2, 3), "trees_lgb": "tree\nversion=v4\n"},
            {"coef": np.zeros(0), "trees_lgb": ["tree\r\none", "tree\n\ntwo\n"], "gap": math.nan},
        ],
    }


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(state=STATES)
def test_any_state_comes_back(tmp_path, state):
    save_state(state, tmp_path / "state")
    assert same(load_state(tmp_path / "state"), state)


def test_equal_states_give_equal_bytes(tmp_path):
    save_state(example(), tmp_path / "a")
    save_state(load_state(tmp_path / "a"), tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_lightgbm_texts_are_files_of_their_own(tmp_path):
    save_state(example(), tmp_path / "s")
    names = sorted(content(tmp_path / "s"))
    texts = ["lgb-000.txt", "lgb-001.txt", "lgb-002.txt"]
    assert names == ["arrays.npz", *texts, "manifest.json", "state.json"]
    assert (tmp_path / "s" / "lgb-001.txt").read_bytes() == b"tree\r\none"
    assert "tree" not in (tmp_path / "s" / "state.json").read_text().replace("trees_lgb", "")


def test_saving_replaces_the_whole_directory(tmp_path):
    save_state(example(), tmp_path / "s")
    save_state({"class": "Small"}, tmp_path / "s")
    assert sorted(content(tmp_path / "s")) == ["arrays.npz", "manifest.json", "state.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["s"], "nothing is left beside it"


def test_numpy_scalars_become_python_ones(tmp_path):
    save_state({"n": np.int64(3), "x": np.float64("inf"), "ok": np.bool_(True)}, tmp_path / "s")
    back = load_state(tmp_path / "s")
    assert back == {"n": 3, "x": math.inf, "ok": True} and type(back["n"]) is int


@pytest.mark.parametrize(
    ("leaf", "said"),
    [
        (np.array([object()]), "object"),
        (np.array([b"x"]), "dtype"),
        ({1, 2}, "a set"),
        ((1, 2), "a tuple"),
        ({1: 2}, "key 1"),
    ],
)
def test_what_cannot_be_saved_is_named_and_nothing_is_written(tmp_path, leaf, said):
    with pytest.raises(StateError, match=rf"state/parts/0.*{said}"):
        save_state({"parts": [leaf]}, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["arrays.npz", "state.json", "manifest.json", "lgb-000.txt"])
def test_a_missing_file_is_named(tmp_path, name):
    save_state(example(), tmp_path / "s")
    (tmp_path / "s" / name).unlink()
    with pytest.raises(StateError, match=f"{name}: missing"):
        load_state(tmp_path / "s")


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StateError, match="nowhere: missing"):
        load_state(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["arrays.npz", "state.json", "lgb-000.txt"])
@pytest.mark.parametrize("cut", [0, -1, None])
def test_a_damaged_file_is_named(tmp_path, name, cut):
    save_state(example(), tmp_path / "s")
    path = tmp_path / "s" / name
    old = path.read_bytes()
    path.write_bytes(old + b" " if cut is None else old[:cut])
    with pytest.raises(StateError, match=f"{name}: damaged"):
        load_state(tmp_path / "s")


def rewrite(directory: Path, **changes: object) -> None:
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_newer_format_says_update(tmp_path):
    save_state(example(), tmp_path / "s")
    rewrite(tmp_path / "s", format=FORMAT + 1)
    with pytest.raises(StateError, match="update benchcast"):
        load_state(tmp_path / "s")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "other"},
        {"format": "one"},
        {"format": 0},
        {"files": []},
        {"files": {}},
        {"files": {"../secret": {}}},
    ],
)
def test_a_foreign_manifest_is_refused(tmp_path, changes):
    save_state(example(), tmp_path / "s")
    rewrite(tmp_path / "s", **changes)
    with pytest.raises(StateError, match="manifest.json"):
        load_state(tmp_path / "s")


def test_a_manifest_that_is_not_json_is_refused(tmp_path):
    save_state(example(), tmp_path / "s")
    for garbage in (b"{", b"\xff\xfe", b"[]", b""):
        (tmp_path / "s" / "manifest.json").write_bytes(garbage)
        with pytest.raises(StateError, match="manifest.json"):
            load_state(tmp_path / "s")
