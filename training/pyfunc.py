"""A trained predictor as an MLflow model: what ``mlflow.pyfunc.load_model`` imports.

MLflow's *loader module* flavour: the MLmodel file names this module, MLflow calls
:func:`_load_pyfunc` with the directory of the saved state. Nothing is pickled; benchcast
has to be installed where the model is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import DataError
from training.persistence.signature import DEFAULT_LEVEL, INPUT, OUTPUT
from training.persistence.state_files import load_predictor

if TYPE_CHECKING:
    from cpp import Predictor


class PyfuncModel:
    """A fitted predictor behind MLflow's ``predict(data, params)``.

    Parameters
    ----------
    predictor : Predictor
        Fitted.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> model = PyfuncModel(make_predictor("biases").fit(features.load_leaderboard()))
    >>> asked = pd.DataFrame({"model": ["Llama 2 7B"], "task": ["GPQA Diamond"]})
    >>> model.predict(asked, {"level": 0.5})[["level", "kind"]].values.tolist()
    [[0.5, 'predicted']]
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    def predict(self, data: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Predict cells, in the order asked.

        Parameters
        ----------
        data : DataFrame, columns model, task
            Ids; unknown ones are legal and get a prior.
        params : dict, optional
            ``level``: probability that the interval holds the score, between 0 and 1
            (0.9 unless given).

        Returns
        -------
        DataFrame
            model, task, prediction, lower, upper (the task's own unit), level, kind
            (observed, predicted or prior), support (training scores of that model), reason.

        Raises
        ------
        DataError
            For a missing column, or a level outside (0, 1).
        """
        missing = [c for c in INPUT if c not in data.columns]
        if missing:
            raise DataError(f"cells need the columns model, task; missing: {', '.join(missing)}")
        level = float((params or {}).get("level", DEFAULT_LEVEL))
        if not 0.0 < level < 1.0:
            raise DataError(f"level must lie between 0 and 1, both excluded, got {level!r}")
        cells = data[list(INPUT)].astype(str).reset_index(drop=True)
        return self.predictor.predict(cells, level=level).frame[list(OUTPUT)]


def _load_pyfunc(data_path: str) -> PyfuncModel:
    return PyfuncModel(load_predictor(data_path))
