"""The champion of an MLflow store, looked up without making a store that is not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpp import Predictor
    from serving.config.run_settings import Settings
    from training.tracking.client import Tracking
    from training.tracking.registry import VersionInfo


@dataclass(frozen=True)
class Store:
    """An MLflow store: its URI, the same without a password, and whether it is there."""

    uri: str
    shown: str
    exists: bool


@dataclass(frozen=True)
class Champion:
    """The registered version that has the alias ``champion``.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> info = SimpleNamespace(data_fingerprint="3f786850e387550f")
    >>> short(Champion(tracking=None, info=info).fingerprint)
    '3f786850e387'
    """

    tracking: Tracking
    info: VersionInfo

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the snapshot it learned from."""
        return self.info.data_fingerprint

    def describe(self) -> str:
        """Return version, predictor, snapshot and date in one line."""
        i = self.info
        dated = f" of {i.data_retrieved}" if i.data_retrieved else ""
        return (
            f"champion version {i.version} ({i.predictor}), trained {i.trained[:10]} on "
            f"{i.data_name}{dated} (fingerprint {short(i.data_fingerprint)}); {i.metric} "
            f"{i.value:.3f} on its folds"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what is known of it as plain JSON values."""
        i = self.info
        return {
            "version": i.version,
            "predictor": i.predictor,
            "trained": i.trained,
            "run_id": i.run_id,
            "metric": i.metric,
            "value": i.value,
            "data": {
                "name": i.data_name,
                "retrieved": i.data_retrieved or None,
                "fingerprint": i.data_fingerprint,
            },
        }

    def predictor(self) -> Predictor:
        """Load it, ready to predict."""
        from training.tracking.registry import load_champion

        return load_champion(self.tracking)[0]

    def ladder(self) -> dict[str, dict[str, Any]]:
        """Return the overall metrics of every predictor in its run, from that run."""
        from mlflow.artifacts import download_artifacts

        from training.tracking.client import explained

        with explained(f"the metrics of run {self.info.run_id} cannot be read"):
            local = download_artifacts(
                run_id=self.info.run_id,
                artifact_path="metrics/metrics.json",
                tracking_uri=self.tracking.uri,
            )
            metrics = json.loads(Path(local).read_text(encoding="utf-8"))
        return {name: by["all"]["all"] for name, by in metrics.items()}


def store_of(settings: Settings) -> Store:
    """Return the store that the settings name; MLflow is not imported, nothing is made."""
    from training.tracking.locations import DATABASE, database_path, resolve_tracking_uri, safe_uri

    uri = resolve_tracking_uri(settings.tracking_uri or f"sqlite:///{settings.home / DATABASE}")
    database = database_path(uri)
    return Store(uri, safe_uri(uri), database is None or database.is_file())


def find_champion(settings: Settings) -> Champion | None:
    """Return the champion of the store that the settings name, ``None`` if there is none.

    Raises
    ------
    TrackingError
        If the store does not answer.
    """
    store = store_of(settings)
    if not store.exists:
        return None
    from training.tracking.client import Tracking

    return champion_of(Tracking(store.uri))


def champion_of(tracking: Tracking) -> Champion | None:
    """Return the champion of a store, ``None`` if there is none; raises TrackingError as above."""
    from training.tracking import registry

    info = registry.find_champion(tracking)
    return None if info is None else Champion(tracking, info)


def short(fingerprint: str) -> str:
    """Return the first characters of a fingerprint, enough to tell two apart."""
    return fingerprint[:12]
