"""Runs in MLflow: parameters, metrics, tables, figures and the model of one training.

A thin layer over ``MlflowClient``: no active run, no global tracking URI, so two threads
or two stores do not get in each other's way. MLflow is imported where it is used, with its
telemetry off and its informational log lines silent (warnings and errors are shown).

A run ends as FINISHED, FAILED (an error) or KILLED (Ctrl-C). A process that is killed
leaves a run that says RUNNING for good; it is harmless: nothing of it is registered.
"""

from __future__ import annotations

import contextlib
import json
import math
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import TrackingError
from training.persistence.environment import quiet_mlflow
from training.tracking import locations

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

    from cpp import Predictor

_BATCH = 100  # what one MLflow call takes of parameters or tags
_LONGEST = 5000  # characters of a tag or parameter that every MLflow store takes


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what MLflow and its database raise into a TrackingError that says `what` failed."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        text = locations.safe_uri(str(error).strip().split("\n")[0])
        raise TrackingError(f"{what}: {text}") from error


class Tracking:
    """An MLflow store: where runs are recorded and models are registered.

    Parameters
    ----------
    uri : str, optional
        Tracking URI; ``MLFLOW_TRACKING_URI``, else the embedded store of
        :mod:`training.tracking.locations`, if left out.

    Attributes
    ----------
    uri : str
        Resolved tracking URI.
    client : MlflowClient
        For everything this class does not do; made, with the tables of a new SQLite
        store, when it is first asked for.

    Raises
    ------
    TrackingError
        For a store that MLflow does not serve (a directory of files).

    Examples
    --------
    >>> Tracking("postgresql://me:secret@host/mlflow")
    Tracking('postgresql://host/mlflow')
    """

    def __init__(self, uri: str | None = None) -> None:
        self.uri = locations.resolve_tracking_uri(uri)
        self._client: MlflowClient | None = None

    def __repr__(self) -> str:
        return f"Tracking({locations.safe_uri(self.uri)!r})"

    @property
    def client(self) -> MlflowClient:
        if self._client is None:
            quiet_mlflow()
            from mlflow import MlflowClient

            where = f"cannot open the tracking store {locations.safe_uri(self.uri)}"
            with locations.store_lock(self.uri), explained(where):
                locations.check_database(self.uri)
                client = MlflowClient(tracking_uri=self.uri)
                client.search_registered_models(max_results=1)  # makes the registry's tables too
            self._client = client
        return self._client

    def experiment_id(self, name: str) -> str:
        """Return the id of the experiment `name`; it is made if there is none."""
        client = self.client
        with locations.store_lock(self.uri), explained(f"cannot use the experiment {name!r}"):
            found = client.get_experiment_by_name(name)
            if found is None:
                return client.create_experiment(name, locations.artifact_root(self.uri))
            if found.lifecycle_stage == "deleted":
                raise TrackingError(
                    f"the experiment {name!r} was deleted; restore it in MLflow, or set "
                    "run.experiment to another name"
                )
            return found.experiment_id

    @contextlib.contextmanager
    def run(
        self, experiment: str, name: str, tags: Mapping[str, str] | None = None
    ) -> Iterator[TrackedRun]:
        """Record a run: FINISHED at the end of the block, FAILED or KILLED if it raises."""
        experiment_id = self.experiment_id(experiment)
        context = {"mlflow.source.name": "benchcast", "mlflow.source.type": "LOCAL"}
        with explained(f"cannot start a run in {locations.safe_uri(self.uri)}"):
            run = self.client.create_run(
                experiment_id, tags={**context, **(tags or {})}, run_name=name
            )
        tracked = TrackedRun(self, experiment_id, run.info.run_id)
        status = "FAILED"
        try:
            yield tracked
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            with explained(f"cannot end the run {tracked.id} as {status}"):
                self.client.set_terminated(tracked.id, status)


