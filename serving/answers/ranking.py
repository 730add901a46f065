"""A task's ranking of all models, with what of its order is supported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from serving.answers.cache import once

if TYPE_CHECKING:
    from serving.engine.current import Current

#: the rule of a ranking, said in every answer
RULE = (
    "Models are ordered by score where they have one and by prediction where not. Two models are "
    "told apart if one does better with a probability of at least `confidence` in joint draws of "
    "the two scores, a tie counting half. `tied_with_next` says that a model is not told apart "
    "from the next one; `rank_best` and `rank_worst` are the places it may have: behind all that "
    "are told apart as better, before all that are told apart as worse."
)


def ranked(current: Current, task: str, confidence: float) -> pd.DataFrame:
    """Return :func:`cpp.suites.separability.rank_models` of a known task, worked out once."""
    from cpp.suites.separability import rank_models

    return once(
        current,
        ("ranking", task, confidence),
        lambda: rank_models(current.predictor, task, confidence=confidence),
    )
