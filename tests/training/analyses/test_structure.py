"""What the analysis collects, what it says of it, and the charts of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.table.score_table import ScoreTable
from tests.cpp.structure import planting
from training.analyses import Analysis, Work
from training.analyses.charts import charts_of
from training.analyses.structure import analyse_structure
from training.plots.structure import (
    map_chart,
    overall_ranking_chart,
    redundancy_chart,
    saturation_chart,
)


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse_structure(planting.clustered()[0], work=Work(), sampled=True)


def test_every_table_is_there_and_survives_being_recorded(found) -> None:
    assert set(found.tables) == {
        "clusters_models", "clusters_tasks", "clusters", "clusters_found", "redundancy",
        "redundant_pairs", "minimal_set", "map_models", "map_tasks", "map_axes", "saturation",
        "standing",
    }  # fmt: skip
    again = Analysis.from_dict(found.to_dict())
    for name, frame in found.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name], check_dtype=False)
    assert found.complete and found.fingerprint


def test_findings_come_first_and_name_what_was_planted(found) -> None:
    told = " ".join(found.notes)
    assert "models fall into 3 clusters" in told and "tasks fall into 3 clusters" in told
    for name in ("Ano", "Bno", "Cno"):
        assert name in told
    first_limit = next(i for i, n in enumerate(found.notes) if n.startswith("Map and clusters"))
    assert all("sampled" not in note for note in found.notes[:first_limit])
    assert found.notes[-1].startswith("A sampled version")
    worn = analyse_structure(planting.worn(), work=Work(), sampled=True)
    said = " ".join(worn.notes)
    assert "saturated, the best within noise of the maximum: t00" in said
    assert "is at chance for at least half of the models measured: t01" in said


def test_charts_say_the_finding_and_name_no_more_than_can_be_read(found) -> None:
    assert len(charts_of(found)) == 4
    tables = found.tables
    axes = overall_ranking_chart(tables["standing"])
    assert "lead" in axes.get_title(loc="left") and len(axes.get_yticks()) == 25
    assert "points" in axes.get_xlabel()
    axes = map_chart(tables["map_models"], tables["map_tasks"], tables["map_axes"])
    names = [t for t in axes.texts if t.get_text()]
    assert 0 < len(names) <= 20
    assert "%" in axes.get_title(loc="left")
    assert "of 15 tasks" in redundancy_chart(tables["redundancy"]).get_title(loc="left")
    assert "All of 15 tasks" in saturation_chart(tables["saturation"]).get_title(loc="left")
    for chart in charts_of(found):
        assert not np.isnan(chart.draw().get_xlim()).any()


def test_names_on_the_map_do_not_overlap(found) -> None:
    tables = found.tables
    axes = map_chart(tables["map_models"], tables["map_tasks"], tables["map_axes"])
    axes.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text()]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_a_part_the_table_is_too_small_for_says_why() -> None:
    rows = [(m, t, 10.0 + i) for i, m in enumerate("abcdef") for t in ("elo", "rank")]
    table = ScoreTable(pd.DataFrame(rows, columns=["model", "task", "score"]), name="tiny")
    found = analyse_structure(table, work=Work(), sampled=True)
    assert "saturation" not in found.tables and "standing" not in found.tables
    told = " ".join(found.notes)
    assert "No saturation: 'tiny' has no task with a minimum and a maximum" in told
    assert "No map and clusters" in told
    with pytest.raises(DataError, match="no saturation to draw"):
        saturation_chart(pd.DataFrame(columns=["state"]))
    with pytest.raises(DataError, match="there are none"):
        overall_ranking_chart(pd.DataFrame(columns=["suite", "place"]))
