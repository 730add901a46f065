"""The catalogue and the shipped leaderboard are about the same tasks and models."""

from __future__ import annotations

import pandas as pd

import features
from features.catalogue import load_catalogue

TABLE = features.load_leaderboard()
CATALOGUE = load_catalogue()


def test_every_task_of_the_leaderboard_is_in_the_catalogue_with_its_scale():
    for task in TABLE.tasks.index:
        found = CATALOGUE.task(task)
        assert found is not None and found.task == task
        assert found.scale == TABLE.scales[task]
        for factor in ("family", "metric", "ability", "format", "n_items", "shots"):
            value = TABLE.tasks.loc[task, factor]
            assert found.factors.get(factor) == (None if value != value else value), (task, factor)
        assert found.factors["released"] == TABLE.tasks.loc[task, "released"].date()


def test_every_model_of_the_leaderboard_is_itself():
    for model in TABLE.models.index:
        found = CATALOGUE.model(model)
        assert found is not None and found.model == model
        for factor in ("family", "organization", "base_model", "finetuning", "open_weights"):
            value = TABLE.models.loc[model, factor]
            missing = pd.isna(value)
            assert found.factors.get(factor) == (None if missing else value), (model, factor)
        assert found.factors["release_date"] == TABLE.models.loc[model, "release_date"].date()
