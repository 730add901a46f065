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

from features.store.places import hide_password

if TYPE_CHECKING:
    from serving.guard.exchange import Answered, Exchange, Scope

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
        for scope, exchange, when, seconds in answered:
            if exchange.status < self.least:
                continue
            if int(when) != second:
                second = int(when)
                prefix = stamp(second)[:-4]
            told = f"{prefix}{int((when - second) * 1000):03d}Z"
            lines.append(line(told, scope, exchange, seconds))
        if lines:
            stream = sys.stderr if self._stream is None else self._stream
            stream.write("".join(lines))
            stream.flush()


def _level(status: int) -> str:
    return "error" if status >= 500 else "info"


def _json_line(when: str, scope: Scope, exchange: Exchange, seconds: float) -> str:
    client = scope.get("client")
    return (
        f'{{"time": "{when}", "level": "{_level(exchange.status)}", '
        f'"logger": "benchcast.access", "method": {quoted(scope["method"])}, '
        f'"path": {quoted(scope["path"])}, "status": {exchange.status}, '
        f'"milliseconds": {seconds * 1000:.2f}, "client": {quoted(client[0] if client else "")}, '
        f'"key": "{exchange.key}", "request": "{exchange.id}"}}\n'
    )


def _text_line(when: str, scope: Scope, exchange: Exchange, seconds: float) -> str:
    client = scope.get("client")
    return (
        f"{when} {_level(exchange.status)} benchcast.access {_word(scope['method'])} "
        f"{_word(scope['path'])} {exchange.status} {seconds * 1000:.2f} ms "
        f"client={_word(client[0]) if client else '-'} key={exchange.key or '-'} "
        f"request={exchange.id}\n"
    )


def _word(text: str) -> str:
    """Return `text` as one word; what is none is quoted, so that no line can be forged."""
    return text if text.isascii() and text.isprintable() and " " not in text else quoted(text)
