"""Settings of a run that do not belong to the model: where state lives, how many processes.

A flag wins over the environment, the environment over the default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import ConfigError

#: field -> environment variables that set it, the first one that is set wins
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "home": ("BENCHCAST_HOME",),
    "tracking_uri": ("MLFLOW_TRACKING_URI",),
    "jobs": ("BENCHCAST_JOBS",),
}


def available_cpus() -> int:
    """Return how many processors this process may use (at least 1)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


class Settings(BaseModel):
    """Where state lives and how many processes may work at once.

    Attributes
    ----------
    home : Path
        Directory of ``mlflow.db`` and ``mlartifacts/``; the working directory by default.
    tracking_uri : str or None
        MLflow tracking URI; ``None`` means the SQLite store in `home`.
    jobs : int
        Worker processes, 1 to 512; results do not depend on it.

    Examples
    --------
    >>> settings = Settings.load(environ={"BENCHCAST_JOBS": "2"}, home="/srv/benchcast")
    >>> settings.jobs, str(settings.home)
    (2, '/srv/benchcast')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(default_factory=Path.cwd)
    tracking_uri: str | None = Field(default=None, min_length=1)
    jobs: int = Field(default_factory=available_cpus, ge=1, le=512)

    @classmethod
    def load(cls, *, environ: Mapping[str, str] | None = None, **flags: object) -> Settings:
        """Return the settings from `flags` (``None`` means not given) and the environment.

        Raises
        ------
        ConfigError
            If a value is outside its bounds; the message says where it came from.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, object] = {}
        origin: dict[str, str] = {}
        for field, variables in ENVIRONMENT.items():
            if flags.get(field) is not None:
                values[field] = flags[field]
                origin[field] = f"--{field.replace('_', '-')}"
                continue
            for variable in variables:
                if environ.get(variable):
                    values[field] = environ[variable]
                    origin[field] = variable
                    break
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            field = str(first["loc"][0])
            raise ConfigError(
                f"{origin.get(field, field)}: {first['msg'].lower()}, got {first['input']!r}"
            ) from error
        home = settings.home.expanduser().absolute()
        if home.exists() and not home.is_dir():
            raise ConfigError(f"{origin['home']}: {str(home)!r} is a file; name a directory")
        return settings.model_copy(update={"home": home})

    def apply(self) -> Settings:
        """Tell the lower floors, which read the environment, where state lives."""
        os.environ["BENCHCAST_HOME"] = str(self.home)
        return self
