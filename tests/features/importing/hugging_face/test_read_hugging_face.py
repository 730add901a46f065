"""Model cards and .eval_results: values as text, units nobody declares, names from folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from features.documents.yaml_files import read_yaml
from features.errors import DataError
from features.importing.hugging_face import read_hugging_face
from features.importing.hugging_face.names import repository
from features.importing.run import import_paths
from features.table.score_scale import ScoreScale
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.reading import Found, read_with

PERCENT = ScoreScale(0.0, 100.0)
CARD = """---
license: apache-2.0
base_model: org/Base-7B
model-index:
- name: Tiny-7B
  results:
  - task:
      type: text-generation
    dataset:
      name: AI2 Reasoning Challenge (25-Shot)
      type: ai2_arc
      config: ARC-Challenge
      split: test
      args:
        num_few_shot: 25
    metrics:
    - type: acc_norm
      value: 61.5
      name: normalized accuracy
    - type: acc
      value: 20.0 +- 1.2
      verified: true
    source:
      url: https://example.org/board
      name: A board
  - dataset: {name: MMLU, type: cais/mmlu}
    metrics:
    - {type: accuracy, value: 63.5%}
    - {type: f1, value: 0.412}
    - {type: wer, value: "12.5"}
---
# Tiny
"""
RESULTS = """- dataset:
    id: cais/hle
    task_id: hle
  value: 20.90
  date: 2025-01-15
  source:
    url: https://example.org/x
    name: Paper
- dataset: {id: Idavidrein/gpqa, task_id: diamond}
  value: 0.412
  verifyToken: abc
  notes: "no
    tools"
