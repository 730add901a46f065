"""The bench of explanations, with a quick predictor on a few cells."""

from __future__ import annotations

import json

from click.testing import CliRunner

from tests.bench import explain


def test_it_says_whether_accounts_add_up_and_what_they_cost(tmp_path):
    arguments = ["--predictors", "biases", "--cells", "60", "--out", str(tmp_path)]
    ran = CliRunner().invoke(explain.main, arguments, catch_exceptions=False)
    assert ran.exit_code == 0 and "largest gap" in ran.output
    content = json.loads((tmp_path / "explain.json").read_text())
    (row,) = content["rows"]
    assert content["ok"] is True and row["n_cells"] == 60
    assert 0 <= row["largest_gap"] < 1e-6 and row["milliseconds"] > 0
    assert set(row["terms"]) == {"task", "model", "clipping"}
