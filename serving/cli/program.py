"""The command line: ``benchcast`` (one file per command group).

Only click and the standard library are imported here; everything heavy (pandas, MLflow,
LightGBM, matplotlib) is imported by the command that needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from serving.cli.data import audit, check, factors, import_, names, store
from serving.cli.input.options import debug
from serving.cli.model import analyse, backtest, folds, report, train
from serving.cli.output import faults
from serving.cli.predict import aggregate, complete, explain, next_tasks, predict
from serving.cli.service import demo, doctor, keys, serve

__all__ = ["cli", "main"]

#: set before anything heavy is imported, unless the person has chosen otherwise
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # it would look up an outside host
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # with a server: into our JSON document
    "OPENBLAS_NUM_THREADS": "1",  # the same sums in the same order for any number of jobs
    "OMP_NUM_THREADS": "1",
}


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("benchcast")
        except PackageNotFoundError:
            number = "(not installed)"
        click.echo(f"benchcast {number}")
        ctx.exit()


class _InOrder(click.Group):
    """Lists the commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version and stop.",
)
@debug
def cli() -> None:
    """Predict benchmark scores that nobody has measured yet.

    Start with `benchcast demo`. Exit codes: 0 done, 1 something was refused or fell short,
    2 wrong usage or bad input.
    """


for _module in (
    demo,
    predict,
    complete,
    explain,
    aggregate,
    next_tasks,
    train,
    analyse,
    report,
    serve,
    keys,
    check,
    audit,
    import_,
    names,
    factors,
    store,
    backtest,
    folds,
    doctor,
):
    cli.add_command(_module.command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code (see :mod:`serving.cli.output.faults`)."""
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a name is no fault
            stream.reconfigure(errors="backslashreplace")
    wants_debug = os.environ.get("BENCHCAST_DEBUG", "") not in ("", "0")
    meta: dict[str, object] = {}
    try:
        with cli.make_context("benchcast", list(sys.argv[1:] if argv is None else argv)) as ctx:
            meta = ctx.meta
            code = _invoke(ctx)
        sys.stdout.flush()
        return code
    except click.exceptions.Exit as stop:  # --help, --version
        return stop.exit_code
    # The one place where every error ends: it becomes a message and an exit code, and with
    # --debug a traceback.
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
        return faults.handle(error, debug=wants_debug or bool(meta.get("benchcast.debug")))


def _invoke(ctx: click.Context) -> int:
    try:
        cli.invoke(ctx)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    return faults.OK
