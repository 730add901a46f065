"""``benchcast serve``: the prediction service, until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import click

from features.errors import ConfigError
from serving.cli.input import options
from serving.cli.output.console import Console
from serving.config.service_options import CONFIG, OPTIONS

if TYPE_CHECKING:
    from serving.config.service_settings import ServeSettings
    from serving.middleware.keyring import KeyRing

_NUMBERS = {"N": int, "SECONDS": float}


def _settings_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a flag for every setting; bounds and defaults are those of the settings."""
    for option in reversed(OPTIONS):
        more: dict[str, Any] = {"metavar": option.metavar, "multiple": option.several}
        if not option.metavar:
            more = {"is_flag": True, "default": None}
        elif option.metavar in _NUMBERS:
            more["type"] = _NUMBERS[option.metavar]
        function = click.option(option.flag, option.name, help=option.help, **more)(function)
    return click.option(CONFIG.flag, CONFIG.name, metavar=CONFIG.metavar, help=CONFIG.help)(
        function
    )


@click.command("serve", short_help="The prediction service: HTTP API and page.")
@_settings_options
@options.common
def command(console: Console, config: str | None, **flags: Any) -> None:
    """Answer over HTTP: an API under /v1, a page at /, metrics at /metrics.

    At a first start the shipped leaderboard becomes the score store and the preset `fast` is
    trained on it (less than a minute). Later the champion of the registry is served, and another
    one as soon as the alias moves. Every flag is also a variable, BENCHCAST_NAME, and a key of
    the table [serve] of --config. Stop it with Ctrl-C or SIGTERM: requests at work finish.
    """
    from serving.config.service_settings import ServeSettings, unknown_variables
    from serving.middleware.access_log import configure
    from serving.middleware.protection import key_ring

    settings = ServeSettings.load(config=config, **flags)
    for line in unknown_variables():
        console.note(line)
    configure(settings.log_level, settings.log_format)
    ring = key_ring(settings)
    settings.run.apply()
    with listen(settings.host, settings.port) as listener:
        address = _address(settings.host, listener)
        if settings.workers > 1:
            code = _several(console, settings, ring, listener, address)
        else:
            code = _one(console, settings, ring, listener, address)
    raise click.exceptions.Exit(code)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound, so that a taken port is told before any work is done.

    Raises
    ------
    ConfigError
        If the address is not one of this machine's, or the port is taken or not allowed.
    """
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise ConfigError(f"--host {host!r}: no such address: {error}") from error
    family, kind, protocol, _, address = min(found, key=lambda f: f[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror}; name another with --port (0 "
            "takes a free one) or --host"
        ) from error
    listener.set_inheritable(True)
    return listener


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host.strip("[]"))
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _prepared(console: Console, settings: ServeSettings, work: Callable[..., Any]) -> Any:
    """Return ``work(settings, say, progress=...)`` with its progress shown."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with console.progress("training") as tell:
            return work(settings, console.say, progress=tell)
    finally:
        signal.signal(signal.SIGTERM, before)


def _config(settings: ServeSettings, app: Any, **more: Any) -> Any:
    from uvicorn import Config

    from serving.middleware.header_limits import BoundedHeads

    return Config(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedHeads,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # the guard tells requests, with their ids
        server_header=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        **more,
    )


def _one(
    console: Console, settings: ServeSettings, ring: KeyRing, listener: socket.socket, at: str
) -> int:
    """Serve in this process; return the exit code."""
    from uvicorn import Server

    from serving.engine.first_start import start_live
    from serving.service_process import build

    live = _prepared(console, settings, start_live)
    about = {"version": live.current.version} if live.ready.ok else {}

    class Announced(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _announce(console, settings, ring, at, about)

    # uvicorn raises what stopped it once more when all is done, for whoever else listens
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        Announced(_config(settings, build(settings, live, ring))).run([listener])
    except KeyboardInterrupt:
        return _stopped(console, 130)
    finally:
        signal.signal(signal.SIGTERM, before)
    return _stopped(console, 0)


def _several(
    console: Console, settings: ServeSettings, ring: KeyRing, listener: socket.socket, at: str
) -> int:
    """Serve in worker processes that this one looks after; return the exit code."""
    import tempfile

    from uvicorn.supervisors.multiprocess import Multiprocess

    from serving.config.service_options import SHARED
    from serving.engine.first_start import prepare
    from serving.service_process import CANNOT_START, HANDED

    _prepared(console, settings, prepare)

    class Announced(Multiprocess):
        announced, interrupted, broken = False, False, False
        asked: ClassVar[set[Any]] = set()

        def keep_subprocess_alive(self) -> None:
            """Wait for the first start of all without blocking, then look after them."""
            if self.announced:
                super().keep_subprocess_alive()
            elif self.should_exit.is_set():
                return
            elif not all(p.process.is_alive() for p in self.processes):
                self.broken = True
                self.should_exit.set()
            elif all(self._is_ready(p) for p in self.processes):
                self.announced = True
                _announce(console, settings, ring, at, {"workers": settings.workers})

        def _is_ready(self, process: Any) -> bool:
            """Ask once and look for the answer: a process that still imports gives none."""
            try:
                if process not in self.asked:
                    process.parent_conn.send(b"ping")
                    self.asked.add(process)
                if not process.parent_conn.poll(0.02):
                    return False
                self.asked.discard(process)
                return bool(process.parent_conn.recv())
            except (OSError, EOFError):
                return False  # it has died: told at the next look

        def handle_int(self) -> None:
            self.interrupted = True
            super().handle_int()

    with tempfile.TemporaryDirectory(prefix="benchcast-metrics-") as counters:
        os.environ[SHARED] = counters
        os.environ[HANDED] = settings.model_dump_json()
        config = _config(
            settings,
            "serving.service_process:worker",
            factory=True,
            workers=settings.workers,
            timeout_worker_healthcheck=60,
        )
        supervisor = Announced(config, [listener])
        supervisor.run()
    if supervisor.broken or any(p.exitcode == CANNOT_START for p in supervisor.processes):
        console.note("a worker could not start; what it said stands above")
        return 1
    return _stopped(console, 130 if supervisor.interrupted else 0)


def _announce(
    console: Console, settings: ServeSettings, ring: KeyRing, at: str, about: dict[str, Any]
) -> None:
    """Say where everything is."""
    if "version" in about:
        console.say(f"champion version {about['version']} answers")
    console.say(f"page   {at}/")
    console.say(f"API    {at}/v1/info, described in {at}/openapi.json")
    if ring.required:
        public = "; reading needs none" if settings.public_read else ""
        console.say(f"keys   {len(ring.working)} work{public} (benchcast keys list)")
    else:
        console.say("keys   none are needed: only this machine can ask")
    console.say("stop   Ctrl-C, or SIGTERM")
    document = {"command": "serve", "url": at, "pid": os.getpid(), "keys": ring.required}
    console.document({**document, **about})
    sys.stdout.flush()


def _stopped(console: Console, code: int) -> int:
    console.say("stopped; every request was answered")
    return code
