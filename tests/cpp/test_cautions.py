"""Cautions as statistics: cells with one have larger errors, and their intervals still cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from cpp import make_predictor
from cpp.base.cautions import COMPUTE, LEVEL, OLDER, codes_of, sentences_of
from cpp.data.reach import Distance
from features.table.score_table import ScoreTable

N_MODELS, N_TASKS = 70, 16


def world(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return all scores, and which were measured: on half of the tasks no weak, old model was."""
    rng = np.random.default_rng(seed)
    level = np.sort(rng.normal(size=N_MODELS))
    slope, place = rng.uniform(0.7, 1.3, N_TASKS), rng.normal(0.0, 0.7, N_TASKS)
    second = 0.4 * rng.normal(size=(N_MODELS, 1)) @ rng.normal(size=(1, N_TASKS))
    noise = 0.2 * rng.normal(size=(N_MODELS, N_TASKS))
    bend = 0.15 * rng.normal(size=N_TASKS)  # what extrapolation cannot know
    z = place + slope * level[:, None] + bend * level[:, None] ** 2 + second + noise
    row, col = (at.ravel() for at in np.indices(z.shape))
    frame = pd.DataFrame(
        {
            "model": [f"m{i:02d}" for i in row],
            "task": [f"t{j:02d}" for j in col],
            "score": (100.0 / (1.0 + np.exp(-z))).ravel().round(3),
        }
    )
    block = (col % 2 == 1) & (row < N_MODELS // 2)
    return frame, ~block & (rng.random(len(frame)) < 0.75)


@pytest.fixture(scope="module")
def answered() -> pd.DataFrame:
    """Return what `fast` says of the unmeasured cells of three worlds, with their true scores."""
    parts = []
    for seed in range(3):
        frame, measured = world(seed)
        year = 2020 + (frame["model"].str[1:].astype(int) // 14)
        models = frame[["model"]].assign(release_date=year.astype(str) + "-06-01")
        tasks = pd.DataFrame({"task": frame["task"].unique(), "scale_min": 0, "scale_max": 100})
        table = ScoreTable(frame[measured], models.drop_duplicates(), tasks)
        hidden = frame[~measured].reset_index(drop=True)
        predictor = make_predictor("fast").fit(table)
        data = predictor.data_
        row = np.array([data.model_index[m] for m in hidden["model"]])
        col = np.array([data.task_index[t] for t in hidden["task"]])
        told = predictor.predict(hidden[["model", "task"]]).frame
        told["truth"] = hidden["score"]
        told["codes"] = codes_of(data.distance(row, col), data.k[row])
        parts.append(told)
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("code", [LEVEL, OLDER])
def test_cells_with_a_caution_have_larger_errors_and_their_intervals_cover(answered, code) -> None:
    has = np.array([code in codes for codes in answered["codes"]])
    none = np.array([not codes for codes in answered["codes"]])
    assert has.sum() > 150 and none.sum() > 300
    # on the logit scale: weak models score near the floor, where a point is worth more
    error = (logit(answered["prediction"] / 100) - logit(answered["truth"] / 100)).abs()
    assert error[has].median() > 1.15 * error[none].median()
    covered = answered["truth"].between(answered["lower"], answered["upper"])
    assert covered[has].mean() > 0.8 and covered[none].mean() > 0.8


def test_a_caution_is_said_where_it_holds_and_only_there(answered) -> None:
    said = answered["reason"].str.contains("caution: ")
    assert said.tolist() == [bool(codes) for codes in answered["codes"]]
    level = np.array([LEVEL in codes for codes in answered["codes"]])
    words = "the task was measured on stronger models only"
    assert answered.loc[level, "reason"].str.contains(words).mean() > 0.9


def test_codes_follow_the_distances() -> None:
    far = Distance.none(5)._replace(
        below=np.array([0.0, 1.0, 0.0, 0.1, 1.0]),
        above=np.array([0.0, 0.0, 1.0, 0.1, 0.0]),
        compute=np.array([1.0, 1.0, 0.0, 0.0, 2.0]),
    )
    k = np.array([0, 3, 3, 3, 0])
    assert codes_of(far, k) == [(COMPUTE,), (LEVEL,), (LEVEL,), (), (COMPUTE,)]
    said = sentences_of(far, k)
    assert said[0] == "caution: the model took more compute than any model seen"
    assert "stronger" in said[1] and "weaker" in said[2] and said[3] == ""
