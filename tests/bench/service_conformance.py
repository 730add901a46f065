"""The service held against its description: ``python -m tests.bench.service_conformance``.

Schemathesis, all checks, every route, in this process, with many requests and several seeds;
the test of the suite makes a few (tests/serving/api/test_conformance.py).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

import click

from tests.serving.api.conform import findings
from tests.serving.api.served import app


@click.command(help=__doc__.splitlines()[0])
@click.option("--examples", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--predictor", default="fast", show_default=True)
def main(examples: int, seeds: int, predictor: str) -> None:
    """Ask, print, and end with 1 if anything was found."""
    faults: list[str] = []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="benchcast-conformance-") as home:
            os.environ["BENCHCAST_HOME"] = home
            started = time.perf_counter()
            found = findings(app(predictor, home=home), examples=examples, seed=seed)
            faults += found.faults
            click.echo(
                f"seed {seed}: {found.n_requests} requests to {len(found.routes)} routes in "
                f"{time.perf_counter() - started:.0f} s, {len(found.faults)} faults"
            )
    for fault in dict.fromkeys(faults):
        click.echo(f"\n{fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
