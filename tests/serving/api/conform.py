"""Schemathesis against an application in this process: all checks, every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

#: what is no fault for a request of the described form: schemathesis's own list
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
#: routes where values have to go with each other, which JSON Schema cannot say (the bounds of a
#: scale, tensors of one length, tasks with both bounds): there, 422 is no fault either
TOGETHER = (
    "POST /v1/aggregate",
    "POST /v1/complete",
    "POST /v1/explanations",
    "POST /v1/next-evaluations",
    "POST /v1/scores",
    "POST /v2/models/{name}/infer",
    "POST /v2/models/{name}/versions/{version}/infer",
)


@dataclass(frozen=True)
class Findings:
    """What a run found.

    Attributes
    ----------
    n_requests : int
    routes : set of str
        Routes that were asked.
    faults : list of str
        Each with what to type to see it again.
    """

    n_requests: int
    routes: set[str]
    faults: list[str]


def findings(app: FastAPI, *, examples: int, stateful: bool = True, seed: int = 1) -> Findings:
    """Ask every route of an application; `examples` requests per route in the random phase.

    Boundary values, missing and surplus members, wrong types, methods and media types are
    always asked; `stateful` runs follow links from answer to request.
    """
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", app, config=_config(examples, stateful, seed)
    )
    n, routes, faults = 0, set(), []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(f"{getattr(event, 'label', 'run')}: {event!r}")
        recorder = getattr(event, "recorder", None)
        if not isinstance(event, events.ScenarioFinished) or recorder is None:
            continue
        n += len(recorder.interactions)
        routes |= {node.value.operation.label for node in recorder.cases.values()}
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info
                    faults.append(f"{check.name}: {failure.failure}\n{failure.code_sample}")
    return Findings(n, routes, list(dict.fromkeys(faults)))


def _config(examples: int, stateful: bool, seed: int) -> SchemathesisConfig:
    together: list[dict[str, Any]] = [
        {
            "include-name": name,
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}},
        }
        for name in TOGETHER
    ]
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "generation": {"max-examples": examples},
            "phases": {"stateful": {"enabled": stateful}},
            "operations": together,
        }
    )
