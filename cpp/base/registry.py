"""Reading a predictor back from its state: every class of predictor by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpp.data.state import State, part
from features.errors import StateError

if TYPE_CHECKING:
    from cpp.data.training_data import TrainingData

#: filled as the classes are defined
CLASSES: dict[str, type[Any]] = {}


def predictor_from_state(state: State, data: TrainingData | None = None) -> Any:
    """Return the predictor a state was taken from; raises StateError if it cannot be.

    `data` is the owner's, for a member that was saved without its own.

    Examples
    --------
    >>> import cpp
    >>> from features import load_leaderboard
    >>> state = cpp.make_predictor("biases").fit(load_leaderboard()).get_state()
    >>> type(predictor_from_state(state)).__name__
    'Biases'
    """
    name = part(state, "class", "predictor")
    if name not in CLASSES:
        raise StateError(
            f"the saved predictor is a {name!r}, which this version does not have; it has "
            f"{', '.join(sorted(CLASSES))}"
        )
    return CLASSES[name].from_state(state, data)
