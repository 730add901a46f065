"""backtest: the same bytes for any number of jobs, no MLflow, nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.acceptance.conftest import command, environment
from tests.serving.small import write_small


@pytest.mark.slow
def test_same_bytes_for_any_number_of_jobs(run, tmp_path):
    write_small(tmp_path / "data")
    for jobs in ("1", "2"):
        out = ("--jobs", jobs, "--out", f"p{jobs}.csv")
        run("backtest", "--data", "data", "--split", "random", *out).ok()
    assert (tmp_path / "p1.csv").read_bytes() == (tmp_path / "p2.csv").read_bytes()


def test_by_shipped_name_without_mlflow(tmp_path):
    code = """
import sys
from serving.cli import main
args = ["backtest", "--data", "leaderboard", "--split", "random", "--jobs", "1"]
code = main([*args, "--predictor", "biases", "--out", "p.csv.gz"])
assert code == 0
assert [m for m in ("mlflow", "sqlalchemy", "matplotlib") if m in sys.modules] == []
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment(), check=True)
    assert [p.name for p in tmp_path.iterdir()] == ["p.csv.gz"]


def test_interrupted(tmp_path):
    args = ["backtest", "--data", "leaderboard", "--split", "random", "--jobs", "1"]
    process = subprocess.Popen(
        [*command(), *args, "--predictor", "all", "--out", "p.csv"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130, err
    assert "interrupted" in err and "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []
