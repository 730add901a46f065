"""The contributions to a prediction: successive predictions, each knowing one thing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cpp.base.predictor import Predictor
from cpp.baselines.biases import MODEL_PRIOR, Biases
from cpp.baselines.nearest_models import NearestModels
from cpp.baselines.task_mean import TaskMean
from cpp.data.additive import shrunk_mean
from cpp.data.reach import Distance
from cpp.ensemble.boosting import Boosting
from cpp.ensemble.composite import Composite
from cpp.ensemble.fast import Fast
from cpp.ensemble.stacking import Stacked
from cpp.explain.reference_model import ReferenceCell, reference_of
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.bias_als import BiasALS
from cpp.factorisation.weighted_als import Factorisation
from cpp.laws.scaling_law import ScalingLaw

#: term -> its name in a table, in their order
NAMES = {
    "task": "task",
    "model": "model's level",
    "factors": "factors",
    "latent": "latent part",
    "method": "method",
    "blend": "blend",
    "boosting": "boosting",
    "outward": "beyond the measured range",
    "clipping": "clipping",
    "measured": "measured score",
}


class Step(NamedTuple):
    """A contribution: the prediction with it, in the task's own unit, and what it is."""

    term: str
    score: float
    meaning: str


class Contributions(NamedTuple):
    """Successive predictions of one cell.

    Attributes
    ----------
    steps : list of Step
        The last one is the prediction.
    members : DataFrame
        Of a mix: ``member``, ``weight``, ``prediction`` in the task's own unit; else empty.
    """

    steps: list[Step]
    members: pd.DataFrame


def contributions_of(predictor: Predictor, row: int, col: int) -> Contributions:
    """Return the contributions to the prediction that `predictor` makes of a cell it knows.

    Parameters
    ----------
    predictor : Predictor
    row, col : int
        Position of the model and of the task; what is observed there is not looked at.
    """
    data = predictor.data_
    at = np.array([row]), np.array([col])
    steps = [
        Step(term, _score(predictor, col, z), meaning)
        for term, z, meaning in _latent_steps(predictor, row, col)
    ]
    none = pd.DataFrame({"member": [], "weight": [], "prediction": []})
    if not isinstance(predictor, Fast | Stacked):
        final = float(predictor._estimate(data, *at).point[0])
        if reference_of(predictor) is not None:
            steps.append(Step("blend", steps[-1].score, "no mix: one method alone"))
        return Contributions([*steps, _clipped(final, final)], none)
    names = list(predictor.bases_)
    if isinstance(predictor, Stacked):
        stages = predictor._stages(data, *at)
        members, weights = stages.members[0], stages.weights[0]
        start, boosted = float(stages.start[0]), float(stages.boosted[0])
        last = float(stages.outward[0])
    else:
        latents = predictor._base_latents(data, *at)[0]
        members = np.array([_score(predictor, col, z) for z in latents])
        weights = np.full(len(names), 1.0 / len(names))
        start = boosted = float(np.mean(members))
        last = float(predictor._estimate(data, *at).point[0])
    steps.append(Step("blend", start, _of_mix(predictor, names, weights.tolist())))
    if isinstance(predictor, Stacked):
        said = "gradient boosting on what the mix leaves, from factors, neighbours and counts"
        if boosted == start:
            said = "gradient boosting changes nothing here"
        steps.append(Step("boosting", boosted, said))
    steps.append(Step("outward", last, _of_outward(data.distance(*at), last != boosted)))
    low, high = data.latent.low[col], data.latent.high[col]
    final = float(np.clip(last, low, high))
    frame = pd.DataFrame({"member": names, "weight": weights, "prediction": members})
    frame = frame.sort_values(["weight", "member"], ascending=[False, True], ignore_index=True)
    return Contributions([*steps, _clipped(final, last)], frame)


def _score(predictor: Predictor, col: int, z: float) -> float:
    return float(predictor.data_.latent.to_score(np.array([col]), np.array([z]))[0])


def _clipped(final: float, before: float) -> Step:
    said = "nothing to clip: it lies on the task's scale"
    if final != before:
        said = "moved onto the nearest bound of the task's scale"
    return Step("clipping", final, said)


def _of_outward(far: Distance, moved: bool) -> str:
    if not moved:
        return "nothing: it lies in the range its task was measured on, or no move is learned"
    if far.below[0] > 0:
        return "its task was measured on stronger models only; but not under the score of guessing"
    if far.above[0] > 0:
        return "its task was measured on weaker models only"
    return "not under the score of guessing"


