"""Digests: 16 bytes by which equal content is known again, whatever its order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError

SIZE = 16
Bytes = NDArray[np.uint8]


def text_digest(text: str) -> bytes:
    """Return the digest of a text."""
    return hashlib.blake2b(text.encode(), digest_size=SIZE).digest()


def check_texts(texts: Iterable[Any], where: str) -> None:
    """Raise DataError for a text that no database holds: a NUL, half a surrogate pair."""
    for text in texts:
        if "\0" in text:
            raise DataError(f"{where}: {text!r} has a NUL character, which a store cannot hold")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{where}: {text!r} has half of a surrogate pair, which a store cannot hold"
            ) from error


def text_part(values: Sequence[Any] | pd.Series | NDArray[Any]) -> Bytes:
    """Return the digests of texts, one row of 16 bytes each; each different text once hashed."""
    codes, unique = pd.factorize(pd.array(np.asarray(values, dtype=object), dtype="str"))
    digests = b"".join(text_digest(str(t)) for t in unique) + bytes(SIZE)
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, SIZE)[codes]  # -1: missing, zeros


def float_part(values: Any) -> Bytes:
    """Return the bits of floats, 8 bytes each; every NaN is the same one, as are 0 and -0."""
    exact = np.array(values, dtype="<f8") + 0.0
    exact[np.isnan(exact)] = np.nan
    return exact.view(np.uint8).reshape(-1, 8)


def int_part(values: Any) -> Bytes:
    """Return whole numbers, 8 bytes each."""
    return np.array(values, dtype="<i8").view(np.uint8).reshape(-1, 8)


def row_digests(parts: Sequence[Bytes]) -> list[bytes]:
    """Return the digest of each row of `parts`, which stand side by side."""
    rows = np.ascontiguousarray(np.concatenate(parts, axis=1))
    width, raw = rows.shape[1], memoryview(rows.tobytes())
    hashed = hashlib.blake2b
    return [
        hashed(raw[i : i + width], digest_size=SIZE).digest()
        for i in range(0, len(rows) * width, width)
    ]


def set_digest(digests: Iterable[bytes]) -> str:
    """Return the digest of a set of rows, as hexadecimal text."""
    whole = hashlib.blake2b(digest_size=SIZE)
    for digest in sorted(digests):
        whole.update(digest)
    return whole.hexdigest()
