"""The settings of ``benchcast serve``, by name: one list for flags, environment, file and docs.

Only the standard library is imported, so that ``benchcast --help`` stays quick; types, bounds
and defaults are those of :class:`serving.config.service_settings.ServeSettings`. A test asserts
that this list, that class and the table of ``serving/SERVICE.md`` name the same settings.
"""

from __future__ import annotations

from dataclasses import dataclass

#: variables start with this
PREFIX = "BENCHCAST_"
#: names of other variables that are honoured as well, after the setting's own
ALSO = {"tracking_uri": "MLFLOW_TRACKING_URI"}
#: variables of the command line that are no settings of the service
OTHERS = ("BENCHCAST_CATALOGUE", "BENCHCAST_DEBUG")
#: where the counters of several worker processes are. prometheus_client looks at it when it is
#: imported, so who starts the workers sets it and must not import that
SHARED = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class Option:
    """One setting as a person writes it.

    Attributes
    ----------
    name : str
        Field of ``ServeSettings`` and key of the TOML file.
    metavar : str
        What stands for the value in the help; empty for a switch.
    help : str
        One sentence.
    several : bool
        Whether the flag may be given more than once (commas in a variable, a list in the file).
    """

    name: str
    metavar: str
    help: str
    several: bool = False

    @property
    def flag(self) -> str:
        """Its flag, such as ``--rate-per-minute``."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its environment variable, such as ``BENCHCAST_RATE_PER_MINUTE``."""
        return PREFIX + self.name.upper()


OPTIONS = (
    Option("host", "ADDRESS", "Address to listen on; one that is not loopback needs API keys."),
    Option("port", "N", "Port to listen on; 0 takes a free one."),
    Option("workers", "N", "Processes that answer; they share one store and one registry."),
    Option("home", "DIR", "Directory of mlflow.db, mlartifacts/, scores.db and api-keys.json."),
    Option("tracking_uri", "URI", "MLflow store whose champion is served."),
    Option("store", "STORE", "Score store, NAME.db or database URL: scores are submitted to it."),
    Option("data", "DIR", "What a new store starts with and the first champion learns from."),
    Option("predictor", "NAME", "What is trained at a first start: fast, best, or a rung."),
    Option("jobs", "N", "Worker processes of that first training."),
    Option("poll_seconds", "SECONDS", "How often the alias `champion` is looked at."),
    Option("keys_file", "FILE", "Where the API keys are."),
    Option("public_read", "", "Reading needs no API key; writing still does."),
    Option("allowed_hosts", "NAME", "Host names that are answered; repeatable.", several=True),
    Option("cors_origins", "ORIGIN", "Web origins that may call the API; repeatable.", True),
    Option("trusted_proxies", "ADDRESS", "Proxies whose X-Forwarded-* count; repeatable.", True),
    Option("max_body_bytes", "N", "Largest request body."),
    Option("max_cells", "N", "Most cells that one request may ask for or submit."),
    Option("max_concurrency", "N", "Requests at work at once, per worker; more are shed."),
    Option("deadline_seconds", "SECONDS", "Longest time that one request may take."),
    Option("shutdown_seconds", "SECONDS", "How long requests may take to finish at a shutdown."),
    Option("rate_per_minute", "N", "Requests a minute of one key (or anonymous address); 0: any."),
    Option("grid_cells", "N", "Up to so many cells are worked out once, when a model is loaded."),
    Option("log_level", "LEVEL", "debug, info, warning or error; info tells every request."),
    Option("log_format", "FORMAT", "text for people, json for machines."),
)
#: the file itself is named by a flag or a variable only
CONFIG = Option("config", "FILE", "TOML file with a table [serve] of these settings.")
