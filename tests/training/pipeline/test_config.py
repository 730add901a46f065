"""Settings of a run: bounds, files, overrides, and errors a person can act on."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpp
from features.errors import ConfigError
from training.pipeline.config import Preset, TrainConfig, load_config

FILE = """
[model]
predictor = "boosting"
parameters = { rounds = 200, rate = 0.1, name = "a", sizes = [1, 2] }

[folds]
split = "new-model"
known = 3

[run]
seed = 7
level = 0.8
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "train.toml"
    file.write_text(FILE)
    return file


def test_defaults_need_no_file():
    config = load_config()
    assert config == TrainConfig()
    assert (config.model.predictor, config.run.seed, config.run.data) == ("blend", 0, "leaderboard")


def test_a_file_and_overrides_in_order(path):
    config = load_config(
        path, ["run.seed=1", "run.seed=2", "model.predictor=biases", "folds.known = 0"]
    )
    assert config.run.seed == 2 and config.run.level == 0.8
    assert config.model.predictor == "biases" and config.folds.known == 0
    assert config.model.parameters == {"rounds": 200, "rate": 0.1, "name": "a", "sizes": [1, 2]}


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("model.parameters.x=1", 1),
        ("model.parameters.x=1.5", 1.5),
        ("model.parameters.x=true", True),
        ("model.parameters.x=[1, 2]", [1, 2]),
        ('model.parameters.x="1"', "1"),
        ("model.parameters.x=word", "word"),
        ("model.parameters.x=a=b", "a=b"),
        ("model.parameters.x=", ""),
    ],
)
def test_override_values_are_toml_or_bare_text(override, value):
    found = load_config(None, [override]).model.parameters["x"]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("run.seed=-1", "run.seed = -1 is not allowed: .* greater than or equal to 0"),
        ("run.seed='3'", "run.seed = '3' .*integer"),
        ("run.seed=1.0", "run.seed = 1.0 .*integer"),
        ("run.jobs=0", "run.jobs = 0 .*greater than or equal to 1"),
        ("run.level=1.0", "run.level = 1.0 .*less than 1"),
        ("run.level=nan", "run.level = nan .*finite"),
        ("run.ladder=yes", "run.ladder = 'yes' .*true, false, or a list"),
        ("model.preset=fst", "model.preset = 'fst' .*'fast' or 'best'"),
        ("run.champion=maybe", "run.champion = 'maybe' .*'better', 'refresh', 'never' or 'always'"),
        ("run.sead=1", "unknown key 'run.sead'; did you mean 'seed'.*Allowed here: data, seed"),
        ("rum.seed=1", "unknown key 'rum'; did you mean 'run'"),
        ("folds.split=randm", "folds.split = 'randm' .*'random'"),
        ("folds.mask=0.3", r"\[folds\] mask belongs to a split"),
        ("model.parameters.x={a = 1}", "model.parameters.x = {'a': 1} is not allowed"),
        ("model.parameters.x=nan", "model.parameters.x = nan is not allowed"),
        ("model=1", "write section.key=value"),
        ("model.predictor", "write section.key=value"),
        ("run.seed.deep=1", "run.seed = {'deep': 1} .*integer"),
    ],
)
def test_errors_name_the_override_the_key_the_value_and_what_is_allowed(override, said):
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(None, [override])
    if "write section" not in said and "run.seed.deep" not in override and "rum" not in said:
        place = str(caught.value)
        assert "override" in place or "[folds]" in place


def test_a_preset_is_its_rung():
    assert set(get_args(Preset)) == set(cpp.PRESETS)
    for preset, rung in cpp.PRESETS.items():
        config = load_config(None, [f"model.preset={preset}"])
        assert (config.model.preset, config.model.predictor) == (preset, rung)
        assert load_config(None, [f"model.predictor={preset}"]).model.predictor == rung


def test_preset_and_predictor_are_two_names_of_one_thing(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('[model]\npreset = "fast"\npredictor = "biases"\n')
    with pytest.raises(ConfigError, match="preset 'fast' is the predictor 'fast', not 'biases'"):
        load_config(file)
    # what is said last counts
    assert load_config(file, ["model.predictor=nearest"]).model.predictor == "nearest"
    assert load_config(file, ["model.preset=best"]).model.predictor == "blend"
    # the recorded file says both, and they agree
    config = load_config(None, ["model.preset=fast"])
    file.write_text(config.to_toml())
    assert load_config(file) == config


def test_rungs_of_the_ladder_by_name():
    config = load_config(None, ['run.ladder=["biases", "nearest"]'])
    assert config.run.ladder == ["biases", "nearest"]
    assert load_config(None, ["run.ladder=false"]).run.ladder is False


def test_an_override_below_a_value_is_refused(path):
    with pytest.raises(ConfigError, match="'seed' is a value"):
        load_config(path, ["run.seed.deep=1"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[run\n", "train.toml: not TOML: .*line 1"),
        (b"[run]\nseed = '1'\n", "train.toml: run.seed = '1'"),
        (b"run = 3\n", "train.toml: run = 3"),
        (b"\xff\xfe", "train.toml: not UTF-8"),
        (b"[folds]\nfile='a'\nsplit='time'\n", "file and split exclude each other"),
        (b"[folds]\nfile='a'\nknown=1\n", "known belongs to a split"),
    ],
)
def test_a_faulty_file_is_named(path, content, said):
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load_config(path)


def test_a_missing_file_or_a_directory_is_named(tmp_path):
    with pytest.raises(ConfigError, match="none.toml: no such file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


def test_every_fault_is_told_at_once():
    with pytest.raises(ConfigError, match="(?s)run.seed.*run.jobs"):
        load_config(None, ["run.seed=-1", "run.jobs=0"])


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    number=st.floats(allow_nan=False, allow_infinity=False),
    items=st.lists(st.integers(-(2**60), 2**60) | st.booleans(), max_size=3),
)
def test_the_recorded_file_reads_back(tmp_path_factory, text, number, items):
    config = TrainConfig.model_validate(
        {"model": {"parameters": {"t": text, "n": number, "l": items, text: 1}}, "run": {"seed": 5}}
    )
    file = tmp_path_factory.mktemp("config") / "c.toml"
    file.write_bytes(config.to_toml().encode())
    assert load_config(file) == config


def test_a_password_in_the_tracking_uri_is_recorded_nowhere():
    config = load_config(None, ["run.tracking_uri=https://me:secret@host/"])
    assert "secret" not in config.to_toml() + str(config.flat())
    assert config.flat()["folds.split"] == "default"
    assert config.flat()["run.ladder"] == "default"