class TrackedRun:
    """One run that is being recorded; made by :meth:`Tracking.run`.

    Attributes
    ----------
    id, experiment_id : str

    Examples
    --------
    >>> with Tracking("sqlite:///mlflow.db").run("mine", "first") as run:
    ...     run.parameters({"rank": 2})
    ...     run.json({"found": [1, 2]}, "findings.json")
    >>> [file.path for file in run.tracking.client.list_artifacts(run.id)]
    ['findings.json']
    """

    def __init__(self, tracking: Tracking, experiment_id: str, run_id: str) -> None:
        self.tracking = tracking
        self.experiment_id = experiment_id
        self.id = run_id

    def parameters(self, values: Mapping[str, object]) -> None:
        """Record parameters; each is text of at most 5000 characters."""
        from mlflow.entities import Param

        self._batches([Param(k, _short(k, v)) for k, v in values.items()], "params")

    def tags(self, values: Mapping[str, object]) -> None:
        """Record tags."""
        from mlflow.entities import RunTag

        self._batches([RunTag(k, _short(k, v)) for k, v in values.items()], "tags")

    def metrics(self, values: Mapping[str, float], model_id: str | None = None) -> None:
        """Record metrics, and those of the logged model if its id is given.

        ``@`` cannot stand in an MLflow name and becomes ``_at_``. A metric that is
        undefined (NaN, such as coverage without any interval) is left out here; the
        metrics table of the run has it, as null.
        """
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        found = [
            Metric(name.replace("@", "_at_"), float(value), now, 0, model_id=model_id)
            for name, value in values.items()
            if value is not None and math.isfinite(value)
        ]
        self._batches(found, "metrics")

    def _batches(self, entities: list[Any], kind: str) -> None:
        with explained(f"cannot record the {kind} of run {self.id}"):
            for start in range(0, len(entities), _BATCH):
                batch = entities[start : start + _BATCH]
                log: dict[str, Any] = {kind: batch}
                self.tracking.client.log_batch(self.id, **log)

    def dataset(self, name: str, fingerprint: str, schema: object, profile: object) -> None:
        """Record which data the run read (by name and fingerprint; the data stay put)."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        data = Dataset(
            name=name,
            digest=fingerprint[:36],  # MLflow's longest
            source_type="local",
            source=json.dumps({"name": name, "sha256": fingerprint}),
            schema=json.dumps(schema),
            profile=json.dumps(profile),
        )
        tag = InputTag("mlflow.data.context", "training")
        with explained(f"cannot record the data of run {self.id}"):
            self.tracking.client.log_inputs(self.id, [DatasetInput(data, [tag])])

    # -- files -------------------------------------------------------------------------

    @contextlib.contextmanager
    def _file(self, path: str) -> Iterator[Path]:
        """Give a file to write, then record it under `path`."""
        folder, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
            local = Path(beside) / name
            yield local
            with explained(f"cannot record {path} of run {self.id}"):
                self.tracking.client.log_artifact(self.id, str(local), folder or None)

    def text(self, content: str, path: str) -> None:
        """Record a text file."""
        with self._file(path) as local:
            local.write_text(content, encoding="utf-8", newline="")

    def content(self, content: bytes, path: str) -> None:
        """Record a file of any kind."""
        with self._file(path) as local:
            local.write_bytes(content)

    def json(self, content: object, path: str) -> None:
        """Record `content` as JSON; NaN and infinities become null."""
        text = json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False)
        self.text(text + "\n", path)

    def table(self, frame: pd.DataFrame, path: str) -> None:
        """Record a frame as ``.csv.gz`` (equal frames give equal bytes)."""
        with self._file(path) as local:
            how: dict[str, Any] = {"method": "gzip", "mtime": 0}
            frame.to_csv(local, index=False, compression=how, lineterminator="\n")

    def figure(self, figure: Figure, stem: str) -> None:
        """Record a figure twice: ``<stem>.svg`` and ``<stem>.png``."""
        from training.plots.style import save_figure

        for kind in ("svg", "png"):
            with self._file(f"{stem}.{kind}") as local:
                save_figure(figure, local)

    # -- the model -----------------------------------------------------------------------

    def model(self, predictor: Predictor, *, example: pd.DataFrame, name: str = "model") -> str:
        """Record a fitted predictor as an MLflow model; return the model's id.

        The model is of MLflow's loader-module flavour: it holds the files of
        :mod:`training.persistence.state_files` and the name of :mod:`training.pyfunc`. Nothing is
        pickled, and benchcast must be installed where it is loaded.

        Parameters
        ----------
        predictor : Predictor
            Fitted.
        example : DataFrame, columns model, task
            Some cells, as the model's input example.
        name : str
            Name of the model within the run.
        """
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        from training.persistence.mlflow_model import write_model

        client = self.tracking.client
        with explained(f"cannot record the model of run {self.id}"):
            logged = client.create_logged_model(
                self.experiment_id, name=name, source_run_id=self.id, model_type="benchcast"
            )
            status = LoggedModelStatus.FAILED
            try:
                with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
                    local = Path(beside) / "model"
                    write_model(predictor, local, example=example, run_id=self.id, logged=logged)
                    client.log_model_artifacts(logged.model_id, str(local))
                status = LoggedModelStatus.READY
            finally:
                client.finalize_logged_model(logged.model_id, status)
            client.log_outputs(self.id, [LoggedModelOutput(logged.model_id, step=0)])
        return logged.model_id


def _short(name: str, value: object) -> str:
    text = str(value)
    if len(text) > _LONGEST:
        raise TrackingError(
            f"{name}: {len(text)} characters are too many to record (at most {_LONGEST})"
        )
    return text


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