def _of_mix(predictor: Predictor, names: Sequence[str], weights: Sequence[float]) -> str:
    shares = sorted(zip(weights, names, strict=True), key=lambda share: (-share[0], share[1]))
    told = ", ".join(f"{100 * w:.0f} % {name}" for w, name in shares if w >= 0.005)
    start = "factorisation" if isinstance(predictor, Boosting) else "reference factorisation"
    return f"mix of members ({told}) minus the {start}"


LatentStep = tuple[str, float, str]


def _latent_steps(predictor: Predictor, row: int, col: int) -> list[LatentStep]:
    """Return the terms up to the mix: (term, prediction on the latent scale, meaning)."""
    reference = reference_of(predictor)
    if reference is not None:
        steps = _of_reference(predictor, reference, row, col)
        if predictor is reference or isinstance(predictor, Composite):
            return steps
        added = "what the Gaussian process over cells adds to its factorisation"
        return [*steps, ("method", _full(predictor, predictor, row, col), added)]
    base = predictor
    if isinstance(predictor, Composite) and "factorisation" in predictor.bases_:
        base = predictor.bases_["factorisation"]
    return _of_base(predictor, base, row, col)


def _full(predictor: Predictor, rung: Predictor, row: int, col: int) -> float:
    return float(rung._latent(predictor.data_, np.array([row]), np.array([col]))[0])


def _of_reference(
    predictor: Predictor, bmf: BayesianFactorisation, row: int, col: int
) -> list[LatentStep]:
    data = predictor.data_
    stops = ReferenceCell(bmf, data, row, col).stops()
    k = int(data.k[row])
    told = "what knowing its design factors changes"
    if not data.model_known[row]:
        told = "what its name alone changes: no design factor is known"
    return [
        ("task", stops.task, f"what an average model gets on {data.tasks[col]}"),
        ("model", stops.model, _of_level(k)),
        ("factors", stops.factors, told),
        (
            "latent",
            stops.latent,
            "what its own scores say beyond level and factors" if k else "no own score to go by",
        ),
    ]


def _of_level(k: int) -> str:
    if not k:
        return "no score of the model is known, so no level of its own"
    return f"its own level, from its {k} known score{'' if k == 1 else 's'}, shrunk"


def _of_base(predictor: Predictor, rung: Predictor, row: int, col: int) -> list[LatentStep]:
    """Return the terms of a rung without a reference, from what it has itself."""
    data, name = predictor.data_, predictor.data_.tasks[col]
    k = int(data.k[row])
    average = f"what an average model gets on {name}"
    full = _full(predictor, rung, row, col)
    if isinstance(rung, TaskMean):
        return [("task", full, f"the mean score of all models on {name}, for every model")]
    if isinstance(rung, ScalingLaw):
        said = "compute and family; own scores are not looked at"
        middle = f"what a model of middling compute gets on {name}"
        return [("task", rung.middle(col), middle), ("factors", full, said)]
    if isinstance(rung, Biases):
        task = float(rung.task_bias_[col])
        return [("task", task, average), ("model", full, _of_level(k))]
    if isinstance(rung, BiasALS | Factorisation):
        if isinstance(rung, BiasALS):
            mean, sd = float(rung.task_mean_[col]), float(rung.task_sd_[col])
            task = mean + sd * float(rung.task_side_[col, 0])
            level = sd * float(rung.model_side_[row, 0])
        else:
            task, level = float(rung.task_bias_[col]), float(rung.model_bias_[row])
        said = "what its own scores say beyond its level" if k else "no own score to go by"
        return [
            ("task", task, average),
            ("model", task + level, _of_level(k)),
            ("latent", full, said),
        ]
    task = _ease(predictor, rung, col)
    level = _own_level(predictor, rung, row) if k else 0.0
    said = {
        "nearest": "what the nearest models did, there and in general",
        "text": "what the words of the descriptions say",
    }.get(rung.name, f"what the method {rung.name!r} adds")
    return [
        ("task", task, average),
        ("model", task + level, _of_level(k)),
        ("method", full, said),
    ]


def _ease(predictor: Predictor, rung: Predictor, col: int) -> float:
    """Return the task's effect; a task that joined later is placed so that its own is 0."""
    if isinstance(rung, NearestModels):
        return float(rung.task_bias_[col])
    ease = predictor.data_.levels.ease
    return float(ease[col]) if col < len(ease) else 0.0


def _own_level(predictor: Predictor, rung: Predictor, row: int) -> float:
    cells = predictor.data_.cells_of_models(np.array([row]))
    rest = cells.z - np.array([_ease(predictor, rung, int(j)) for j in cells.other])
    return float(shrunk_mean(cells.at, rest, cells.weight, 1, MODEL_PRIOR)[0])
