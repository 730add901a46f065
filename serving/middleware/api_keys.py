"""API keys: made once, shown once, kept as hashes in one file.

A key is ``bc_<id>_<secret>``; the id is public and tells keys apart in logs, the secret has
256 random bits. The file holds SHA-256 of the whole key: for a random secret of this size a
slow password hash would add nothing but time to every request.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.errors import ConfigError, unknown_name

SCOPES = ("read", "write")
_FORMAT = 1
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
_FIELDS = {"id", "name", "scopes", "rate_per_minute", "created", "revoked", "digest"}


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Attributes
    ----------
    id : str
        Eight hex digits, part of the key and no secret.
    name : str
        What it is for.
    scopes : tuple of str
        ``read`` and ``write``: what it may do.
    rate_per_minute : int or None
        Its own limit; None is the service's.
    created, revoked : str
        ISO times, UTC; an empty `revoked` means that it works.
    digest : str
        SHA-256 of the key, hex.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    rate_per_minute: int | None
    created: str
    revoked: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """Return what may be shown: everything but the digest."""
        shown = asdict(self)
        del shown["digest"]
        return {**shown, "scopes": list(self.scopes), "revoked": self.revoked or None}


def digest_of(token: str) -> str:
    """Return SHA-256 of a key, hex."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def read_keys(path: Path) -> list[Key]:
    """Return the keys of a file in the order in which they were made; none if it is not there.

    Raises
    ------
    ConfigError
        If the file is there and cannot be read.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"the API keys {path} cannot be read: {error.strerror}") from error
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ValueError(f"its format is {content['format']!r}, not {_FORMAT}")
        return [_key(entry) for entry in content["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"the API keys {path} cannot be read: {type(error).__name__}: {error}; restore the "
            "file, or remove it and make new keys with `benchcast keys create`"
        ) from error


def _key(entry: dict[str, Any]) -> Key:
    if set(entry) != _FIELDS or not re.fullmatch(r"[0-9a-f]{64}", entry["digest"]):
        raise ValueError(f"an entry has not the fields {', '.join(sorted(_FIELDS))}")
    return Key(**{**entry, "scopes": _scopes(entry["scopes"])})


def _scopes(given: Iterable[str]) -> tuple[str, ...]:
    asked = list(given)
    for scope in asked:
        if scope not in SCOPES:
            raise ConfigError(f"unknown scope {scope!r}: must be one of {', '.join(SCOPES)}")
    if not asked:
        raise ConfigError(f"a key needs a scope: {', '.join(SCOPES)}, or both")
    return tuple(s for s in SCOPES if s in asked)


def create_key(
    path: Path, name: str, scopes: Sequence[str] = ("read",), rate_per_minute: int | None = None
) -> tuple[str, Key]:
    """Make a key, keep its hash in the file at `path`, and return the key itself once.

    Parameters
    ----------
    path : Path
        The file; made, readable for its owner only, if it is not there.
    name : str
        What it is for; unique among the keys that work.
    scopes : sequence of {"read", "write"}
    rate_per_minute : int, optional
        Its own limit.

    Returns
    -------
    token : str
        The key. It is kept nowhere.
    key : Key

    Raises
    ------
    ConfigError
        For a name that is empty, odd or taken, an unknown scope, or a file that cannot be read.
    """
    if not _NAME.fullmatch(name) or not name.strip():
        raise ConfigError(f"the name of a key is 1 to 100 printable characters, got {name!r}")
    with _alone(path):
        keys = read_keys(path)
        if any(k.name == name and not k.revoked for k in keys):
            raise ConfigError(f"there is a key {name!r} already: revoke it, or take another name")
        taken = {k.id for k in keys}
        while (ident := secrets.token_hex(4)) in taken:
            pass
        token = f"bc_{ident}_{secrets.token_urlsafe(32)}"
        key = Key(
            ident, name.strip(), _scopes(scopes), rate_per_minute, _now(), "", digest_of(token)
        )
        _write(path, [*keys, key])
    return token, key


def revoke_key(path: Path, which: str) -> Key:
    """Let a key work no longer; it stays listed.

    Parameters
    ----------
    path : Path
    which : str
        Its id or its name.

    Raises
    ------
    UnknownNameError
        If no working key is called that; near misses are suggested.
    """
    with _alone(path):
        keys = read_keys(path)
        live = [k for k in keys if not k.revoked]
        found = next((k for k in live if which in (k.id, k.name)), None)
        if found is None:
            raise unknown_name("key", which, [*(k.name for k in live), *(k.id for k in live)])
        gone = Key(**{**asdict(found), "revoked": _now()})
        _write(path, [gone if k.id == gone.id else k for k in keys])
    return gone


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep two commands from changing the file at once (the directory is locked)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, keys: list[Key]) -> None:
    entries = [{**asdict(k), "scopes": list(k.scopes)} for k in keys]
    content = json.dumps({"format": _FORMAT, "keys": entries}, indent=2, ensure_ascii=False)
    handle, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
