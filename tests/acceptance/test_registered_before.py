"""A model that the tree before the move trained and registered is served by this one.

The commit is checked out beside, trains in its own process with a real registry, and is gone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import benchcast, environment
from tests.acceptance.test_serve import served
from tests.conftest import NOT_RUN
from tests.serving.small import write_small

pytestmark = pytest.mark.slow

TOP = Path(__file__).resolve().parents[2]
#: the last commit before files moved into rooms
BEFORE = "25e7eb445baeae50df0573d8a8b53112b0795ef4"
TRAIN = "import sys; from serving.cli import main; sys.exit(main())"
#: predictions of that commit in its own process, as a document
PREDICT = """
import sys, pandas as pd
from training.tracking import Tracking
from training.registry import load_champion
predictor = load_champion(Tracking(sys.argv[1]))[0]
asked = [(m, t) for m in predictor.models_ for t in predictor.tasks_]
cells = pd.DataFrame(asked, columns=["model", "task"])
print(predictor.predict(cells).frame.to_json(orient="split", double_precision=15))
"""


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(TOP), *words], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Iterator[Path]:
    """The checkout of the commit before."""
    if _git("cat-file", "-e", f"{BEFORE}^{{commit}}").returncode:
        pytest.skip(f"{NOT_RUN}the history is not here (git fetch --unshallow)")
    packed = subprocess.run(
        ["git", "-C", str(TOP), "archive", BEFORE, "cpp", "features", "training", "serving"],
        capture_output=True,
        check=True,
    )
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    yield folder


def _of_before(before: Path, code: str, *words: str, cwd: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        env={**environment(), "PYTHONPATH": str(before)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("rung", ["fast", "blend"])
def test_a_model_registered_before_the_move_answers_the_same(rung, before, tmp_path) -> None:
    write_small(tmp_path / "data")
    words = ("train", "--data", "data", "--predictor", rung, "--set", "folds.split=random")
    words = (*words, "--set", "folds.n=2")
    _of_before(before, TRAIN, *words, cwd=tmp_path)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    then = json.loads(_of_before(before, PREDICT, uri, cwd=tmp_path))
    code = PREDICT.replace("training.tracking import", "training.tracking.client import")
    code = code.replace("training.registry", "training.tracking.registry")
    assert json.loads(_of_before(TOP, code, uri, cwd=tmp_path)) == then
    model, task = then["data"][0][:2]
    shown = (
        benchcast("predict", "--model", model, "--task", task, "--json", cwd=tmp_path).ok().json()
    )
    assert shown["predictor"]["source"] == "champion"
    with served("--data", "data", cwd=tmp_path) as service:
        assert service.about["version"] == "1"
        body = {"cells": [{"model": model, "task": task}]}
        assert service.ask("POST", "/v1/predictions", body).status == 200
