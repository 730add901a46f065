"""The measurement of completing a row runs, and asks for what it says."""

from __future__ import annotations

import json

from tests.bench import service_complete


def test_it_measures_both_ways(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(service_complete, "ROW", 12)
    monkeypatch.setitem(service_complete.LIMITS, "biases", 1e6)
    content = service_complete.run("biases", repeats=2, fresh=True, out=tmp_path)
    assert [(row["what"], row["cells"]) for row in content["rows"]] == [
        ("engine", 12),
        ("request", 12),
    ]
    assert content["ok"] and all(0 < row["p50"] <= row["p99"] for row in content["rows"])
    assert json.loads((tmp_path / "service_complete.json").read_text())["ok"]
    assert "load average" in capsys.readouterr().out
