"""Structured logs on standard error: text for people, JSON lines for machines.

Every line of a request carries its id. What is told of each request (method, path, status,
time) does not go through :mod:`logging`, which would cost as much as the request itself: lines
are gathered and written several times a second, and at the end.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any, TextIO

from features.store.database.address import hide_password

if TYPE_CHECKING:
    from serving.telemetry.answered import Answered

#: id of the request that is answered, in its task and the threads it starts
REQUEST_ID: ContextVar[str] = ContextVar("benchcast_request_id", default="")
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_FORMATS = ("text", "json")
#: the logger that follows the level; others tell warnings and errors
_OURS = "benchcast"


def stamp(when: float) -> str:
    """Return a time (seconds since 1970) as ISO 8601 in UTC, to the millisecond."""
    moment = dt.datetime.fromtimestamp(when, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Lines(logging.Formatter):
    """One line of text; a traceback follows it, indented."""

    def format(self, record: logging.LogRecord) -> str:
        ident = REQUEST_ID.get()
        text = _printable(hide_password(record.getMessage()))
        line = f"{stamp(record.created)} {record.levelname.lower()} {record.name} {text}"
        if ident:
            line += f" request={ident}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "\n" + "\n".join("    " + _printable(x) for x in trace.splitlines())
        return line


class _Json(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        out: dict[str, Any] = {
            "time": stamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide_password(record.getMessage()),
        }
        if ident := REQUEST_ID.get():
            out["request"] = ident
        if record.exc_info:
            out["traceback"] = self.formatException(record.exc_info)
        return json.dumps(out)


def _printable(text: str) -> str:
    """Return `text` on one line and without escape codes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def configure(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard error), as `form` text or json.

    Warnings of Python and of MLflow, which is imported later, are such lines, too.
    """
    os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
    logging.captureWarnings(True)
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(_Json() if form == "json" else _Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(LEVELS[level])


class AccessLog:
    """What is told of each request.

    Parameters
    ----------
    level : str
        ``info`` and ``debug`` tell every request, ``warning`` those that failed here (5xx).
    form : {"text", "json"}
    stream : text file, optional
        Standard error by default.
    """

    def __init__(self, level: str, form: str, stream: TextIO | None = None) -> None:
        self.json = form == "json"
        self.least = 0 if LEVELS[level] <= LEVELS["info"] else 500
        self._stream = stream

    def write(self, answered: Iterable[Answered]) -> None:
        """Tell requests that were answered, a line each."""
        line = _json_line if self.json else _text_line
        second, prefix = -1, ""
        lines = []
        for one in answered:
            if one.status < self.least:
                continue
            if int(one.when) != second:
                second = int(one.when)
                prefix = stamp(second)[:-4]
            lines.append(line(f"{prefix}{int((one.when - second) * 1000):03d}Z", one))
        if lines:
            stream = sys.stderr if self._stream is None else self._stream
            stream.write("".join(lines))
            stream.flush()


def _level(status: int) -> str:
    return "error" if status >= 500 else "info"


def _json_line(when: str, one: Answered) -> str:
    return (
        f'{{"time": "{when}", "level": "{_level(one.status)}", "logger": "benchcast.access", '
        f'"method": {quoted(one.method)}, "path": {quoted(one.path)}, "status": {one.status}, '
        f'"milliseconds": {one.seconds * 1000:.2f}, "client": {quoted(one.client)}, '
        f'"key": "{one.key}", "request": "{one.id}"}}\n'
    )


def _text_line(when: str, one: Answered) -> str:
    return (
        f"{when} {_level(one.status)} benchcast.access {_word(one.method)} {_word(one.path)} "
        f"{one.status} {one.seconds * 1000:.2f} ms client={_word(one.client) or '-'} "
        f"key={one.key or '-'} request={one.id}\n"
    )


def _word(text: str) -> str:
    """Return `text` as one word; what is none is quoted, so that no line can be forged."""
    return text if text.isascii() and text.isprintable() and " " not in text else quoted(text)
