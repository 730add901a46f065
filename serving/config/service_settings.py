"""Settings of the prediction service: flag > environment > file > default.

::

    # serve.toml, named with --config or BENCHCAST_CONFIG
    [serve]
    host = "0.0.0.0"
    store = "postgresql://benchcast@db.example.org/scores"
    cors_origins = ["https://dashboard.example.org"]

Every setting is a flag (``--max-cells``), a variable (``BENCHCAST_MAX_CELLS``) and a key of the
file (``max_cells``); :data:`serving.config.service_options.OPTIONS` lists them.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from features.errors import ConfigError, near_misses
from serving.config.run_settings import Settings, available_cpus
from serving.config.service_options import ALSO, CONFIG, OPTIONS, OTHERS, PREFIX

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")
_SECTION = "serve"
_SEVERAL = {o.name for o in OPTIONS if o.several}


def is_loopback(host: str) -> bool:
    """Whether nobody outside this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class ServeSettings(BaseModel):
    """How the service listens, what it serves, and what it lets pass.

    Attributes
    ----------
    host, port : str, int
        Where it listens; port 0 takes a free one.
    workers : int
        Processes; limits on requests at work and rates hold per service for rates, per worker
        for concurrency.
    home : Path
        Directory of ``mlflow.db``, ``mlartifacts/``, ``scores.db`` and ``api-keys.json``.
    tracking_uri : str or None
        MLflow store; None is ``mlflow.db`` in `home`.
    store : str or None
        Score store; None is ``scores.db`` in `home`.
    data : str or None
        What a new store starts with and a first champion learns from; None is what the
        champion was trained on, or ``leaderboard`` if there is no champion.
    predictor : str
        What is trained at a first start.
    jobs : int
        Worker processes of that training.
    poll_seconds : float
        Seconds between two looks at the alias ``champion``.
    keys_file : Path or None
        API keys; None is ``api-keys.json`` in `home`.
    public_read : bool
        Reading needs no key.
    allowed_hosts : tuple of str
        Names that the ``Host`` header may have; empty: any, but without keys only loopback.
    cors_origins : tuple of str
        Origins that browsers may call from; empty: none but the service's own page.
    trusted_proxies : tuple of str
        Addresses whose ``X-Forwarded-For`` and ``-Proto`` count.
    max_body_bytes, max_cells, max_concurrency : int
        What one request, or all at once, may cost.
    deadline_seconds, shutdown_seconds : float
        Longest time of a request, and of those in flight at a shutdown.
    rate_per_minute : int
        Requests of one key; 0 is no limit.
    grid_cells : int
        Cells that are worked out at load; beyond, rows are worked out when asked for.
    log_level, log_format : str
        What is told, and how.

    Examples
    --------
    >>> settings = ServeSettings.load(environ={"BENCHCAST_PORT": "9000"}, workers=2)
    >>> settings.port, settings.workers, settings.loopback
    (9000, 2, True)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    home: Path = Field(default_factory=Path.cwd)
    tracking_uri: str | None = Field(default=None, min_length=1)
    store: str | None = Field(default=None, min_length=1)
    data: str | None = Field(default=None, min_length=1)
    predictor: str = Field(default="fast", min_length=1)
    jobs: int = Field(default_factory=available_cpus, ge=1, le=512)
    poll_seconds: float = Field(default=2.0, ge=0.05, le=3600)
    keys_file: Path | None = None
    public_read: bool = False
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024, le=2**30)
    max_cells: int = Field(default=10_000, ge=1, le=10_000_000)
    max_concurrency: int = Field(default=256, ge=1, le=100_000)
    deadline_seconds: float = Field(default=30.0, ge=0.05, le=3600)
    shutdown_seconds: float = Field(default=30.0, ge=0, le=3600)
    rate_per_minute: int = Field(default=60_000, ge=0, le=100_000_000)
    grid_cells: int = Field(default=2_000_000, ge=0, le=200_000_000)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @field_validator("allowed_hosts", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """Read ``a,b`` of a variable as a list."""
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return given

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for origin in given:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin: write scheme, host and port without a path, such "
                    "as https://dashboard.example.org"
                )
        return given

    @property
    def keys_path(self) -> Path:
        """File of the API keys."""
        return self.keys_file or self.home / "api-keys.json"

    @property
    def store_place(self) -> str:
        """The score store as ``features.store.open_store`` takes it; may hold a password."""
        return self.store or str(self.home / "scores.db")

    @property
    def loopback(self) -> bool:
        """Whether it listens where only this machine can ask."""
        return is_loopback(self.host)

    @property
    def run(self) -> Settings:
        """The settings that every command has: home, tracking URI, jobs."""
        return Settings(home=self.home, tracking_uri=self.tracking_uri, jobs=self.jobs)

    @classmethod
    def load(
        cls,
        *,
        environ: Mapping[str, str] | None = None,
        config: str | Path | None = None,
        **flags: object,
    ) -> ServeSettings:
        """Return the settings from `flags`, the environment and a file, in this order.

        Parameters
        ----------
        environ : mapping, optional
            The environment; ``os.environ`` if left out.
        config : path, optional
            TOML file; ``BENCHCAST_CONFIG`` if left out.
        **flags
            Settings by name; ``None`` (or nothing, for a list) means not given.

        Raises
        ------
        ConfigError
            If a value is outside its bounds, a key does not exist or the file cannot be read;
            the message says where the value came from.
        """
        environ = os.environ if environ is None else environ
        config = config or environ.get(CONFIG.variable) or None
        written = {} if config is None else _read(Path(config).expanduser())
        values: dict[str, object] = {}
        origin: dict[str, str] = {}
        for option in OPTIONS:
            name = option.name
            variables = [v for v in (option.variable, ALSO.get(name, "")) if environ.get(v)]
            if flags.get(name) not in (None, ()):
                values[name], origin[name] = flags[name], option.flag
            elif variables:
                values[name], origin[name] = environ[variables[0]], variables[0]
            elif name in written:
                values[name], origin[name] = written[name], f"{config}, [{_SECTION}] {name}"
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            raise _explained(error, origin) from error
        home = settings.home.expanduser().absolute()
        if home.exists() and not home.is_dir():
            raise ConfigError(f"{origin['home']}: {str(home)!r} is a file; name a directory")
        keys = settings.keys_file and settings.keys_file.expanduser().absolute()
        return settings.model_copy(update={"home": home, "keys_file": keys})


def unknown_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return what is to be said of ``BENCHCAST_...`` variables that set nothing."""
    environ = os.environ if environ is None else environ
    known = [*(o.variable for o in (*OPTIONS, CONFIG)), *OTHERS]
    said = []
    for variable in sorted(v for v in environ if v.startswith(PREFIX) and v not in known):
        close = near_misses(variable, known, n=1)
        if close:  # others are somebody else's, such as those that Kubernetes sets for a service
            said.append(f"the variable {variable} sets nothing; did you mean {close[0]}?")
    return said


