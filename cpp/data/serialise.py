"""The state of training data: arrays and text, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cpp.data.factor_columns import FactorColumns
from cpp.data.latent_scale import LatentScale
from cpp.data.linking import Levels
from cpp.data.reach import Reach
from cpp.data.state import State, frame_from_state, frame_to_state, part
from cpp.data.training_data import TrainingData
from features.table.score_scale import ScoreScale


def state_of(data: TrainingData) -> State:
    """Return the data as arrays and text."""
    fitted_k, fitted_n = data.counts_at_fit
    return {
        "models": np.array(data.models, dtype=np.str_),
        "tasks": np.array(data.tasks, dtype=np.str_),
        "row": data.row,
        "col": data.col,
        "score": data.score,
        "weight": data.weight,
        "weight_unit": data.weight_unit,
        "fitted_k": fitted_k,
        "fitted_n": fitted_n,
        "ease": data.levels.ease,
        "rest": data.levels.rest,
        "reach": data.reach_at_fit._asdict(),
        "scales": np.array(
            [
                [_nan(s.minimum), _nan(s.maximum), _nan(s.chance), float(s.higher_is_better)]
                for s in data.scales
            ],
            dtype=float,
        ).reshape(-1, 4),
        "model_factors": frame_to_state(data.model_factors),
        "task_factors": frame_to_state(data.task_factors),
        "model_known": data.model_known,
        "task_known": data.task_known,
        "model_group": data.model_group,
        "task_group": data.task_group,
        "loc": data.latent.loc,
        "sd": data.latent.sd,
    }


def data_of(state: State) -> TrainingData:
    """Read back what :func:`state_of` gave."""
    arrays = {
        k: part(state, k, "training data")
        for k in (
            "row",
            "col",
            "score",
            "weight",
            "weight_unit",
            "fitted_k",
            "fitted_n",
            "model_known",
            "task_known",
            "model_group",
            "task_group",
        )
    }
    scales = [
        ScoreScale(_none(low), _none(high), _none(chance), bool(better))
        for low, high, chance, better in part(state, "scales", "training data")
    ]
    # a model of 0.1.0 has none: it is worked out from the cells of the fit
    reach = Reach(**state["reach"]) if "reach" in state else None
    fresh = LatentScale.fit(scales, np.empty(0, dtype=np.int64), np.empty(0))
    return TrainingData(
        models=[str(m) for m in part(state, "models", "training data")],
        tasks=[str(t) for t in part(state, "tasks", "training data")],
        scales=scales,
        model_columns=FactorColumns.from_frame(
            frame_from_state(part(state, "model_factors", "training data"))
        ),
        task_columns=FactorColumns.from_frame(
            frame_from_state(part(state, "task_factors", "training data"))
        ),
        fitted_levels=Levels(part(state, "ease", "training data"), part(state, "rest", "x")),
        fitted_reach=reach,
        latent=replace(fresh, loc=part(state, "loc", "x"), sd=part(state, "sd", "x")),
        **arrays,
    )


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
