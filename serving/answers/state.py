"""What is asked: a model that serves, or one that is at hand for one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable


class State(Protocol):
    """What use cases need of a model; :class:`serving.engine.current.Current` has it."""

    @property
    def predictor(self) -> Predictor:
        """Fitted."""
        ...

    @property
    def task_factors(self) -> pd.DataFrame:
        """Factors of the known tasks, by task."""
        ...


@dataclass(frozen=True, eq=False)
class Offline:
    """A predictor at hand, for the command line or with what one request gives.

    Attributes
    ----------
    predictor : Predictor
    task_factors : DataFrame
        Factors of the known tasks, by task.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> table = features.load_leaderboard()
    >>> state = Offline(make_predictor("biases").fit(table), table.tasks)
    >>> len(state.predictor.tasks_)
    58
    """

    predictor: Predictor
    task_factors: pd.DataFrame


def with_given(state: State, given: ScoreTable | None) -> State:
    """Return a state that knows the scores and factors of `given`, too; nothing is kept."""
    if given is None:
        return state
    return Offline(state.predictor.fold_in(given), state.task_factors)
