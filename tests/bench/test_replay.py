"""The bench of the replay runs, names what is absent, and judges what it measured."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from click.testing import CliRunner

from tests.bench import replay
from tests.cpp.acquisition.made import made_table


def test_it_measures_what_is_there_and_names_what_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCHCAST_BENCH_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setattr(replay, "load_leaderboard", lambda: made_table(24, share=1.0))
    argv = ["--seeds", "1", "--jobs", "1", "--models", "20", "--out", str(tmp_path)]
    done = CliRunner().invoke(replay.main, argv)
    assert done.exit_code == 0, done.output
    assert "absent, not measured: epoch_hub" in done.output
    assert "leaderboard: mean error" in done.output and "at most 60 %" in done.output
    content = json.loads((tmp_path / "replay.json").read_text())
    assert content["absent"] == ["epoch_hub"] and "curve" in content["data"]["leaderboard"]


def test_the_largest_share_counts():
    saved = pd.DataFrame(
        {
            "strategy": ["chosen", "chosen", "chosen", "covered"],
            "share": [0.4, 0.55, 0.9, 0.9],
            "revealed": [0.2, 0.5, 0.8, 0.5],
        }
    )
    assert replay.judged("leaderboard", saved) == {"largest": 0.55, "met": True}
    assert replay.judged("dclm", saved)["met"] is None
    none = saved.assign(share=np.nan)
    assert replay.judged("epoch_hub", none)["met"] is False
