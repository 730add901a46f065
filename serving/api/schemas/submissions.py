"""What a submission is: scores, and factors of the models and tasks that are new."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from serving.api.schemas.requests import Date, ModelFactors, Name, Strict, TaskFactors

#: largest size of a score; none is larger, and squares of it are finite
LARGEST = 1e12
#: characters of a source or setting
MAX_TEXT = 1000

Text = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]


class ScoreIn(Strict):
    """A measured score."""

    model: Name
    task: Name
    score: Annotated[Number, Field(description="In the task's own unit.")]
    se: Annotated[
        float | None,
        Field(ge=0, le=LARGEST, allow_inf_nan=False, description="Standard error, same unit."),
    ] = None
    n_items: Annotated[
        int | None, Field(gt=0, le=10**12, description="Items the score is a mean of.")
    ] = None
    date: Annotated[Date | None, Field(description="Day of the measurement.")] = None
    source: Annotated[Text | None, Field(description="Where it is from, such as a URL.")] = None
    setting: Annotated[Text | None, Field(description="How it was measured.")] = None
    reported_by: Literal["first_party", "third_party", "unknown"] | None = None


class ScoresIn(Strict):
    """Measured scores; all of them are taken, or none."""

    scores: Annotated[list[ScoreIn], Field(min_length=1)]
    models: Annotated[
        dict[Name, ModelFactors], Field(description="Model -> its design factors, if they are new.")
    ] = {}
    tasks: Annotated[
        dict[Name, TaskFactors],
        Field(
            description="Task -> its factors. A task that is not known needs its scale: "
            "`scale_min`, `scale_max` or `higher_is_better` (a task without bounds has only "
            "the last)."
        ),
    ] = {}

    def digest(self) -> str:
        """Return the digest by which the same submission is known again.

        Spaces, the order of members and members that are null make no difference.
        """
        content = self.model_dump(exclude_none=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
