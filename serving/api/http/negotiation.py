"""Content negotiation: which of the media types that can be given is wanted (RFC 9110, 12.5)."""

from __future__ import annotations

from collections.abc import Sequence

from serving.problems.problem import Problem

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
#: what `?format=` may say, for links that cannot set a header
FORMATS = {"json": JSON, "csv": CSV, "parquet": PARQUET}
#: other names that clients have for the same
ALIASES = {
    "application/parquet": PARQUET,
    "application/x-parquet": PARQUET,
    "application/csv": CSV,
    "text/x-csv": CSV,
}


def wanted(accept: str | None, offered: Sequence[str]) -> str:
    """Return the media type of `offered` that an Accept header wants most.

    Parameters
    ----------
    accept : str or None
        The header; nothing means anything.
    offered : list of str
        What can be given, the one that is preferred here first.

    Raises
    ------
    Problem
        ``not-acceptable`` (406) if the header takes none of them.

    Examples
    --------
    >>> wanted("text/csv, application/json;q=0.5", [JSON, CSV])
    'text/csv'
    >>> wanted("text/*", [JSON, CSV])
    'text/csv'
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best, most = "", 0.0
    for offer in offered:
        quality = _quality(offer, ranges)
        if quality > most:
            best, most = offer, quality
    if not best:
        raise Problem(
            "not-acceptable", f"this is given as {', '.join(offered)}; accept one of them, or */*"
        )
    return best


def media_type(content_type: str | None) -> str:
    """Return a Content-Type header without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    name = name.lower()
    # a comparison that is false for NaN
    return ALIASES.get(name, name), quality if 0.0 <= quality <= 1.0 else 0.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that holds `offer`, 0 if none does."""
    kind = offer.partition("/")[0]
    for pattern in (offer, f"{kind}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0
