"""What a source says a score was measured on, and the task that it will be in the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from features.table.score_scale import ScoreScale


@dataclass(frozen=True)
class TaskKey:
    """A task as a source describes it; scores under one key are in one unit.

    Attributes
    ----------
    benchmark : str
        Name as the source has it.
    metric, filter, split, config : str
        Metric, answer filter, data split, subset or language; ``""`` where the source does
        not say.
    shots : int or None
        Examples in the prompt; None where the source does not say.
    harness : str
        Format word of the source (``lm-eval``, ``helm``, ...): names mean what they mean there.
    dataset : str
        Dataset id such as ``cais/mmlu``.
    scale : ScoreScale or None
        As declared by the source; None if it declares none.

    Examples
    --------
    >>> TaskKey("our exam", metric="f1", shots=2, harness="lm-eval").plain_name()
    'our exam [f1] (2-shot)'
    """

    benchmark: str
    metric: str = ""
    shots: int | None = None
    split: str = ""
    filter: str = ""
    config: str = ""
    harness: str = ""
    dataset: str = ""
    scale: ScoreScale | None = None

    def plain_name(self) -> str:
        """Return the id of a task that the catalogue does not know.

        All that tells it from another task is in it: ``dataset: benchmark (config) [metric,
        filter, split] (n-shot)``, as far as it is given.
        """
        name = self.benchmark.strip()
        if self.dataset and self.dataset.strip().casefold() != name.casefold():
            name = f"{self.dataset.strip()}: {name}"
        if self.config:
            name += f" ({self.config})"
        marks = [m for m in (self.metric, self.filter, self.split) if m]
        if marks:
            name += f" [{', '.join(marks)}]"
        if self.shots is not None:
            name += f" ({self.shots}-shot)"
        return name


@dataclass
class Task:
    """A task as it will stand in the table, once its name and scale are settled."""

    name: str
    scale: ScoreScale | None
    factors: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    own_share: bool = False  # taken for a share because none of its scores is above 1
