"""Recorded runs: found by id, version or as the champion; their files, and the data behind them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import BenchcastError, DataError, TrackingError, UnknownNameError
from features.sources.readers import find_source
from features.table.score_table import ScoreTable
from training.tracking.client import TrackedRun, Tracking, explained
from training.tracking.locations import database_path, safe_uri
from training.tracking.registry import ALIAS, NAME

#: characters of a run's id that are enough to name it
SHORTEST = 6
#: runs that an error lists
_LISTED = 5
_TEXT = ("predictor", "fold", "model", "task", "kind", "reason")


@dataclass(frozen=True)
class RunRecord:
    """A training run as MLflow has it.

    Attributes
    ----------
    id, experiment_id : str
    predictor : str
        The rung that was trained.
    parameters : mapping
        Its constructor arguments, where they differ from the defaults.
    seed : int
    level : float
        Of its intervals.
    data : str
        What it was asked to read: a shipped name, a directory, a store with its batch.
    data_name, data_fingerprint, folds_fingerprint : str
    started : str
        ISO date and time, UTC.
    benchcast : str
        Version of the package.
    version : str
        Number of the registered model, empty if there is none.
    is_champion : bool
    metrics : mapping of str to float
        Of the trained predictor and, as ``rung.metric``, of every rung.

    Examples
    --------
    >>> run = RunRecord(id="0f3a", experiment_id="1", predictor="fast", data_name="leaderboard")
    >>> run.describe()
    'run 0f3a (fast on leaderboard)'
    """

    id: str
    experiment_id: str
    predictor: str
    data_name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    level: float = 0.9
    data: str = ""
    data_fingerprint: str = ""
    folds_fingerprint: str = ""
    started: str = ""
    benchcast: str = ""
    version: str = ""
    is_champion: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict)

    def describe(self) -> str:
        """Return the run in a few words: version or id, method, data."""
        who = f"version {self.version}" if self.version else f"run {self.id[:12]}"
        if self.is_champion:
            who = f"champion {who}"
        return f"{who} ({self.predictor} on {self.data_name})"

    def to_dict(self) -> dict[str, Any]:
        """Return what tells this run from others as plain JSON values."""
        return {
            "run_id": self.id,
            "version": self.version or None,
            "champion": self.is_champion,
            "predictor": self.predictor,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "level": self.level,
            "trained": self.started,
            "benchcast": self.benchcast,
            "data": {"name": self.data_name, "fingerprint": self.data_fingerprint},
        }


def find_run(tracking: Tracking, named: str | None = None) -> RunRecord:
    """Return a training run.

    Parameters
    ----------
    tracking : Tracking
    named : str, optional
        Its id or the beginning of it, the number of a registered version, or ``champion``,
        which is also what is meant if nothing is named.

    Raises
    ------
    TrackingError
        If there is no store, or no champion.
    UnknownNameError
        If no run has that name, or several do; the newest ones are listed.
    """
    _require_store(tracking)
    champion = _alias_run(tracking)
    if named is None or named == ALIAS:
        if champion is None:
            raise TrackingError(
                f"no trained model: {safe_uri(tracking.uri)} has no champion; train one: "
                "benchcast train"
            )
        return champion
    versions = _versions(tracking)
    if named in versions:
        run_id: str | None = versions[named]
    else:
        run_id = _by_id(tracking, named)
    if run_id is None:
        raise _unknown(tracking, named, versions)
    return _record(tracking, run_id, versions, champion)


def find_run_on(tracking: Tracking, table: ScoreTable) -> RunRecord | None:
    """Return the run that was trained on this very data: the champion, else the newest; or None.

    A store that does not exist is not made.
    """
    database = database_path(tracking.uri)
    if database is not None and not database.is_file():
        return None
    champion = _alias_run(tracking)
    if champion is not None and champion.data_fingerprint == table.fingerprint:
        return champion
    for run in _newest(tracking, f"params.`data.fingerprint` = '{table.fingerprint}'", 1):
        return _record(tracking, run.info.run_id, _versions(tracking), champion)
    return None


def read_training_data(run: RunRecord, named: str | None = None) -> tuple[ScoreTable, Path | None]:
    """Read the data that a run was trained on.

    Parameters
    ----------
    run : RunRecord
    named : str, optional
        Where they are; by default where the run read them, else the shipped data of that name.

    Returns
    -------
    (ScoreTable, Path or None)
        The data, and their directory if they are in one.

    Raises
    ------
    DataError
        If they are not there, or not the same any more.
    """
    seen = []
    for text in dict.fromkeys([named] if named else [run.data, run.data_name]):
        if not text:
            continue
        try:
            source = find_source(text)
            table = source.read()
        except (BenchcastError, OSError) as error:
            seen.append(f"{text!r} cannot be read ({error})")
            continue
        if table.fingerprint == run.data_fingerprint:
            return table, source.directory
        seen.append(f"{source.shown!r} has the fingerprint {table.fingerprint[:12]} now")
    raise DataError(
        f"{run.describe()} was trained on {run.data_name} with the fingerprint "
        f"{run.data_fingerprint[:12]}, which is not at hand: {'; '.join(seen) or 'no source'}. "
        "Name where that snapshot is with --data (a store as of a batch: scores.db@12), or train "
        f"on what is there now: benchcast train --data {named or run.data or run.data_name}"
    )


# -- files of a run ------------------------------------------------------------------------


def tracked(tracking: Tracking, run: RunRecord) -> TrackedRun:
    """Return the run for recording more; a run that has ended takes files all the same."""
    return TrackedRun(tracking, run.experiment_id, run.id)


def list_files(tracking: Tracking, run_id: str, folder: str) -> list[str]:
    """Return the paths of the files in a folder of a run, in order; empty if there is none."""
    with explained(f"the files of run {run_id} cannot be listed"):
        found = tracking.client.list_artifacts(run_id, folder)
    return sorted(f.path for f in found if not f.is_dir)


def read_file(tracking: Tracking, run_id: str, path: str) -> bytes:
    """Return the content of a file of a run.

    Raises
    ------
    TrackingError
        If the run or the file is gone.
    """
    from mlflow.artifacts import download_artifacts

    with (
        explained(f"{path} of run {run_id} cannot be read"),
        tempfile.TemporaryDirectory(prefix="benchcast-") as beside,
    ):
        local = download_artifacts(
            run_id=run_id, artifact_path=path, tracking_uri=tracking.uri, dst_path=beside
        )
        return Path(local).read_bytes()


def read_json(tracking: Tracking, run_id: str, path: str) -> Any:
    """Return the content of a JSON file of a run; raises TrackingError as :func:`read_file`."""
    try:
        return json.loads(read_file(tracking, run_id, path))
    except ValueError as error:
        raise TrackingError(f"{path} of run {run_id} is damaged: {error}") from error


def read_frame(tracking: Tracking, run_id: str, path: str) -> pd.DataFrame:
    """Return a ``.csv.gz`` table of a run; names stay text, whatever they look like."""
    import gzip
    import io

    content = gzip.decompress(read_file(tracking, run_id, path))
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    numbers = [c for c in frame.columns if c not in _TEXT]
    for column in numbers:
        frame[column] = pd.to_numeric(frame[column], errors="coerce")
    return frame


# -- finding -------------------------------------------------------------------------------


def _require_store(tracking: Tracking) -> None:
    database = database_path(tracking.uri)
    if database is not None and not database.is_file():
        raise TrackingError(
            f"no trained model: there is no tracking store {safe_uri(tracking.uri)}; train one: "
            "benchcast train"
        )


def _versions(tracking: Tracking) -> dict[str, str]:
    """Return version -> run id, in the order of the versions."""
    with explained("the registered versions cannot be listed"):
        listed = tracking.client.search_model_versions(f"name = '{NAME}'")
    found = sorted(listed, key=lambda v: int(v.version))
    return {str(v.version): v.run_id for v in found if v.run_id}


def _alias_run(tracking: Tracking) -> RunRecord | None:
    from training.tracking.registry import find_champion

    champion = find_champion(tracking)
    if champion is None or not champion.run_id:
        return None
    return _record(tracking, champion.run_id, {champion.version: champion.run_id}, None, True)


def _by_id(tracking: Tracking, named: str) -> str | None:
    if not re.fullmatch(r"[0-9a-f]+", named) or len(named) < SHORTEST:
        return None
    found = [r.info.run_id for r in _newest(tracking, "", 1000)]
    found = [i for i in found if i.startswith(named)]
    if len(found) > 1:
        raise UnknownNameError(
            f"{len(found)} runs begin with {named!r}: {', '.join(found[:_LISTED])}; write more of "
            "the id"
        )
    return found[0] if found else None


def _newest(tracking: Tracking, condition: str, n: int) -> list[Any]:
    """Return training runs that ended well, the newest first."""
    client = tracking.client
    where = "attributes.status = 'FINISHED'" + (f" and {condition}" if condition else "")
    with explained("the runs cannot be listed"):
        experiments = [e.experiment_id for e in client.search_experiments()]
        found = client.search_runs(
            experiments, where, max_results=n, order_by=["attributes.start_time DESC"]
        )
    return [run for run in found if "data.fingerprint" in run.data.params]


def _unknown(tracking: Tracking, named: str, versions: Mapping[str, str]) -> UnknownNameError:
    newest = _newest(tracking, "", _LISTED)
    if not newest:
        return UnknownNameError(
            f"no run {named!r}: {safe_uri(tracking.uri)} has no finished training run; train one: "
            "benchcast train"
        )
    runs = ", ".join(r.info.run_id for r in newest)
    numbers = ", ".join(list(versions)[-_LISTED:]) or "none"
    return UnknownNameError(
        f"no run {named!r} in {safe_uri(tracking.uri)}; name a run (the newest: {runs}), the "
        f"beginning of its id, a registered version (the last: {numbers}), or {ALIAS!r}"
    )


def _record(
    tracking: Tracking,
    run_id: str,
    versions: Mapping[str, str],
    champion: RunRecord | None,
    is_champion: bool = False,
) -> RunRecord:
    with explained(f"run {run_id} cannot be read"):
        run = tracking.client.get_run(run_id)
    said = run.data.params
    if "data.fingerprint" not in said:
        raise TrackingError(f"run {run_id} was not recorded by benchcast train; name another one")
    prefix = "model.parameters."
    return RunRecord(
        id=run_id,
        experiment_id=run.info.experiment_id,
        predictor=said.get("model.predictor", ""),
        parameters={
            k.removeprefix(prefix): json.loads(v) for k, v in said.items() if k.startswith(prefix)
        },
        seed=int(said.get("run.seed", 0)),
        level=float(said.get("run.level", 0.9)),
        data=said.get("run.data", ""),
        data_name=said.get("data.name", ""),
        data_fingerprint=said["data.fingerprint"],
        folds_fingerprint=said.get("folds.fingerprint", ""),
        started=_moment(run.info.start_time),
        benchcast=run.data.tags.get("benchcast", ""),
        version=next((v for v, i in versions.items() if i == run_id), ""),
        is_champion=is_champion or (champion is not None and champion.id == run_id),
        metrics=dict(run.data.metrics),
    )


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
