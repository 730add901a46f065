"""Units are done once, in order, and not begun when the time is used up."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from features.errors import DataError
from training.analyses import Analysis, Work


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    calls = []

    def unit(x):
        calls.append(x)
        if x == 3 and calls.count(3) == 1:
            raise KeyboardInterrupt
        return {"square": x * x}

    units = {str(x): (x,) for x in (1, 2, 3, 4)}
    kept = tmp_path / "deep" / "kept.jsonl"
    with pytest.raises(KeyboardInterrupt):
        Work(kept=kept).run(unit, units, what="squares")
    with open(kept, "a") as file:
        file.write('["squares", "3", {"squ')  # a crash in the middle of a line
    found = Work(kept=kept).run(unit, units, what="squares")
    assert found == {str(x): {"square": x * x} for x in (1, 2, 3, 4)}
    assert calls == [1, 2, 3, 3, 4]
    assert Work(kept=kept).run(unit, units, what="squares") == found
    assert len(calls) == 5
    Work(kept=kept).run(unit, {"1": (1,)}, what="other work")
    assert len(calls) == 6


def test_no_unit_is_begun_after_the_budget():
    work = Work(budget=0.0)
    assert work.run(abs, {"a": (-1,)}) == {} and not work.complete


def test_the_number_of_jobs_changes_nothing():
    units = {str(x): (x, 2) for x in range(5)}
    heard = []
    found = Work(jobs=2, tell=lambda *a: heard.append(a)).run(divmod, units, what="w")
    assert found == Work().run(divmod, units) and list(found) == list(units)
    assert heard[0] == (0, 5, "w") and heard[-1] == (5, 5, "w")


def test_an_unreadable_file_is_told(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        Work(kept=kept).run(abs, {"a": (1,)})


def test_an_analysis_survives_json():
    frame = pd.DataFrame({"name": ["a", None], "n": [1, 2], "x": [math.nan, 2.5], "gap": math.nan})
    found = Analysis("influence", {"models": frame}, ["One."], {"seed": 0}, False, 1.5, "f")
    again = Analysis.from_dict(found.to_dict())
    pd.testing.assert_frame_equal(again.tables["models"], frame)
    assert (again.notes, again.complete, again.seconds) == (["One."], False, 1.5)


@pytest.mark.parametrize("document", [{}, {"tables": []}, {"name": "x", "tables": {"t": {}}}])
def test_a_foreign_document_is_refused(document):
    with pytest.raises(DataError, match="benchcast analyse"):
        Analysis.from_dict(document)
