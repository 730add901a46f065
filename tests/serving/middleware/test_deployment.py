"""Dockerfile and compose.yaml: what a container needs, read as the tools read it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from features.store.database.address import StorePlace
from serving.cli import cli
from serving.config.service_options import ALSO, OPTIONS
from serving.config.service_settings import ServeSettings
from serving.middleware.scopes import OPEN

TOP = Path(__file__).resolve().parents[3]
DOCKERFILE = (TOP / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((TOP / "compose.yaml").read_text(encoding="utf-8"))
VARIABLES = {o.variable for o in OPTIONS} | set(ALSO.values())


def instructions():
    """Return (instruction, rest) of each logical line."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.M))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def final():
    """Return the instructions of the stage that is shipped."""
    found = instructions()
    last = max(i for i, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def rest(stage, name):
    return [text for found, text in stage if found == name]


def test_the_image_runs_as_nobody_special(final):
    assert rest(final, "USER") == ["10001"]
    made = " ".join(rest(final, "RUN"))
    assert "useradd --uid 10001" in made and "--home-dir /data" in made
    assert [name for name, _ in final].index("USER") > [name for name, _ in final].index("RUN")


def test_the_image_has_what_lightgbm_needs_and_no_caches(final):
    made = " ".join(rest(final, "RUN"))
    assert "libgomp1" in made and "--no-install-recommends" in made
    assert "rm -rf /var/lib/apt/lists" in made
    pip = next(text for name, text in instructions() if "pip install" in text)
    assert "--constraint constraints.txt" in pip and "[postgres]" in pip


def test_what_is_copied_is_there_and_not_ignored():
    copied = []
    for name, text in instructions():
        if name == "COPY" and not text.startswith("--from"):
            *sources, target = shlex.split(text)
            copied += sources
            assert not target.startswith("/work")
    assert all((TOP / source).exists() for source in copied), copied
    assert {"features", "cpp", "training", "serving", "constraints.txt"} <= set(copied)
    ignore = (TOP / ".dockerignore").read_text(encoding="utf-8").split()
    assert {source for source in copied if f"!{source}" not in ignore} == set()


def test_no_place_of_one_machine():
    for name in ("Dockerfile", "compose.yaml", ".dockerignore"):
        text = (TOP / name).read_text(encoding="utf-8")
        assert not re.search(r"/(work|home|root|Users|tmp/(?!matplotlib))|index-url|proxy\.", text)


def test_the_image_serves(final):
    assert rest(final, "ENTRYPOINT") == ['["benchcast"]']
    assert rest(final, "CMD") == ['["serve"]'] and "serve" in cli.commands
    assert rest(final, "EXPOSE") == ["8000"] and rest(final, "VOLUME") == ["/data"]
    (health,) = rest(final, "HEALTHCHECK")
    path = re.search(r"http://127\.0\.0\.1:8000(/\w+)", health)[1]
    assert path == "/readyz" and path in OPEN
    pairs = dict(p.split("=", 1) for p in shlex.split(" ".join(rest(final, "ENV"))))
    ours = {k: v for k, v in pairs.items() if k.startswith("BENCHCAST_")}
    assert set(ours) <= VARIABLES
    settings = ServeSettings.load(environ=ours)
    assert (settings.host, settings.port, str(settings.home)) == ("0.0.0.0", 8000, "/data")


def test_the_service_of_compose():
    service = COMPOSE["services"]["service"]
    assert set(COMPOSE["services"]) == {"service", "mlflow", "postgres"}
    environment = service["environment"]
    assert set(environment) <= VARIABLES | {"PGPASSWORD"}
    place = StorePlace.of(environment["BENCHCAST_STORE"])
    assert place.url == "postgresql://benchcast@postgres/scores"
    assert environment["BENCHCAST_STORE"].startswith("postgresql+psycopg://")
    assert environment["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"
    given = {k: re.sub(r"\$\{\w+:-(.*)\}", r"\1", v) for k, v in environment.items()}
    settings = ServeSettings.load(environ=given)
    assert settings.shutdown_seconds < float(service["stop_grace_period"].removesuffix("s"))
    assert service["command"] == ["serve"] and service["build"] == "."


def test_only_the_service_has_a_port_and_only_on_this_machine():
    ports = {name: s.get("ports") for name, s in COMPOSE["services"].items()}
    assert ports["mlflow"] is ports["postgres"] is None
    assert all(p.startswith("127.0.0.1:") and p.endswith(":8000") for p in ports["service"])


def test_nothing_starts_before_what_it_needs_is_healthy():
    for name, service in COMPOSE["services"].items():
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}, name
            assert "healthcheck" in COMPOSE["services"][other]
    assert set(COMPOSE["services"]["service"]["depends_on"]) == {"mlflow", "postgres"}


def test_passwords_are_asked_for_and_volumes_are_named():
    text = (TOP / "compose.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if "PASSWORD:" in line:
            assert "${POSTGRES_PASSWORD:?" in line
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"], "no folder of the host"


def test_the_databases_of_compose_are_made():
    server = COMPOSE["services"]["mlflow"]
    uris = [c for c in server["command"] if c.startswith("--backend-store-uri=")]
    assert uris == ["--backend-store-uri=postgresql+psycopg://benchcast@postgres/mlflow"]
    assert COMPOSE["configs"]["databases"]["content"].split() == ["CREATE", "DATABASE", "mlflow;"]
    made = COMPOSE["services"]["postgres"]["environment"]
    assert (made["POSTGRES_USER"], made["POSTGRES_DB"]) == ("benchcast", "scores")
    assert "--allowed-hosts=mlflow:5000,127.0.0.1:5000" in server["command"]