def _read(path: Path) -> dict[str, object]:
    """Return the table [serve] of a TOML file, its keys checked."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--config {str(path)!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this is no TOML: {error}") from error
    table = content.get(_SECTION)
    others = [k for k in content if k != _SECTION]
    if others or not isinstance(table, dict):
        found = ", ".join(repr(k) for k in others) or "none"
        raise ConfigError(f"{path}: settings stand in one table [{_SECTION}]; found {found}")
    known = [o.name for o in OPTIONS]
    for key, value in table.items():
        if key not in known:
            close = near_misses(key, known)
            hint = f"did you mean {close[0]!r}" if close else f"known are {', '.join(known)}"
            raise ConfigError(f"{path}, [{_SECTION}] {key}: there is no such setting; {hint}")
        if isinstance(value, str) and key in _SEVERAL:
            raise ConfigError(f"{path}, [{_SECTION}] {key}: write a list, [{value!r}]")
    return table


def _explained(error: ValidationError, origin: Mapping[str, str]) -> ConfigError:
    first = error.errors()[0]
    field = str(first["loc"][0])
    place = origin.get(field, field)
    message = first["msg"].removeprefix("Value error, ")
    shown = "" if field in ("tracking_uri", "store") else f", got {first['input']!r}"
    more = ""
    if place == PREFIX + "PORT" and "://" in str(first["input"]):
        more = (
            "; Kubernetes sets this variable for a service named benchcast: set "
            "enableServiceLinks: false in the pod, or give --port"
        )
    return ConfigError(f"{place}: {message[:1].lower()}{message[1:]}{shown}{more}")
