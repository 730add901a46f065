"""The ``.eval`` archives of Inspect: zip files whose members are JSON.

Nothing is unpacked to disk, so the names of members lead nowhere. Members are unpacked in memory
up to a bound, whatever size they claim. Inspect packs with Zstandard, which ``zipfile`` does not
read before Python 3.14.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from features.documents.json_files import parse_json
from features.errors import DataError

#: most members of an archive; largest member, and all that are read together, unpacked
MAX_MEMBERS = 500_000
MAX_MEMBER = 256_000_000
MAX_TOTAL = 4_000_000_000
_STORED, _DEFLATED, _ZSTD = 0, 8, 93
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 1


class Archive:
    """A zip file with JSON members, read one by one.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        If it is no zip file, is damaged, or has more than :data:`MAX_MEMBERS` members.

    Examples
    --------
    >>> with zipfile.ZipFile("log.eval", "w") as made:
    ...     made.writestr("header.json", '{"status": "success"}')
    >>> with Archive(Path("log.eval")) as archive:
    ...     "header.json" in archive, archive.json("header.json")["status"], list(archive.samples())
    (True, 'success', [])
    """

    def __init__(self, path: Path) -> None:
        self.file = str(path)
        self._read = 0
        try:
            self._stream = path.open("rb")
        except OSError as error:
            raise DataError(
                f"{self.file} cannot be read: {error.strerror or error}; see that it is there"
            ) from error
        try:
            self._zip = zipfile.ZipFile(self._stream)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, struct.error) as error:
            self._stream.close()
            raise DataError(
                f"{self.file}: no zip file, or cut off: {error}; copy it again"
            ) from error
        except NotImplementedError as error:
            self._stream.close()
            raise DataError(f"{self.file}: {error}; write it again with Inspect") from error
        self._members = {i.filename: i for i in self._zip.infolist()}
        if len(self._members) > MAX_MEMBERS:
            self.close()
            raise DataError(
                f"{self.file}: {len(self._members):,} members; at most {MAX_MEMBERS:,} are read"
            )

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def samples(self) -> Iterator[str]:
        """Yield the names of the members with one sample each, in their order."""
        for name in self._members:
            if name.startswith("samples/") and name.endswith(".json"):
                yield name

    def json(self, name: str) -> Any:
        """Return what a member says.

        Raises
        ------
        DataError
            If it is not there, damaged, packed in an unknown way, larger than
            :data:`MAX_MEMBER`, or no JSON.
        """
        return parse_json(self._bytes(name), f"{self.file}, {name}")

    def _bytes(self, name: str) -> bytes:
        info = self._members.get(name)
        if info is None:
            raise DataError(f"{self.file}: has no member {name!r}; copy it again")
        at = f"{self.file}, {name}"
        if info.flag_bits & _ENCRYPTED:
            raise DataError(f"{at}: is encrypted; save it without a password")
        if info.file_size > MAX_MEMBER or info.compress_size > MAX_MEMBER:
            raise DataError(f"{at}: unpacks to more than {MAX_MEMBER:,} bytes; leave it out")
        try:
            raw = self._packed(info)
            if info.compress_type == _STORED:
                content = raw
            elif info.compress_type == _DEFLATED:
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, info.file_size + 1)
            elif info.compress_type == _ZSTD:
                content = _unzstd(raw, info.file_size + 1)
            else:
                raise DataError(
                    f"{at}: packed by method {info.compress_type}, which is not read; write the "
                    "log again with Inspect"
                )
        except (OSError, zlib.error, struct.error) as error:
            raise DataError(f"{at}: damaged: {error}; copy the file again") from error
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise DataError(f"{at}: damaged: its size or check sum is wrong; copy the file again")
        self._read += len(content)
        if self._read > MAX_TOTAL:
            raise DataError(f"{self.file}: unpacks to more than {MAX_TOTAL:,} bytes; leave it out")
        return content

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        """Return the bytes of a member as they are in the file."""
        self._stream.seek(info.header_offset)
        header = _LOCAL_HEADER.unpack(self._stream.read(_LOCAL_HEADER.size))
        if header[0] != b"PK\x03\x04":
            raise OSError("no member where the directory says")
        self._stream.seek(header[9] + header[10], 1)  # name and extra field
        raw = self._stream.read(info.compress_size)
        if len(raw) != info.compress_size:
            raise OSError("cut off")
        return raw


def _unzstd(raw: bytes, limit: int) -> bytes:
    """Return at most `limit` bytes of what Zstandard packed, in one frame or several."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        return bytes(stream.read(limit))
