"""Where state lives: the tracking store and its artifacts.

The working directory, unless ``BENCHCAST_HOME`` names another::

    <home>/mlflow.db       runs, metrics, the model registry (SQLite)
    <home>/mlartifacts/    predictions, plots, models

Another MLflow store is named by argument or by ``MLFLOW_TRACKING_URI``. Absolute paths are
stored in the database, so a store does not move with its folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from features.errors import TrackingError

HOME_VARIABLE = "BENCHCAST_HOME"
URI_VARIABLE = "MLFLOW_TRACKING_URI"
DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
_SQLITE = "sqlite:///"


def home() -> Path:
    """Return the directory that holds the state, absolute; it need not exist yet."""
    return Path(os.environ.get(HOME_VARIABLE) or ".").expanduser().resolve()


def resolve_tracking_uri(uri: str | None = None) -> str:
    """Return the tracking URI: the argument, else the environment's, else the embedded store.

    Parameters
    ----------
    uri : str, optional
        Such as ``sqlite:///runs.db`` or ``https://mlflow.example.org``. A relative SQLite
        path is taken from the working directory and made absolute.

    Raises
    ------
    TrackingError
        For a plain path or a ``file:`` URI, which MLflow no longer serves.
    """
    uri = (uri or os.environ.get(URI_VARIABLE) or "").strip()
    if not uri:
        return _sqlite_uri(home() / DATABASE)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", uri)
    if scheme is None or scheme[1].lower() == "file" or len(scheme[1]) == 1:  # C:\runs
        raise TrackingError(
            f"the tracking URI {uri!r} names a directory of files; MLflow keeps that kind of store "
            f"in maintenance mode and it has no model aliases. Use a database, such as "
            f"sqlite:///{DATABASE}, or the http(s) address of a tracking server; without a "
            f"tracking URI the embedded store {home() / DATABASE} is used"
        )
    if database := database_path(uri):
        _, question, query = uri.partition("?")
        return _sqlite_uri(database.expanduser().resolve()) + question + query
    return uri


def _sqlite_uri(path: Path) -> str:
    return _SQLITE + re.sub(r"[%?#]", lambda found: quote(found[0]), path.as_posix())


def database_path(uri: str) -> Path | None:
    """Return the file of a SQLite tracking URI, None for any other store."""
    if not uri.startswith(_SQLITE):
        return None
    return Path(unquote(uri.removeprefix(_SQLITE).partition("?")[0]))


def artifact_root(uri: str) -> str | None:
    """Return where new experiments put artifacts, as a URI.

    ``mlartifacts`` beside a SQLite file; ``<home>/mlartifacts`` for another database; None
    for a tracking server, which decides by itself.
    """
    if uri.startswith(("http:", "https:", "databricks", "uc:")):
        return None
    database = database_path(uri)
    return ((database.parent if database else home()) / ARTIFACTS).as_uri()


def safe_uri(uri: str) -> str:
    """Return `uri` for messages, without the user and password it may carry."""
    return re.sub(r"//[^/@]*@", "//", uri)


@contextlib.contextmanager
def store_lock(uri: str) -> Iterator[None]:
    """Hold the SQLite store's directory for oneself while its tables are made.

    MLflow creates the tables of a new store without a lock: two first-time users at once
    would run the migrations into each other. The directory itself is locked, so no lock
    file stays behind; the lock ends with the process. Other stores, and systems without
    ``fcntl`` (Windows), are not locked.
    """
    database = database_path(uri)
    try:
        import fcntl
    except ImportError:
        database = None
    if database is None:
        yield
        return
    handle = os.open(_made(database.parent), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def check_database(uri: str) -> None:
    """Raise TrackingError at once if the SQLite file of `uri` cannot be opened.

    MLflow would try again for more than a minute, with a warning each time.
    """
    path = database_path(uri)
    if path is None:
        return
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise TrackingError(
            f"cannot open the tracking store {path}: {error}; remove or restore that file, or name "
            f"another place with {HOME_VARIABLE} or {URI_VARIABLE}"
        ) from error


def _made(directory: Path) -> Path:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackingError(
            f"cannot create {directory} for the tracking store: {error.strerror}; set "
            f"{HOME_VARIABLE} to a directory that can be written"
        ) from error
    return directory
