"""Bad input as a user gives it: a message, exit code 2, and nothing written."""

from __future__ import annotations

import pytest

from tests.serving.small import write_small

FAULTS = {
    "header": (b"model,task,value\nfamily0-0,Maths,1\n", "scores.csv"),
    "long line": (b"model,task,score\n" + b"x" * 10_000_000 + b",Maths,1\n", "line 2"),
    "encoding": ("model,task,score\nmod\u00e8le,Maths,1\n".encode("latin-1"), "line 2"),
    "scale": (b"model,task,score\nfamily0-0,Maths,101\n", "line 2"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_backtest_refuses(run, tmp_path, fault):
    content, says = FAULTS[fault]
    data = write_small(tmp_path / "data")
    (data / "scores.csv").write_bytes(content)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    ran = run("backtest", "--data", "data", "--split", "random", "--out", "p.csv")
    ran.refused(2, "scores.csv", says)
    assert len(ran.err) < 5000
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_check(run, tmp_path):
    data = write_small(tmp_path / "data")
    assert "data: ok" in run("check", "data").ok().out
    assert "leaderboard: ok" in run("check", "leaderboard").ok().out
    with open(data / "scores.csv", "a") as stream:
        stream.write("family0-0,Maths,nan\n")
    run("check", "data").refused(1, "scores.csv, line 62", "'nan'", "data: refused")
    found = run("check", "data", "--json").refused(1).json()
    assert found["counts"]["refused"] == 1
    run("check", "nowhere").refused(2, "nowhere")
