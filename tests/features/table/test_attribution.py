"""Whose figures a table holds: collections with licence and attribution line."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from features.errors import DataError
from features.sources.shipped import load_leaderboard, shipped_path
from features.table.attribution import UNNAMED, attribution_of
from features.table.score_table import ScoreTable

LICENCES = Path(__file__).resolve().parents[3] / "DATA_LICENSE.md"


def table_of(sources: list[str | None]) -> ScoreTable:
    rows = pd.DataFrame(
        {"model": [f"m{i}" for i in range(len(sources))], "task": "t", "score": 1.0}
    )
    return ScoreTable(rows.assign(source=sources))


def test_the_shipped_attribution_says_what_the_licence_file_says():
    found = attribution_of(load_leaderboard(), shipped_path("leaderboard"))
    text = re.sub(r"\s+", " ", LICENCES.read_text(encoding="utf-8"))
    assert found["cells"].sum() == 3275
    for row in found.itertuples(index=False):
        assert f"| {row.collection} | {row.cells} | {row.licence} |" in text, row.collection
        passage = text.split(f"- **{row.collection}**", 1)[1].split(" - **", 1)[0]
        assert f'Attribution: "{row.attribution}"' in passage
        assert f"<{row.homepage}>" in passage


def test_without_files_citations_are_counted_by_host():
    sources = ["https://www.example.org/a", "https://example.org/b", "a paper", None]
    found = attribution_of(table_of(sources))
    counted = dict(zip(found["collection"], found["cells"], strict=True))
    assert counted == {"example.org": 2, "a paper": 1, UNNAMED: 1}
    assert (found["attribution"] == "").all()


def test_a_password_in_a_citation_is_not_shown():
    found = attribution_of(table_of(["https://me:secret@example.org/x"]))
    assert found["collection"].tolist() == ["example.org"]


def test_the_longest_beginning_counts(tmp_path):
    (tmp_path / "sources.csv").write_text("collection,prefix\nA,https://x\nB,https://x.org/b\n")
    found = attribution_of(table_of(["https://x.org/b/1", "https://x.org/a"]), tmp_path)
    assert dict(zip(found["collection"], found["cells"], strict=True)) == {"A": 1, "B": 1}


def test_a_file_without_its_columns_is_refused(tmp_path):
    (tmp_path / "attribution.csv").write_text("collection\nA\n")
    with pytest.raises(DataError, match="licence"):
        attribution_of(table_of(["x"]), tmp_path)
