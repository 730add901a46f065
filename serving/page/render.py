"""Templates, static files and what every page says: version, age of the data, downloads."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import logging
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from features.errors import BenchcastError
from serving.answers import listings
from serving.page.query import address, cell_address
from serving.reports.elements.templates import templates_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

log = logging.getLogger("benchcast.page")
#: nothing inline, nothing from elsewhere, nothing framed
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: what is under `static`, with its type
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
#: answers smaller than this are sent as they are
COMPRESS = 2048


def today() -> dt.date:
    """Return the date by which ages are told, UTC."""
    return dt.datetime.now(dt.UTC).date()


@cache
def environment() -> Environment:
    """Return the templates; whatever is not marked safe is escaped."""
    made = templates_of("serving.page", finalize=_readable)
    made.globals["versioned"] = versioned
    made.filters["at"] = lambda name: quote(name, safe="")
    made.filters["thousands"] = lambda number: f"{number:,}"
    return made


def _readable(value: Any) -> Any:
    """Show control characters, which could turn a line round, as a replacement character."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return "".join(
            c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in value
        )
    return value


@cache
def static_file(name: str) -> tuple[bytes, str, str] | None:
    """Return content, type and digest of a static file; None if there is none of that name."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix not in TYPES or not stem.replace("-", "").isalnum():
        return None
    found = files("serving.page") / "static" / name
    if not found.is_file():
        return None
    content = found.read_bytes()
    return content, TYPES[suffix], hashlib.sha256(content).hexdigest()[:12]


def versioned(name: str) -> str:
    """Return the address of a static file, another one whenever its content changes."""
    found = static_file(name)
    if found is None:
        raise ValueError(f"no static file {name!r} in the package")
    return f"/static/{name}?v={found[2]}"


def age(day: dt.date | None) -> str:
    """Return how old something of that day is, in words."""
    if day is None:
        return "of unknown age"
    days = (today() - day).days
    if days < 0:
        return "dated in the future"
    if days < 1:
        return "of today"
    return f"{days} day{'s' if days != 1 else ''} old"


def status(current: Any) -> dict[str, Any]:
    """Return what header and footer say of a state: model version, snapshot, age of the data."""
    snapshot, info = current.snapshot, current.info
    newest = snapshot.newest_score
    retrieved = None
    if newest is None and snapshot.retrieved:
        retrieved = dt.date.fromisoformat(snapshot.retrieved[:10])
    return {
        "version": current.version,
        "predictor": "" if info is None else info.predictor,
        "trained": "" if info is None else info.trained[:10],
        "snapshot": snapshot.id,
        "newest": "" if newest is None else newest.isoformat(),
        "retrieved": snapshot.retrieved or "",
        "age": age(newest or retrieved),
        "loaded": current.loaded_at.strftime("%Y-%m-%d %H:%M UTC"),
    }


def errors_sentence(current: Any, settings: Any) -> str:
    """Return what is known of the realised errors, in words; "" without a store.

    A store that does not answer is no reason to show no page: the text says so instead.
    """
    try:
        found = listings.realised_errors(current, settings)
    except BenchcastError as error:
        log.warning("the audit cannot be read: %s", error)
        return "How predictions turned out cannot be said now: the score store does not answer."
    return "" if found is None else _errors_in_words(found)


def _errors_in_words(found: dict[str, Any]) -> str:
    n = found["n"]
    if not n:
        return "No score has come in yet for a cell that was predicted before."
    level = f"{100 * found['level']:g} %" if found.get("level") is not None else "their"
    text = (
        f"Of {n:,} score{'s' if n != 1 else ''} that came in for predicted cells, "
        f"{100 * found['covered']:.0f} % lay in their interval (meant to be {level})"
    )
    error = found["median_abs_error"]
    return text + (f"; the median error was {error:.1f} points." if error is not None else ".")


def page(
    request: Request, template: str, current: Any, *, code: int = 200, **values: Any
) -> Response:
    """Return a page as a response; called in a worker thread, since drawing takes milliseconds.

    Parameters
    ----------
    request : Request
    template : str
        File in ``templates``.
    current : Current
        The state that is shown; its version and snapshot go into header fields, too.
    code : int
        HTTP status.
    **values
        For the template.
    """
    base = request.scope.get("root_path", "").rstrip("/")
    html = (
        environment()
        .get_template(template)
        .render(
            base=base,
            status=status(current),
            path=request.url.path.removeprefix(base),
            href=partial(address, base),
            why=partial(cell_address, base),
            audit=errors_sentence(current, getattr(request.app.state, "settings", None)),
            **values,
        )
    )
    return answer(
        request,
        html.encode("utf-8", "replace"),
        "text/html; charset=utf-8",
        code,
        {
            "Content-Security-Policy": POLICY,
            "Cache-Control": "private, no-cache",
            "X-Benchcast-Model-Version": current.version,
            "X-Benchcast-Snapshot": current.snapshot.id,
        },
    )


def waiting(request: Request, why: str) -> Response:
    """Return the page that is shown until a model is loaded; it then loads itself again."""
    base = request.scope.get("root_path", "").rstrip("/")
    html = environment().get_template("waiting.html").render(base=base, why=why)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Retry-After": "3"}
    return answer(request, html.encode(), "text/html; charset=utf-8", 503, headers)


def answer(
    request: Request, content: bytes, kind: str, code: int, headers: dict[str, str]
) -> Response:
    """Return a response, compressed if the client takes that."""
    from starlette.responses import Response

    sent = {"Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", **headers}
    if len(content) >= COMPRESS and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, compresslevel=3, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(content, status_code=code, media_type=kind, headers=sent)
