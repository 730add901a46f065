"""From an exception to a message and an exit code.

==== =========================================================================
code meaning
==== =========================================================================
0    done
1    something was refused or fell short (also: the reader of a pipe went away)
2    wrong usage or bad input
70   a bug in benchcast
130  interrupted
==== =========================================================================
"""

from __future__ import annotations

import os
import sys
import traceback

import click

from features.errors import BenchcastError, ConfigError, DataError

OK, FELL_SHORT, BAD_INPUT, BUG, INTERRUPTED = 0, 1, 2, 70, 130


def handle(error: BaseException, *, debug: bool) -> int:
    """Tell the person what went wrong, on standard error, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        silence_pipes()
        return FELL_SHORT
    if debug and not isinstance(error, click.ClickException | click.Abort | KeyboardInterrupt):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        _say("interrupted; nothing half-written is left behind")
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return BAD_INPUT
    if isinstance(error, BenchcastError):
        _say(f"error: {error}")
        return BAD_INPUT if isinstance(error, DataError | ConfigError) else FELL_SHORT
    if isinstance(error, OSError):
        where = f"{os.fspath(error.filename)!r}: " if error.filename is not None else ""
        _say(f"error: {where}{error.strerror or error}")
        return BAD_INPUT if error.filename is not None else FELL_SHORT
    _say(f"this is a bug in benchcast: {type(error).__name__}: {error}")
    if not debug:
        _say("the same command with --debug (or BENCHCAST_DEBUG=1) shows where it happened")
    return BUG


def silence_pipes() -> None:
    """Send what is still buffered nowhere, so that the interpreter can end quietly."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(devnull, stream.fileno())
    os.close(devnull)


def _say(text: str) -> None:
    click.echo(f"benchcast: {text}", err=True)
