"""Wide matrices: which axis is which, units, aggregates, cells that are no score."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.wide import files, read_wide
from features.table.score_scale import ScoreScale
from tests.features.importing.fuzzing import FUZZ, check_reading, damaged
from tests.features.importing.reading import Found, read_with

PERCENT = ScoreScale(0.0, 100.0)
GOOD = """Model,MMLU,GSM8K,HellaSwag,Average
Llama-2-7b,45.3,14.6,77.2,45.7
Llama-2-13b,54.8,28.7,80.7,54.7
Llama-2-70b,68.9,56.8,85.3,70.3
"""


def read(tmp_path: Path, text: str, name: str = "m.csv", **options: Any) -> Found:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_with(read_wide.read, path, **options)


def excel(tmp_path: Path, rows: list[list[Any]], formats: dict[str, str] | None = None) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, form in (formats or {}).items():
        book.active[cell].number_format = form
    book.save(tmp_path / "m.xlsx")
    return tmp_path / "m.xlsx"


def test_a_matrix_and_its_transpose_are_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert ("Llama-2-13b", "GSM8K", 28.7) in found.cells
    rows = [line.split(",") for line in GOOD.splitlines()]
    rows[0][0] = "Benchmark"
    turned = "\n".join(",".join(r) for r in zip(*rows, strict=True)) + "\n"
    other = read(tmp_path, turned, "t.csv")
    assert sorted(other.cells) == sorted(found.cells)
    assert found.counts == other.counts == (9, 3, 0)


@pytest.mark.parametrize("corner", ["", "Unnamed: 0", "x"])
def test_orientation_is_told_by_the_catalogue(tmp_path: Path, corner: str) -> None:
    rows = [line.split(",")[:4] for line in GOOD.splitlines()]
    rows[0][0] = corner
    plain = "\n".join(",".join(r) for r in rows) + "\n"
    turned = "\n".join(",".join(r) for r in zip(*rows, strict=True)) + "\n"
    assert sorted(read(tmp_path, plain).cells) == sorted(read(tmp_path, turned).cells)


def test_orientation_that_cannot_be_told_is_refused_and_can_be_said(tmp_path: Path) -> None:
    text = ",c,d\na,1,20\nb,30,40\n"
    with pytest.raises(DataError, match=r"m\.csv, line 1: cannot tell .*--rows models"):
        read(tmp_path, text)
    assert ("a", "d", 20.0) in read(tmp_path, text, orientation="models").cells
    assert ("d", "a", 20.0) in read(tmp_path, text, orientation="tasks").cells


def test_an_aggregate_by_name_is_set_aside(tmp_path: Path) -> None:
    for name in ("Average ⬆️", "avg.", "MEAN", "Rank", "Overall score", "#"):
        found = read(tmp_path, GOOD.replace("Average", name).replace("45.7", "1"))
        assert found.counts == (9, 3, 0), name
        assert "HellaSwag" in {task for _, task, _ in found.cells}


def test_an_aggregate_by_its_numbers_is_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("Average", "Open score"))
    assert found.counts == (9, 3, 0)
    assert "'Open score': the mean of the other tasks" in found.told("set_aside")[0]
    assert read(tmp_path, GOOD.replace("Average", "Other").replace("70.3", "30.3")).counts[1] == 0


def test_an_aggregate_beside_its_parts_counts_once(tmp_path: Path) -> None:
    text = "model,mmlu,mmlu_anatomy,mmlu_virology,gsm8k\nm1,45,41,53,9\nm2,55,61,33,20\n"
    found = read(tmp_path, text)
    assert {task for _, task, _ in found.cells} == {"mmlu", "gsm8k"}
    assert found.counts == (4, 4, 0)
    alone = read(tmp_path, text.replace("mmlu,", "other,", 1))
    assert alone.counts == (8, 0, 0)


def test_unknown_cells_are_no_scores(tmp_path: Path) -> None:
    cells = ["", "-", "N/A", "n/a", "NA", "—", "–", "NaN", "null", " "]
    text = "model,MMLU,GSM8K\n" + "".join(f"m{i},{c},50.5\n" for i, c in enumerate(cells))
    found = read(tmp_path, text)
    assert found.counts == (len(cells), 0, 0)
    assert {task for _, task, _ in found.cells} == {"GSM8K"}


def test_a_percent_sign_declares_the_unit_of_its_cell(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU\na,63.5%\nb,0.9 %\nc,64.5\n")
    scales = {m: k.scale for m, k in zip(found.rows["model"], found.rows["key"], strict=True)}
    assert scales == {"a": PERCENT, "b": PERCENT, "c": None}


def test_a_unit_in_the_header_declares_the_column(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU (%),GSM8K [0-1],WER ↓,IFEval %\na,0.5,0.7,12,1\nb,1,0,3,2\n")
    scales = {k.benchmark: k.scale for k in found.rows["key"]}
    assert scales["MMLU"] == scales["IFEval"] == PERCENT
    assert scales["GSM8K"] == ScoreScale(0.0, 1.0)
    assert scales["WER"] is not None and not scales["WER"].higher_is_better


def test_percent_against_proportion_between_columns_is_refused(tmp_path: Path) -> None:
    text = "model,GSM8K,HLE,MMLU\na,0.51,0.2,70.1\nb,0.65,0.9,60.2\n"
    found = read(tmp_path, text)
    assert found.counts == (2, 0, 4)
    assert "write 'GSM8K (0-1)' or 'GSM8K (%)'" in found.told("refused")[0]
    assert read(tmp_path, text, unit="percent").counts == (6, 0, 0)
    many = "model,GSM8K,MMLU\n" + "".join(f"m{i},0.{i}5,{60 + i}\n" for i in range(10))
    assert read(tmp_path, many).counts == (20, 0, 0)  # nobody above 1 %, of ten? They are shares
    sure = read(tmp_path, text.replace("GSM8K", "GSM8K (0-1)").replace("HLE", "HLE (%)"))
    assert sure.counts == (6, 0, 0)


def test_a_share_in_all_columns_needs_no_word(tmp_path: Path) -> None:
    assert read(tmp_path, "model,MMLU,GSM8K\na,0.5,0.4\nb,0.6,1\n").counts == (4, 0, 0)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('"1,234.5"', "leave out thousands separators"),
        ("1_000", "leave out thousands separators"),
        ('"70,5"', "use a decimal point"),
        ("70.5*", "is not a number"),
        ("1e999", "too large"),
        ("inf", "not a finite number"),
        ("50±-1", "negative standard error"),
        ("50±1±2", "several ±"),
    ],
)
def test_separators_and_other_marks_are_refused(tmp_path: Path, cell: str, told: str) -> None:
    found = read(tmp_path, f"model,MMLU\na,50\nb,{cell}\n")
    assert found.counts == (1, 0, 1)
    assert "m.csv, line 3" in found.told("refused")[0]
    assert "column 'MMLU'" in found.told("refused")[0]
    assert told in found.told("refused")[0]


def test_what_stands_behind_plus_minus_is_the_standard_error(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU,GSM8K\na,63.5 ± 1.2,3\nb,60 +- 0.5%,2\n")
    mmlu = found.rows[[k.benchmark == "MMLU" for k in found.rows["key"]]]
    assert mmlu["se"].tolist() == [1.2, 0.5]
    assert [k.scale for k in mmlu["key"]] == [None, PERCENT]


def test_duplicate_model_rows_are_several_reports(tmp_path: Path) -> None:
    assert read(tmp_path, "model,MMLU\na,50\na,51\na,50\n").counts == (3, 0, 0)


def test_duplicate_task_columns_are_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU,MMLU\na,50,51\n")
    assert found.counts == (0, 0, 0)
    assert "the column stands twice" in found.told("refused")[0]
    found = read(tmp_path, "model,MMLU,MMLU (%)\na,50,51\n")
    assert found.counts == (1, 0, 1)
    found = read(tmp_path, "task,gpt-4,gpt-3\nMMLU,50,51\nMMLU,3,4\n")
    assert found.counts == (2, 0, 2)
    assert "line 3" in found.told("refused")[0]


def test_a_model_without_a_name_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU\na,50\n,51\n")
    assert found.counts == (1, 0, 1)
    assert "line 3" in found.told("refused")[0]


def test_factors_and_other_columns_are_no_tasks(tmp_path: Path) -> None:
    text = "rank,model,organization,Params (B),License,MMLU\n1,a,Meta,7,mit,50\n2,b,-,-1,x,51\n"
    found = read(tmp_path, text)
    assert found.cells == [("a", "MMLU", 50.0), ("b", "MMLU", 51.0)]
    assert found.facts("a") == {"organization": "Meta", "params": 7e9}
    assert found.facts("b") == {}
    assert any("'License' holds no scores" in n for n in found.told("note"))


def test_scales_beside_tasks_are_their_units(tmp_path: Path) -> None:
    text = "task,scale_min,scale_max,higher_is_better,n_items,gpt-4\nElo,,,true,,1200\n"
    text += "MT,1,10,true,80,9.1\nWER,0,1,false,,0.1\n"
    found = read(tmp_path, text)
    scales = {k.benchmark: k.scale for k in found.rows["key"]}
    assert scales == {
        "Elo": ScoreScale(),
        "MT": ScoreScale(1, 10),
        "WER": ScoreScale(0, 1, None, False),
    }
    assert [(f, v) for _, f, v, _ in found.into.task_facts] == [("n_items", "80")]


def test_a_row_of_another_width_is_refused_with_its_line(tmp_path: Path) -> None:
    found = read(tmp_path, "model,MMLU\na,50\nb,51,3\nc,52\n")
    assert found.counts == (2, 0, 1)
    assert "line 3" in found.told("refused")[0]


@pytest.mark.parametrize("text", ["model;MMLU\na;50\n", "model\tMMLU\na\t50\n"])
def test_other_separators_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"m\.csv, line 1: only one column.*commas"):
        read(tmp_path, text)


def test_parquet_with_names_in_the_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"MMLU": [0.7, None], "GSM8K": [0.5, 0.25]}, index=["gpt-4", "gpt-3.5"])
    frame["MMLU"] = frame["MMLU"].astype("float32")
    frame.to_parquet(tmp_path / "m.parquet")
    found = read_with(read_wide.read, tmp_path / "m.parquet")
    assert sorted(found.cells) == [
        ("gpt-3.5", "GSM8K", 0.25),
        ("gpt-4", "GSM8K", 0.5),
        ("gpt-4", "MMLU", 0.7),
    ]


def test_a_parquet_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"model": ["a"] * 100_000, "MMLU": 1.0}).to_parquet(tmp_path / "m.parquet")
    monkeypatch.setattr(files, "MAX_CELLS", 150_000)
    with pytest.raises(DataError, match=r"m\.parquet: 100,000 rows of 2 columns; at most 150,000"):
        read_with(read_wide.read, tmp_path / "m.parquet")


def test_a_packed_bomb_is_not_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 20_000))
    monkeypatch.setattr(files, "MAX_BYTES", 1_500_000)
    monkeypatch.setattr(files, "read_csv", lambda *_, **__: pytest.fail("taken apart"))
    with pytest.raises(DataError, match=r"m\.csv\.gz: larger than 1,500,000 bytes \(unpacked\)"):
        read_with(read_wide.read, tmp_path / "m.csv.gz")


# -- Excel -------------------------------------------------------------------------------


def test_excel_is_read_with_percent_formats(tmp_path: Path) -> None:
    rows = [["model", "MMLU", "GSM8K"], ["a", 0.705, 51], ["b", 0.6, None], [None, None, None]]
    found = read_with(read_wide.read, excel(tmp_path, rows, {"B2": "0.0%", "B3": "0%"}))
    assert found.cells == [("a", "MMLU", 70.5), ("b", "MMLU", 60.0), ("a", "GSM8K", 51.0)]
    assert [k.scale for k in found.rows["key"]] == [PERCENT, PERCENT, None]


def test_excel_formulas_without_stored_values_are_refused(tmp_path: Path) -> None:
    path = excel(tmp_path, [["model", "MMLU"], ["a", 50], ["b", "=B2+1"]])
    with pytest.raises(DataError, match=r"m\.xlsx, sheet 'Sheet', cell B3: the formula '=B2\+1'"):
        read_with(read_wide.read, path)


def test_excel_is_read_whole_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    good = excel(tmp_path, [["model", "MMLU", "GSM8K"], ["a", 50, 60], ["b", 51, 61]])
    with zipfile.ZipFile(good) as packed, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as made:
        for name in packed.namelist():
            content = packed.read(name)
            made.writestr(name, content.replace(b'ref="A1:C3"', b'ref="A1:B2"'))
    assert read_with(read_wide.read, tmp_path / "cut.xlsx").counts == (4, 0, 0)


def test_excel_sheets_are_named(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["model", "MMLU"])
    book.active.append(["a", 50])
    other = book.create_sheet("Results")
    other.append(["model", "GSM8K"])
    other.append(["a", 60])
    book.save(tmp_path / "m.xlsx")
    first = read_with(read_wide.read, tmp_path / "m.xlsx")
    assert first.cells == [("a", "MMLU", 50.0)]
    assert any("not read: 'Results'" in n for n in first.told("note"))
    assert read_with(read_wide.read, tmp_path / "m.xlsx", sheet="Results").cells == [
        ("a", "GSM8K", 60.0)
    ]
    with pytest.raises(DataError, match="did you mean 'Results'"):
        read_with(read_wide.read, tmp_path / "m.xlsx", sheet="results")


def test_excel_without_the_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = excel(tmp_path, [["model", "MMLU"], ["a", 50]])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"install benchcast\[excel\]"):
        read_with(read_wide.read, path)


def test_an_excel_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = excel(tmp_path, [["model", "MMLU"], ["a", 50]])
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    with pytest.raises(DataError, match="bytes unpacked"):
        read_with(read_wide.read, path)


def test_old_excel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"m\.xls: .*save it as \.xlsx"):
        read(tmp_path, "x", "m.xls")


# -- folders, damage, the whole way ------------------------------------------------------


def test_claims(tmp_path: Path) -> None:
    texts = {
        "m.csv": GOOD,
        "index.csv": ",MMLU\na,5\n",
        "models.csv": GOOD,
        "long.csv": "model,task,score\na,b,1\n",
        "other.csv": "a,b\n1,2\n",
        "empty.csv": "",
        "bin.csv": "\udcff",
        "x.parquet": "no",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert [n for n in texts if read_wide.claims(tmp_path / n)] == ["m.csv", "index.csv"]
    assert not read_wide.claims(tmp_path)


@given(damaged(GOOD.encode()))
@FUZZ
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.csv").write_bytes(content)
    check_reading(read_wide.read, tmp_path / "m.csv")


@given(st.data())
@FUZZ
def test_damaged_packed_files(tmp_path: Path, data: st.DataObject) -> None:
    if not (tmp_path / "good.parquet").exists():
        excel(tmp_path, [["model", "MMLU"], ["a", 50], ["b", "=1+1"]]).rename(
            tmp_path / "good.xlsx"
        )
        pd.DataFrame({"model": ["a"], "MMLU": [5.0]}).to_parquet(tmp_path / "good.parquet")
    for kind in ("parquet", "xlsx"):
        path = tmp_path / f"m.{kind}"
        path.write_bytes(data.draw(damaged((tmp_path / f"good.{kind}").read_bytes())))
        read_wide.claims(path)
        check_reading(read_wide.read, path)


@given(st.data())
@FUZZ
def test_damaged_sheets(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good.xlsx"
    if not good.exists():
        excel(tmp_path, [["model", "MMLU"], ["a", 50], ["b", 3.5]]).rename(good)
    with zipfile.ZipFile(good) as packed, zipfile.ZipFile(tmp_path / "m.xlsx", "w") as made:
        names = packed.namelist()
        hurt = data.draw(st.sampled_from(names))
        for name in names:
            content = packed.read(name)
            made.writestr(name, data.draw(damaged(content)) if name == hurt else content)
    check_reading(read_wide.read, tmp_path / "m.xlsx")


def test_read_wide_table(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(GOOD)
    table = read_wide.read_wide_table(tmp_path / "m.csv")
    assert len(table.scores) == 9
    (tmp_path / "m.csv").write_text(GOOD.replace("28.7", "28,7", 1))
    with pytest.raises(DataError, match=r"m\.csv cannot be used as it is: .*line 3") as caught:
        read_wide.read_wide_table(tmp_path / "m.csv")
    assert caught.value.ledger is not None
