"""Headers that keep a browser from doing what nobody asked for.

An answer that sets one of them itself keeps its own. What a browser shows (HTML) gets all of
them, data only what counts for data: each header costs time in every answer.
"""

from __future__ import annotations

from collections.abc import Iterable

Header = tuple[bytes, bytes]

#: the page: its own files only, no inline script, in nobody's frame
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

_DATA: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", DATA_POLICY.encode()),
    (b"cache-control", b"no-store"),
)
_PAGE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"cache-control", b"no-cache"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)
#: for a year, once the service has been reached by https
_STRICT: Header = (b"strict-transport-security", b"max-age=31536000")
_NAMES = {name for name, _ in _PAGE}


def added(own: Iterable[Header], ident: bytes, secure: bool) -> list[Header]:
    """Return the headers of an answer with what is missing, and the request's id.

    Parameters
    ----------
    own : iterable of (name, value)
        The answer's own, names in lower case.
    ident : bytes
        Id of the request.
    secure : bool
        Whether it came by https.
    """
    out = list(own)
    there = dict(out)
    more = _PAGE if there.get(b"content-type", b"").startswith(b"text/html") else _DATA
    if _NAMES.isdisjoint(there):
        out += more
    else:
        out += [header for header in more if header[0] not in there]
    if secure:
        out.append(_STRICT)
    out.append((b"x-request-id", ident))
    return out
