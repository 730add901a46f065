"""Put the guard, and what else stands before the application, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from serving.middleware.access_log import AccessLog
from serving.middleware.guard import App, Guard
from serving.middleware.keyring import KeyRing

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.telemetry.metrics import Metrics

#: what another origin may send and read, if CORS is on
_METHODS = ("GET", "POST", "DELETE")
_SENT = ("Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-Id")
_READ = ("Retry-After", "X-Benchcast-Model-Version", "X-Benchcast-Snapshot", "X-Request-Id")


def key_ring(settings: ServeSettings) -> KeyRing:
    """Return the keys of a service; refuse to be open to other machines without any.

    Raises
    ------
    ConfigError
        If the address is not loopback and there is no key; or if the file cannot be read.
    """
    ring = KeyRing(settings.keys_path, required=not settings.loopback)
    if not settings.loopback and not ring.working and not settings.public_read:
        raise ConfigError(
            f"--host {settings.host}: other machines could reach the service, and {ring.path} has "
            "no API key. Make one with `benchcast keys create --name NAME --scope read,write`, "
            "let everybody read with --public-read, or listen on 127.0.0.1"
        )
    return ring


def protect(
    app: App,
    settings: ServeSettings,
    *,
    ring: KeyRing | None = None,
    metrics: Metrics | None = None,
    access: AccessLog | None = None,
    ended: Callable[[], None] | None = None,
) -> App:
    """Return `app` behind its protection.

    Parameters
    ----------
    app : ASGI application
    settings : ServeSettings
    ring : KeyRing, optional
        The keys; by default those of the settings' file.
    metrics : Metrics, optional
        Where requests are counted; without it there is no ``/metrics``.
    access : AccessLog, optional
        Where requests are told; without it nothing is.
    ended : callable, optional
        Called when the service ends, after the last answer.

    Raises
    ------
    ConfigError
        As :func:`key_ring`.
    """
    ring = key_ring(settings) if ring is None else ring
    guarded: Any = Guard(
        app, settings=settings, ring=ring, metrics=metrics, access=access, ended=ended
    )
    if settings.cors_origins:
        from starlette.middleware.cors import CORSMiddleware

        guarded = CORSMiddleware(
            guarded,
            allow_origins=settings.cors_origins,
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_READ,
            max_age=600,
        )
    return guarded