"""


def card(tmp_path: Path, text: str = CARD, **options: Any) -> Found:
    folder = tmp_path / "some-org" / "Folder-Name"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(text, encoding="utf-8")
    return read_with(read_hugging_face.read, folder / "README.md", **options)


def results(tmp_path: Path, text: str = RESULTS) -> Found:
    folder = tmp_path / "some-org" / "Some-7B" / ".eval_results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    return read_with(read_hugging_face.read, folder / "x.yaml")


def one_value(tmp_path: Path, value: str) -> Found:
    dataset = "{name: MMLU, type: x}"
    return card(
        tmp_path,
        "---\nmodel-index:\n- name: m\n  results:\n"
        f"  - dataset: {dataset}\n    metrics:\n    - type: acc\n      value: {value}\n---\n",
    )


def test_a_card_is_read(tmp_path: Path) -> None:
    found = card(tmp_path)
    assert found.counts == (5, 0, 0)
    key = found.rows["key"][0]
    assert (key.benchmark, key.dataset, key.config) == (
        "AI2 Reasoning Challenge",
        "ai2_arc",
        "ARC-Challenge",
    )
    assert (key.metric, key.shots, key.split, key.harness) == ("acc_norm", 25, "test", "hf")
    assert set(found.rows["model"]) == {"Tiny-7B"}
    assert found.rows["source"][0] == "https://example.org/board"
    assert found.rows["at"][0] == "model-index[0].results[0].metrics[0].value"
    assert found.facts("Tiny-7B") == {"base_model": "org/Base-7B", "license": "apache-2.0"}


def test_a_value_as_text_with_its_standard_error(tmp_path: Path) -> None:
    row = card(tmp_path).rows.iloc[1]
    assert (row["score"], row["se"]) == (20.0, 1.2)
    assert one_value(tmp_path, "20.0 ± 1.2%").rows["key"][0].scale == PERCENT


def test_the_scale_is_not_declared_unless_by_a_percent_sign(tmp_path: Path) -> None:
    scales = [k.scale for k in card(tmp_path).rows["key"]]
    assert scales[:4] == [None, None, PERCENT, None]
    assert scales[4] is not None and not scales[4].higher_is_better  # wer


def test_the_source_is_a_link_or_a_name(tmp_path: Path) -> None:
    text = CARD.replace("      url: https://example.org/board\n", "")
    assert card(tmp_path, text).rows["source"][0] == "A board"
    rows = results(tmp_path).rows
    assert rows["source"].tolist() == ["https://example.org/x", ""]


def test_a_merge_has_no_single_base(tmp_path: Path) -> None:
    text = CARD.replace("base_model: org/Base-7B", "base_model: [org/A-7B, org/B-7B]")
    assert card(tmp_path, text).facts("Tiny-7B") == {"license": "apache-2.0"}


def test_verified_is_told(tmp_path: Path) -> None:
    rows = card(tmp_path).rows
    assert rows["setting"].tolist()[:2] == ["", "verified"]
    assert rows["reported_by"].tolist()[:2] == ["", "third_party"]


def test_one_metric_twice_is_told_apart_by_name(tmp_path: Path) -> None:
    text = CARD.replace("type: acc\n", "type: acc_norm\n      name: other\n")
    keys = card(tmp_path, text).rows["key"].tolist()
    assert [k.filter for k in keys[:2]] == ["normalized accuracy", "other"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1,234", "leave out thousands separators"),
        ("12:30", "is not a number"),
        ("1_000", "leave out thousands separators"),
        ("yes", "is not a number"),
        (".inf", "is not a number"),
        ("{a: 1}", "no number"),
        ("[1, 2]", "no number"),
    ],
)
def test_a_value_that_is_no_number_is_refused(tmp_path: Path, value: str, told: str) -> None:
    found = one_value(tmp_path, value)
    assert found.counts == (0, 0, 1)
    assert "README.md, model-index[0].results[0].metrics[0].value" in found.told("refused")[0]
    assert told in found.told("refused")[0]


@pytest.mark.parametrize("value", ["", "null", "~", "N/A", "'-'"])
def test_an_unknown_value_is_set_aside(tmp_path: Path, value: str) -> None:
    assert one_value(tmp_path, value).counts == (0, 1, 0)


def test_normalised_figures_of_the_second_leaderboard_are_not_raw_ones(tmp_path: Path) -> None:
    text = CARD.replace("MMLU", "GPQA (0-shot)").replace(
        "  - dataset: {",
        "  - source: {url: https://x.org/spaces/open-llm-leaderboard/open_llm_leaderboard}\n"
        "    dataset: {",
    )
    key = card(tmp_path, text).rows["key"][2]
    assert (key.benchmark, key.metric, key.harness) == ("GPQA", "normalised", "open-llm")
    assert key.scale == PERCENT


def test_an_average_is_set_aside(tmp_path: Path) -> None:
    assert card(tmp_path, CARD.replace("name: MMLU", "name: Average")).counts == (2, 3, 0)


def test_shots_stand_in_the_name_or_among_the_arguments(tmp_path: Path) -> None:
    assert card(tmp_path).rows["key"][0].shots == 25
    by_name = card(tmp_path, CARD.replace("num_few_shot: 25", "x: y")).rows["key"][0]
    by_argument = card(tmp_path, CARD.replace(" (25-Shot)", "")).rows["key"][0]
    assert by_name == by_argument
    neither = CARD.replace("num_few_shot: 25", "x: y").replace(" (25-Shot)", "")
    assert card(tmp_path, neither).rows["key"][0].shots is None


def test_a_value_that_may_be_either_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "org" / "m" / ".eval_results" / "x.yaml"
    path.parent.mkdir(parents=True)
    for value, refused in (("0.412", True), ("20.90", False), ("41.2%", False)):
        path.write_text(f"- dataset: {{id: cais/hle}}\n  value: {value}\n")
        told = import_paths("hf", [path]).ledger.of("refused")
        assert bool(told) is refused, value
        if refused:
            assert "may be a percentage or a share" in told[0].reason and "--unit" in told[0].remedy
            assert (told[0].file, told[0].place) == (str(path), "[0].value")


def test_without_a_name_the_folder_is_the_model(tmp_path: Path) -> None:
    found = card(tmp_path, CARD.replace("- name: Tiny-7B\n  results", "- results"))
    assert set(found.rows["model"]) == {"some-org/Folder-Name"}


def test_repositories_by_their_folders(tmp_path: Path) -> None:
    assert repository(Path("meta/Llama-7b")) == "meta/Llama-7b"
    assert repository(Path("models/Llama-7b")) == "Llama-7b"
    assert repository(Path("Llama-7b")) == "Llama-7b"
    assert repository(Path("/Llama-7b")) == "Llama-7b"
    cached = Path("/root/hub/models--meta-llama--Llama-2-7b/snapshots/0a1b2c")
    assert repository(cached) == "meta-llama/Llama-2-7b"
    (tmp_path / ".git").mkdir()
    config = '[remote "origin"]\n\turl = https://huggingface.co/meta/Llama-7b\n\tfetch = x\n'
    (tmp_path / ".git" / "config").write_text(config)
    assert repository(tmp_path) == "meta/Llama-7b"


def test_eval_results_are_read(tmp_path: Path) -> None:
    found = results(tmp_path)
    assert found.counts == (2, 0, 0)
    assert set(found.rows["model"]) == {"some-org/Some-7B"}
    first, second = found.rows["key"]
    assert (first.benchmark, first.config, first.dataset) == ("hle", "", "cais/hle")
    assert (second.benchmark, second.config) == ("gpqa", "diamond")
    assert found.rows["date"][0] == "2025-01-15"
    assert found.rows["setting"].tolist() == ["", "verified, no tools"]
    assert found.rows["at"].tolist() == ["[0].value", "[1].value"]


def test_eval_results_in_percent_and_as_shares_declare_nothing(tmp_path: Path) -> None:
    found = results(tmp_path)  # 20.90 and 0.412: both occur
    assert found.rows["score"].tolist() == [20.9, 0.412]
    assert [k.scale for k in found.rows["key"]] == [None, None]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- dataset: {id: a/b}\n", "[0].value"),
        ("- value: 3\n", "the result names no dataset"),
        ("- dataset: {id: a/b}\n  value: x\n", "[0].value: 'x': the score is not a number"),
        ("- 3\n", "[0]: '3': not a result"),
    ],
)
def test_faulty_results_are_refused_at_their_place(tmp_path: Path, text: str, told: str) -> None:
    found = results(tmp_path, text)
    assert found.counts == (0, 0, 1)
    assert "x.yaml" in found.told("refused")[0]
    assert told in found.told("refused")[0]


def test_a_faulty_date_is_noted(tmp_path: Path) -> None:
    found = results(tmp_path, RESULTS.replace("2025-01-15", "yesterday"))
    assert found.counts == (2, 0, 0)
    assert any("[0].date: 'yesterday'" in n for n in found.told("note"))


# -- YAML that means harm ----------------------------------------------------------------

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "more than 500,000 values"),
        ("[" * 100_000, "nested deeper than 50"),
        ("- " * 100_000 + "x", "nested deeper than 50"),
        ("a: &a [*a]", "'a' stands for nothing before it"),
        ("a: 1\na: 2\n", "line 2: the key 'a' stands twice"),
        ("? [a]\n: 1\n", "a key that is not text"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document"),
        ("a: [1\nb: 2", "line 2 column"),
        ("a: \x07", "no YAML"),
    ],
)
def test_yaml_bombs_and_faults_name_their_line(text: str, told: str) -> None:
    with pytest.raises(DataError, match="x.yaml") as caught:
        read_yaml(text, "x.yaml")
    assert told in str(caught.value)


def test_yaml_builds_nothing_and_keeps_text() -> None:
    text = "a: !!python/object/apply:os.system [echo]\nb: 1_000\nc: no\nd: 2024-01-01\ne: 0.10\n"
    assert read_yaml(text, "x") == {
        "a": ["echo"],
        "b": "1_000",
        "c": "no",
        "d": "2024-01-01",
        "e": "0.10",
    }
    assert read_yaml("a: &x {b: 1}\nc: *x\n", "x") == {"a": {"b": "1"}, "c": {"b": "1"}}


def test_cards_without_scores_are_left(tmp_path: Path) -> None:
    for text in ("# Title\n", "---\nlicense: mit\n---\n", ""):
        found = card(tmp_path, text)
        assert found.counts == (0, 0, 0)
        assert found.told("set_aside")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\nmodel-index:\n", "line 3: the front matter is not closed"),
        ("---\na: b\nmodel-index: [\n---\n", "line 4"),
        ("---\nmodel-index: text\n---\n", "model-index: must be a list"),
    ],
)
def test_broken_cards_are_refused_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DataError, match="README.md") as caught:
        card(tmp_path, text)
    assert told in str(caught.value)


def test_claims(tmp_path: Path) -> None:
    card(tmp_path)
    results(tmp_path)
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "x.yaml").write_text("- a")
    found = {
        str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if read_hugging_face.claims(p)
    }
    assert found == {"some-org/Folder-Name/README.md", "some-org/Some-7B/.eval_results/x.yaml"}


@given(damaged(CARD.encode()))
@FUZZ
def test_damaged_cards(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "README.md").write_bytes(content)
    check_reading(read_hugging_face.read, tmp_path / "README.md")


@given(damaged(RESULTS.encode()))
@FUZZ
def test_damaged_results(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    check_reading(read_hugging_face.read, tmp_path / "x.yaml")
