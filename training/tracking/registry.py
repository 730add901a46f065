"""The registered model ``benchcast``: its versions, and the one called ``champion``.

Each version carries as tags what it takes to judge it again: the predictor's name and
parameters, the fingerprints of the data and of the folds, and its figure on them.
:mod:`training.pipeline.promotion` decides which version is the champion.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import TrackingError
from training.tracking.client import Tracking, explained
from training.tracking.locations import database_path, safe_uri

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from cpp import Predictor

NAME = "benchcast"
ALIAS = "champion"
#: where a run keeps the predictions of its folds (all predictors, one after the other)
FOLD_PREDICTIONS = "predictions/folds.csv.gz"
_TEXT = ("predictor", "fold", "model", "task", "kind")
_TRAIN = "train one: benchcast train"


@dataclass(frozen=True)
class VersionInfo:
    """What is known of a registered version.

    Attributes
    ----------
    predictor, parameters, seed
        How to train it again.
    data_name, data_fingerprint, data_retrieved : str
        The snapshot it was fitted on (all cells); the date it was retrieved, if stated.
    folds_fingerprint : str
        The folds it was judged on.
    metric, value : str, float
        Its figure on them (lower is better).
    trained : str
        Date and time of the training, ISO, UTC.
    benchcast : str
        Version of the package that trained it.
    version, run_id : str
        Number in the registry, and the MLflow run; empty until it is registered.

    Examples
    --------
    >>> how = {"predictor": "biases", "parameters": {}, "seed": 0, "metric": "medae", "value": 4.2}
    >>> data = {"data_name": "mine", "data_fingerprint": "3f2a", "data_retrieved": "2025-01-01"}
    >>> info = VersionInfo(**how, **data, folds_fingerprint="77b0", trained="", benchcast="0.1.0")
    >>> tags = info.to_tags()
    >>> tags["predictor"], tags["metric"], tags["value"]
    ('biases', 'medae', '4.2')
    """

    predictor: str
    parameters: Mapping[str, Any]
    seed: int
    data_name: str
    data_fingerprint: str
    data_retrieved: str
    folds_fingerprint: str
    metric: str
    value: float
    trained: str
    benchcast: str
    version: str = ""
    run_id: str = ""

    def to_tags(self) -> dict[str, str]:
        """Return the tags of the registered version."""
        return {
            "predictor": self.predictor,
            "parameters": json.dumps(dict(self.parameters), sort_keys=True),
            "seed": str(self.seed),
            "data.name": self.data_name,
            "data.fingerprint": self.data_fingerprint,
            "data.retrieved": self.data_retrieved,
            "folds.fingerprint": self.folds_fingerprint,
            "metric": self.metric,
            "value": repr(self.value),
            "trained": self.trained,
            "benchcast": self.benchcast,
        }

    @classmethod
    def from_version(cls, version: ModelVersion) -> VersionInfo:
        """Read the tags back.

        Raises
        ------
        TrackingError
            If a tag is missing: something other than benchcast registered the version.
        """
        tags = version.tags
        try:
            return cls(
                predictor=tags["predictor"],
                parameters=json.loads(tags["parameters"]),
                seed=int(tags["seed"]),
                data_name=tags["data.name"],
                data_fingerprint=tags["data.fingerprint"],
                data_retrieved=tags["data.retrieved"],
                folds_fingerprint=tags["folds.fingerprint"],
                metric=tags["metric"],
                value=float(tags["value"]),
                trained=tags["trained"],
                benchcast=tags["benchcast"],
                version=str(version.version),
                run_id=version.run_id or "",
            )
        except (KeyError, ValueError) as error:
            raise TrackingError(
                f"version {version.version} of the registered model {NAME!r} was not registered "
                f"by benchcast (tag {error}); give the alias {ALIAS!r} to another version, or "
                "remove it in MLflow and train again"
            ) from error


def find_champion(tracking: Tracking) -> VersionInfo | None:
    """Return the champion's tags, None if there is no champion yet."""
    version = _champion(tracking)
    return None if version is None else VersionInfo.from_version(version)


