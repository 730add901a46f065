"""One process of the service: the application behind its protection, counted and told."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING

from features.errors import BenchcastError
from serving.config.service_settings import ServeSettings

if TYPE_CHECKING:
    from serving.engine.live import Live
    from serving.middleware.guard import App
    from serving.middleware.keyring import KeyRing

#: how a worker process hears the settings of the command that started it
HANDED = "_BENCHCAST_SERVE"
#: exit code of a worker that cannot start; uvicorn then starts no other in its place
CANNOT_START = 3
log = logging.getLogger("benchcast.serve")


def build(settings: ServeSettings, live: Live, ring: KeyRing) -> App:
    """Return the application of a process: routes, protection, metrics, log.

    Parameters
    ----------
    settings : ServeSettings
    live : Live
        Started; stopped when the service ends.
    ring : KeyRing
        The keys.
    """
    from serving.api.app import create_app
    from serving.middleware.access_log import AccessLog
    from serving.middleware.protection import protect
    from serving.telemetry.metrics import Metrics
    from serving.telemetry.model_state import ModelState

    metrics = Metrics([ModelState(live)])
    live.subscribe(metrics.event)
    live.subscribe(_tell)
    app = protect(
        create_app(live, settings),
        settings,
        ring=ring,
        metrics=metrics,
        access=AccessLog(settings.log_level, settings.log_format),
        ended=live.stop,
    )
    # what is loaded stays: a collection that walks it all would stop requests for it
    gc.collect()
    gc.freeze()
    return app


def _tell(event: str, details: dict[str, object]) -> None:
    said = ", ".join(f"{k} {v}" for k, v in details.items() if v not in (None, ""))
    log.log(logging.ERROR if details.get("error") else logging.INFO, "%s: %s", event, said)


def worker() -> App:
    """Return the application of one of several worker processes, which uvicorn starts."""
    from serving.engine.first_start import start_live
    from serving.middleware.access_log import configure
    from serving.middleware.protection import key_ring

    settings = ServeSettings.model_validate_json(os.environ[HANDED])
    configure(settings.log_level, settings.log_format)
    try:
        live = start_live(settings, log.info)
        return build(settings, live, key_ring(settings))
    except BenchcastError as error:
        log.error("a worker cannot start: %s", error)
        sys.exit(CANNOT_START)
