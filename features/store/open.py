"""Opening a store, making one, bringing an old one up to date."""

from __future__ import annotations

import os

import sqlalchemy as sa

from features.errors import DataError, did_you_mean, near_misses
from features.store.database.address import StorePlace
from features.store.database.connections import make_engine, reading, use_write_ahead_log, writing
from features.store.database.schema_version import NEWEST, check_version, migrate, version_of
from features.store.store import Store


def open_store(
    where: str | os.PathLike[str], *, create: bool = False, patience: float | None = None
) -> Store:
    """Open a score store.

    Parameters
    ----------
    where : str or path
        A file that ends in ``.db``, or a URL (``sqlite:///scores.db``,
        ``postgresql://user@host/database``). ``@N`` behind it is the snapshot that
        :meth:`Store.snapshot` gives when it is asked for none.
    create : bool, default False
        Whether it is made if there is none; the database of a server must exist.
    patience : float, optional
        Seconds that a writer waits for another one; default two minutes.

    Returns
    -------
    Store

    Raises
    ------
    DataError
        If there is no store, it is of another version, or the file is no database.
    StoreError
        If the database does not answer, or its driver is not installed.

    Examples
    --------
    >>> import features
    >>> store = open_store("scores.db", create=True)
    >>> _ = store.add(features.load_leaderboard(), importer="directory", files=["leaderboard"])
    >>> store.newest_batch(), store.snapshot().n_cells
    (1, 3275)
    """
    place = StorePlace.of(where)
    path = place.path
    if path is not None and not path.is_file():
        if path.exists():
            raise DataError(f"{place.shown} is a directory; a store is a file that ends in .db")
        if not create:
            here = path.parent if path.parent.is_dir() else None
            close = near_misses(path.name, [p.name for p in here.glob("*.db")]) if here else []
            raise DataError(
                f"no score store {place.shown!r}{did_you_mean(close)}; `benchcast import FORMAT "
                f"PATH --into {place.shown}` makes one"
            )
        if not path.parent.is_dir():
            raise DataError(f"{place.shown}: there is no directory {str(path.parent)!r}; make it")
    engine = make_engine(place, patience)
    if create:
        _create(engine, place)
    with reading(engine, place) as connection:
        check_version(version_of(connection), place)
    return Store(place, engine)


def _create(engine: sa.Engine, place: StorePlace) -> None:
    with reading(engine, place) as connection:
        if version_of(connection) is not None:
            return
    use_write_ahead_log(engine)
    with writing(engine, place) as connection:
        if version_of(connection) is None:  # another process may have been quicker
            migrate(connection)


def upgrade_store(where: str | os.PathLike[str]) -> tuple[str, str]:
    """Bring a store to this benchcast's version; nothing of its content changes.

    Returns
    -------
    tuple of str
        The version before, and now.

    Raises
    ------
    DataError
        If there is no store, or it is of a version that this benchcast does not know.
    """
    place = StorePlace.of(where)
    if place.path is not None and not place.path.is_file():
        raise DataError(f"no score store {place.shown!r}")
    engine = make_engine(place)
    with writing(engine, place) as connection:
        before = version_of(connection)
        try:
            check_version(before, place)
        except DataError as fault:
            if "benchcast store upgrade" not in str(fault):
                raise
            migrate(connection)
    assert before is not None
    return before, NEWEST
