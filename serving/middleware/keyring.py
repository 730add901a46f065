"""The keys that a running service knows: read again when their file changes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import time
from pathlib import Path

from features.errors import ConfigError
from serving.middleware.api_keys import Key, read_keys

#: seconds between two looks at the file; a revoked key works for at most so long
LOOK = 1.0
#: compared with when no key has the id, so that every answer takes the same time
_NOBODY = hashlib.sha256(b"").digest()
#: where the id stands in a key
_ID = slice(3, 11)
log = logging.getLogger("benchcast.guard")


class KeyRing:
    """The API keys of a service.

    Parameters
    ----------
    path : Path
        File of the keys.
    required : bool
        Whether a key is needed even if there is none in the file.

    Raises
    ------
    ConfigError
        If the file is there and cannot be read.
    """

    def __init__(self, path: Path, *, required: bool) -> None:
        self.path = path
        self.required = required
        self._seen = _stamp(path)
        self._next = time.monotonic() + LOOK
        self.working: list[Key] = []
        self._by_id: dict[bytes, tuple[Key, bytes]] = {}
        self._put(read_keys(path))

    def _put(self, keys: list[Key]) -> None:
        self.working = [k for k in keys if not k.revoked]
        self._by_id = {k.id.encode(): (k, bytes.fromhex(k.digest)) for k in self.working}
        # never off again: a file that goes away must not open the service
        self.required = self.required or bool(self.working)

    def look(self, now: float) -> None:
        """Read the file again if it has changed; `now` is ``time.monotonic()``.

        A file that cannot be read leaves the keys as they were, and is told.
        """
        if now < self._next:
            return
        self._next = now + LOOK
        stamp = _stamp(self.path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._put(read_keys(self.path))
        except ConfigError as error:
            log.error("the keys stay as they were: %s", error)
        else:
            log.info("API keys read again: %d work", len(self.working))

    def find(self, token: bytes) -> Key | None:
        """Return the working key that `token` is, in a time that says nothing of the secret."""
        key, digest = self._by_id.get(token[_ID], (None, _NOBODY))
        same = hmac.compare_digest(hashlib.sha256(token).digest(), digest)
        return key if same else None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def token_of(headers: dict[bytes, bytes]) -> bytes | None:
    """Return the key that a request brings, None if it brings none.

    ``X-API-Key``, ``Authorization: Bearer``, or ``Authorization: Basic`` with the key as the
    password (that is how a browser opens the page; the user name does not matter).
    """
    given = headers.get(b"x-api-key")
    if given is not None:
        return given
    kind, _, rest = headers.get(b"authorization", b"").partition(b" ")
    kind, rest = kind.lower(), rest.strip()
    if kind == b"bearer":
        return rest
    if kind == b"basic":
        try:
            return base64.b64decode(rest, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return None
