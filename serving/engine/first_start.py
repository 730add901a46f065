"""From nothing to something that answers: the store and the first champion, made once.

Several processes that start at once in one home directory wait for the first of them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ConfigError, StoreError
from serving.engine.live import Live

if TYPE_CHECKING:
    from features.sources.readers import Source
    from features.store.store import Store
    from features.table.score_table import ScoreTable
    from serving.config.service_settings import ServeSettings
    from serving.engine.champion import Champion
    from training.tracking.client import Tracking

#: told one line at a time
Say = Callable[[str], None]
#: told (steps done, steps in all, what) of a training
Progress = Callable[[int, int, str], None]
#: file of the home directory that is locked while the first champion is made
LOCK = "first-start.lock"
DEFAULT_DATA = "leaderboard"


def start_live(
    settings: ServeSettings, tell: Say | None = None, *, progress: Progress | None = None
) -> Live:
    """Return what answers, with the champion loaded and followed.

    Makes what is missing first (:func:`prepare`). A champion that cannot be loaded is no error:
    ``live.ready`` says so, and it is tried again.

    Parameters
    ----------
    settings : ServeSettings
    tell : callable, optional
        Told what is done, one line at a time.
    progress : callable, optional
        Told (steps done, steps in all, what) of a training.

    Raises
    ------
    BenchcastError
        If the registry or the store cannot be used, or the data cannot be learned from.
    """
    say = tell or _silent
    store = prepare(settings, say, progress=progress)
    live = Live(
        tracking=_tracking(settings),
        store=store,
        poll_seconds=settings.poll_seconds,
        grid_cells=settings.grid_cells,
    )
    live.start()
    if not live.ready.ok:
        say(f"not ready yet: {'; '.join(live.ready.reasons)}")
    return live


def prepare(
    settings: ServeSettings, tell: Say | None = None, *, progress: Progress | None = None
) -> Store:
    """Make the score store and the first champion unless they are there.

    A new store gets ``settings.data`` as its first batch; without it what the champion was
    trained on; without a champion the shipped leaderboard. A first champion is trained on
    the store's data.

    Parameters
    ----------
    settings : ServeSettings
    tell, progress : callable, optional
        As in :func:`start_live`.

    Returns
    -------
    Store

    Raises
    ------
    BenchcastError
        As :func:`start_live`.
    """
    from features.store.database.address import StorePlace
    from features.store.open import open_store
    from serving.engine.champion import find_champion

    say = tell or _silent
    place = StorePlace.of(settings.store_place)
    if place.batch is not None:
        raise ConfigError(
            f"store: {place.at(place.batch)} is the store as it was, and scores are to be added; "
            f"leave @{place.batch} out"
        )
    settings.run.apply()
    if find_champion(settings.run) is not None and (place.path is None or place.path.is_file()):
        store = open_store(settings.store_place, create=True)
        if store.newest_batch():
            _tell_unused(settings, store, say)
            return store
    with only_one(settings.home, say):
        # another process may have been quicker
        champion = find_champion(settings.run)
        store = open_store(settings.store_place, create=True)
        if store.newest_batch():
            _tell_unused(settings, store, say)
        else:
            _seed(store, settings, champion, say)
        if champion is None:
            _train(settings, store, say, progress)
    return store


def _silent(line: str) -> None:
    """Say nothing."""


def _tracking(settings: ServeSettings) -> Tracking:
    from serving.engine.champion import store_of
    from training.tracking.client import Tracking

    return Tracking(store_of(settings.run).uri)


def _find(data: str) -> Source:
    from features.sources.readers import find_source

    return find_source(data)


def _tell_unused(settings: ServeSettings, store: Store, say: Say) -> None:
    if settings.data is not None and settings.data != settings.store_place:
        say(
            f"the store {store.place.shown} has data already: {_find(settings.data).shown} is not "
            "imported; `benchcast import` adds to it"
        )


def _seed(store: Store, settings: ServeSettings, champion: Champion | None, say: Say) -> None:
    """Give a new store its first batch."""
    if settings.data is not None or champion is None:
        source = _find(settings.data or DEFAULT_DATA)
        table, origin = source.read(), source.shown
    else:
        table, origin = _learned_from(champion, say)
    batch = store.add(table, importer="serve", command="benchcast serve", files=[origin])
    say(
        f"{store.place.shown}: a new score store with {origin} in it ({table.n_cells} cells, "
        f"batch {batch.id})"
    )


def _learned_from(champion: Champion, say: Say) -> tuple[ScoreTable, str]:
    from serving.engine.loading import find_data

    table, origin, _ = find_data(champion.tracking, champion.info, champion.predictor(), None)
    if table.fingerprint != champion.fingerprint:
        say(f"the store begins with what the champion knows: {origin}")
        origin = f"champion version {champion.info.version}"
    return table, origin


def _train(settings: ServeSettings, store: Store, say: Say, progress: Progress | None) -> None:
    """Train the first champion on what the store holds; registered as `benchcast train` does."""
    import cpp
    from training.pipeline.config import TrainConfig
    from training.pipeline.inputs import load_inputs
    from training.pipeline.training_run import train

    table = store.snapshot()
    source = _find(settings.data or DEFAULT_DATA)
    # the same data as a directory have folds of their own
    same = source.directory is not None and source.read().fingerprint == table.fingerprint
    data = source.text if same else settings.store_place
    what = "preset" if settings.predictor in cpp.PRESETS else "predictor"
    config = TrainConfig.model_validate(
        {
            "model": {what: settings.predictor},
            "run": {
                "data": data,
                "jobs": settings.jobs,
                "tracking_uri": settings.tracking_uri,
                "ladder": False,
                "champion": "better",
            },
        }
    )
    say(
        f"there is no champion yet: training {settings.predictor} on {table.n_cells} cells of "
        f"{_find(data).shown}, once; `benchcast train --data {store.place.shown}` gives a better "
        "one"
    )
    table, folds = load_inputs(config)
    result = train(table, config, tracking=_tracking(settings), folds=folds, progress=progress)
    say(f"version {result.version}: {result.decision.reason}")


@contextlib.contextmanager
def only_one(home: Path, say: Say) -> Iterator[None]:
    """Hold a home directory's lock; who comes second waits until the first is done.

    The lock ends with the process. Without ``fcntl`` (Windows) nothing is locked.

    Raises
    ------
    StoreError
        If the directory cannot be written to.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"cannot write to the home directory {home}: {error.strerror}; name another with "
            "--home or BENCHCAST_HOME"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process makes the store and the first champion; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
