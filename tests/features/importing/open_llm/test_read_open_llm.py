"""The Open LLM Leaderboard: raw and normalised twins, flagged rows, precisions, version 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.open_llm import read_open_llm
from features.table.score_scale import ScoreScale
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.reading import Found, read_with

SHARE, PERCENT = ScoreScale(0.0, 1.0), ScoreScale(0.0, 100.0)
#: made up; the columns are those of the `contents` table
ROW = {
    "eval_name": "meta_Llama-X_bfloat16",
    "Precision": "bfloat16",
    "Type": "💬 chat models (RLHF, DPO, IFT, ...)",
    "T": "💬",
    "Weight type": "Original",
    "Architecture": "LlamaForCausalLM",
    "Model": '<a target="_blank" href="https://huggingface.co/meta/Llama-X">meta/Llama-X</a>',
    "fullname": "meta/Llama-X",
    "Model sha": "abc",
    "Average ⬆️": 33.0,
    "Hub License": "llama3",
    "Hub ❤️": 12,
    "#Params (B)": 8.03,
    "Available on the hub": True,
    "MoE": False,
    "Flagged": False,
    "Chat Template": True,
    "CO₂ cost (kg)": 1.5,
    "IFEval Raw": 0.5,
    "IFEval": 50.0,
    "GPQA Raw": 0.31,
    "GPQA": 8.0,
    "MMLU-PRO Raw": 0.4,
    "MMLU-PRO": 33.3333,
    "Merged": False,
    "Upload To Hub Date": "2024-06-01",
    "Submission Date": "2024-06-12",
    "Generation": 1,
    "Base Model": "meta/Llama-X-Base (Merge)",
}


def write(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "contents.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return path


def read(tmp_path: Path, *changes: dict[str, Any]) -> Found:
    return read_with(
        read_open_llm.read, write(tmp_path, [ROW | change for change in changes or [{}]])
    )


def test_the_raw_score_is_taken_and_its_normalised_twin_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.counts == (3, 4, 0)
    assert ("meta/Llama-X", "GPQA", 0.31) in found.cells
    assert {k.scale for k in found.rows["key"]} == {SHARE}
    assert {k.metric for k in found.rows["key"]} == {"raw"}
    assert {k.benchmark: k.shots for k in found.rows["key"]} == {
        "IFEval": 0,
        "GPQA": 0,
        "MMLU-PRO": 5,
    }
    rules = found.told("set_aside")
    assert sum("chance-normalised" in r for r in rules) == 3
    assert sum("aggregate" in r for r in rules) == 1


def test_a_normalised_score_without_its_raw_twin_is_another_task(tmp_path: Path) -> None:
    rows = [{k: v for k, v in ROW.items() if k != "GPQA Raw"}]
    found = read_with(read_open_llm.read, write(tmp_path, rows))
    key = next(k for k in found.rows["key"] if k.benchmark == "GPQA")
    assert (key.metric, key.scale) == ("normalised", PERCENT)


def test_fullname_is_the_id_not_the_html_column(tmp_path: Path) -> None:
    found = read(tmp_path, {"fullname": "other/Name"})
    assert {m for m, _, _ in found.cells} == {"other/Name"}
    rows = [{k: v for k, v in ROW.items() if k != "fullname"}]
    found = read_with(read_open_llm.read, write(tmp_path, rows))
    assert {m for m, _, _ in found.cells} == {"meta/Llama-X"}
    assert any("read from the links" in n for n in found.told("note"))
    assert read(tmp_path, {"fullname": None}).counts == (0, 4, 3)
    assert read(tmp_path, {"fullname": "<b>x</b>"}).counts == (0, 4, 3)


@pytest.mark.parametrize("unknown", [-1, 0, -1.0])
def test_params_of_minus_one_are_unknown(tmp_path: Path, unknown: float) -> None:
    assert read(tmp_path).facts("meta/Llama-X")["params"] == pytest.approx(8.03e9)
    found = read(tmp_path, {"#Params (B)": unknown})
    assert "params" not in found.facts("meta/Llama-X")
    assert any("means unknown" in n for n in found.told("note"))


def test_flagged_rows_are_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path, {}, {"Flagged": True, "fullname": "bad/model"})
    assert {m for m, _, _ in found.cells} == {"meta/Llama-X"}
    assert found.counts == (3, 11, 0)
    assert sum("flagged the model" in r for r in found.told("set_aside")) == 7


def test_one_model_in_several_precisions_has_several_reports(tmp_path: Path) -> None:
    other = {"Precision": "float16", "Chat Template": False, "Weight type": "Adapter"}
    found = read(tmp_path, {}, other)
    assert sorted(set(found.rows["setting"])) == ["bfloat16, chat template", "float16, Adapter"]
    assert len(found.rows) == 6
    assert set(found.rows["date"]) == {"2024-06-12"}
    assert set(found.rows["reported_by"]) == {"third_party"}


def test_what_is_said_of_the_model_becomes_factors(tmp_path: Path) -> None:
    facts = read(tmp_path).facts("meta/Llama-X")
    assert facts["architecture"] == "LlamaForCausalLM"
    assert facts["base_model"] == "meta/Llama-X-Base"
    assert facts["finetuning"] == "chat"
    assert facts["merged"] is False
    assert facts["generation"] == 1.0
    assert facts["license"] == "llama3"
    assert facts["submission_date"] == "2024-06-12"
    assert facts["upload_date"] == "2024-06-01"
    for base in ("Removed", "meta/Llama-X", "", None):
        found = read(tmp_path, {"Base Model": base, "Type": "🟢 pretrained"})
        assert "base_model" not in found.facts("meta/Llama-X")
        assert found.facts("meta/Llama-X")["finetuning"] == "base"


def test_version_1_is_in_percent_and_not_normalised(tmp_path: Path) -> None:
    row = {k: v for k, v in ROW.items() if not k.startswith(("IFEval", "GPQA", "MMLU-PRO"))}
    tasks = {"ARC": 60.1, "HellaSwag": 80.2, "MMLU": 0.0, "TruthfulQA": None, "GSM8K": 0.9}
    found = read_with(read_open_llm.read, write(tmp_path, [row | tasks]))
    assert found.counts == (4, 1, 0)
    assert {k.metric for k in found.rows["key"]} == {""}  # not the second version's figures
    assert {k.scale for k in found.rows["key"]} == {PERCENT}
    assert {k.benchmark: k.shots for k in found.rows["key"]} == {
        "ARC": 25,
        "HellaSwag": 10,
        "MMLU": 5,
        "GSM8K": 5,
    }


def test_unknown_and_faulty_scores(tmp_path: Path) -> None:
    found = read(tmp_path, {"GPQA Raw": None, "GPQA": None})
    assert found.counts == (2, 3, 0)
    path = tmp_path / "contents.csv"
    text = ",".join(['"' + str(v).replace('"', '""') + '"' for v in ROW.values()])
    header = ",".join(f'"{k}"' for k in ROW)
    path.write_text(header + "\n" + text.replace('"0.31"', '"x"') + "\n")
    found = read_with(read_open_llm.read, path)
    assert found.counts == (2, 4, 1)
    assert "contents.csv, line 2" in found.told("refused")[0]
    assert "column 'GPQA Raw'" in found.told("refused")[0]


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("fullname,a,b\nm,1,2\n")
    with pytest.raises(DataError, match=r"x\.csv, line 1: none of the leaderboard's tasks"):
        read_with(read_open_llm.read, path)
    path.write_text("who,MMLU,ARC\nm,1,2\n")
    with pytest.raises(DataError, match="no column 'fullname'"):
        read_with(read_open_llm.read, path)


def test_claims(tmp_path: Path) -> None:
    path = write(tmp_path, [ROW])
    assert read_open_llm.claims(path)
    (tmp_path / "x.csv").write_text("model,MMLU\na,1\n")
    (tmp_path / "y.parquet").write_text("x")
    assert not read_open_llm.claims(tmp_path / "x.csv")
    assert not read_open_llm.claims(tmp_path / "y.parquet")
    assert not read_open_llm.claims(tmp_path)


@given(st.data())
@FUZZ
def test_damaged_files(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good.parquet"
    if not good.exists():
        write(tmp_path, [ROW]).rename(good)
        pd.DataFrame([ROW]).to_csv(tmp_path / "good.csv", index=False)
    for kind in ("parquet", "csv"):
        path = tmp_path / f"c.{kind}"
        path.write_bytes(data.draw(damaged((tmp_path / f"good.{kind}").read_bytes())))
        read_open_llm.claims(path)
        check_reading(read_open_llm.read, path)
