"""A headline beside its own items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.table.score_table import ScoreTable
from training.audit.item_findings import item_findings

N = 200


def outcomes(share: float, *, epochs: int = 1) -> pd.DataFrame:
    """Return outcomes of model a on task x, right in `share` of the items in every epoch."""
    right = (np.arange(N) < share * N).astype(float)
    parts = [
        pd.DataFrame(
            {
                "model": "a",
                "task": "x",
                "item": [str(i) for i in range(N)],
                "epoch": e + 1,
                "outcome": right,
            }
        )
        for e in range(epochs)
    ]
    return pd.concat(parts, ignore_index=True)


def headline(score: float, maximum: float = 100.0) -> ScoreTable:
    tasks = pd.DataFrame({"task": ["x"], "scale_min": [0.0], "scale_max": [maximum]})
    scores = pd.DataFrame({"model": ["a"], "task": ["x"], "score": [score]})
    return ScoreTable(scores, None, tasks)


@pytest.mark.parametrize(("score", "maximum"), [(60.0, 100.0), (0.6, 1.0), (60.4, 100.0)])
def test_a_headline_that_its_items_give(score, maximum):
    assert item_findings(headline(score, maximum), outcomes(0.6)) == []


@pytest.mark.parametrize(("score", "maximum"), [(80.0, 100.0), (0.8, 1.0)])
def test_a_headline_that_they_do_not_give(score, maximum):
    (finding,) = item_findings(headline(score, maximum), outcomes(0.6))
    assert (finding.kind, finding.subject) == ("unsupported_headline", "cell")
    assert finding.evidence["items"] == N
    assert finding.evidence["items_give"] == pytest.approx(0.6 * maximum)


def test_several_epochs_are_no_more_items():
    (one,) = item_findings(headline(75.0), outcomes(0.6))
    (many,) = item_findings(headline(75.0), outcomes(0.6, epochs=9))
    assert many.p_value == pytest.approx(one.p_value)


def test_items_of_cells_that_are_not_there_say_nothing():
    assert item_findings(headline(80.0), outcomes(0.6).assign(model="b")) == []