def _champion(tracking: Tracking) -> ModelVersion | None:
    from mlflow.exceptions import MlflowException

    client = tracking.client
    with explained("cannot look up the champion"):
        try:
            # One call more than asking for the alias, whose absence is told in several ways.
            version = client.get_registered_model(NAME).aliases.get(ALIAS)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        return None if version is None else client.get_model_version(NAME, str(version))


def load_champion(tracking: Tracking | None = None) -> tuple[Predictor, VersionInfo]:
    """Load the champion, ready to predict, with what is known of it.

    Raises
    ------
    TrackingError
        If there is none yet, or its files are gone. A store that does not exist is not
        created.
    StateError
        If its files are damaged or a newer version of benchcast wrote them.
    """
    tracking = tracking or Tracking()
    where = safe_uri(tracking.uri)
    database = database_path(tracking.uri)
    if database is not None and not database.is_file():
        raise TrackingError(f"no trained model: there is no tracking store {where}; {_TRAIN}")
    version = _champion(tracking)
    if version is None:
        raise TrackingError(
            f"no trained model: {where} has no registered model {NAME!r} with the alias "
            f"{ALIAS!r}; {_TRAIN}"
        )
    return _load(tracking, version), VersionInfo.from_version(version)


def load_version(tracking: Tracking, version: str) -> tuple[Predictor, VersionInfo]:
    """Load a registered version by number; raises as :func:`load_champion`."""
    with explained(f"no version {version} of {NAME!r}; {_TRAIN}"):
        found = tracking.client.get_model_version(NAME, version)
    return _load(tracking, found), VersionInfo.from_version(found)


def _load(tracking: Tracking, version: ModelVersion) -> Predictor:
    from mlflow.artifacts import download_artifacts

    from training.persistence.mlflow_model import STATE_IN_MODEL
    from training.persistence.state_files import load_predictor

    gone = (
        f"the files of version {version.version} of {NAME!r} cannot be read (a store keeps "
        f"absolute paths and does not move with its folder); {_TRAIN}"
    )
    with explained(gone):
        uri = tracking.client.get_model_version_download_uri(NAME, str(version.version))
        local = download_artifacts(artifact_uri=uri, tracking_uri=tracking.uri)
    return load_predictor(Path(local) / STATE_IN_MODEL)


def fold_predictions(tracking: Tracking, info: VersionInfo) -> pd.DataFrame:
    """Return the fold predictions a version was judged by, from its run.

    Raises
    ------
    TrackingError
        If the run or its file is gone.
    """
    from mlflow.artifacts import download_artifacts

    with explained(f"the predictions of run {info.run_id} cannot be read"):
        local = download_artifacts(
            run_id=info.run_id, artifact_path=FOLD_PREDICTIONS, tracking_uri=tracking.uri
        )
        # As text first: a model may be called "1.0" or "NA", and floats come back exactly.
        frame = pd.read_csv(local, dtype=str, keep_default_na=False)
    frame = frame[frame["predictor"] == info.predictor].reset_index(drop=True)
    numbers = [c for c in frame.columns if c not in _TEXT]
    return frame.astype(dict.fromkeys(numbers, float))


def register(tracking: Tracking, info: VersionInfo, model_id: str, *, champion: bool) -> str:
    """Register a logged model as a new version; return its number.

    The caller holds the store's lock, so that nobody else moves the alias in between.

    Parameters
    ----------
    tracking : Tracking
    info : VersionInfo
        Becomes the version's tags.
    model_id : str
        From :meth:`TrackedRun.model`.
    champion : bool
        Whether the alias moves to it.
    """
    from mlflow.exceptions import MlflowException

    client = tracking.client
    with explained(f"cannot register the model {NAME!r}"):
        try:
            client.create_registered_model(
                NAME, description="Predicts benchmark scores nobody has measured yet."
            )
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        # Not models:/<id>: MLflow looks that up in the process-wide store, whichever it is.
        version = client.create_model_version(
            NAME,
            client.get_logged_model(model_id).artifact_location,
            run_id=info.run_id,
            tags=info.to_tags(),
            model_id=model_id,
        )
        if champion:
            client.set_registered_model_alias(NAME, ALIAS, str(version.version))
    return str(version.version)
