"""The description and what is answered agree: schemathesis, all checks, every route.

A few requests each; `python -m tests.bench.service_conformance` makes many.
"""

from __future__ import annotations

import pytest

from tests.serving.api.conform import findings
from tests.serving.api.served import Client, app


@pytest.mark.slow
def test_every_answer_is_as_described_whatever_is_asked():
    service = app()
    found = findings(service, examples=3, stateful=False)
    assert not found.faults, "\n\n".join(found.faults[:5])
    paths = Client(service).get("/openapi.json").json()["paths"]
    described = {f"{m.upper()} {path}" for path, of in paths.items() for m in of}
    assert described - {"GET /openapi.json"} == found.routes  # the description itself is given
    assert found.n_requests > 300
