"""Output files: checked before the work starts, written beside and then renamed."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet")


class OutFile(click.ParamType):
    """A file to be written; its directory must exist and its suffix name the format.

    Parameters
    ----------
    suffixes : tuple of str
        Allowed endings.
    """

    name = "file"

    def __init__(self, suffixes: tuple[str, ...] = TABLE_SUFFIXES) -> None:
        self.suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, or fail as wrong usage before anything was computed."""
        path = Path(value)
        if not path.name.endswith(self.suffixes):
            self.fail(f"{str(path)!r} must end in {', '.join(self.suffixes)}", param, ctx)
        if not path.parent.is_dir():
            self.fail(
                f"the directory {str(path.parent)!r} of {path.name!r} does not exist; create it",
                param,
                ctx,
            )
        if path.is_dir():
            self.fail(f"{str(path)!r} is a directory; name a file in it", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"no permission to write into {str(path.parent)!r}", param, ctx)
        return path


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a path next to `path` to write to, and rename it to `path` if all went well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, gzipped CSV or Parquet, by the suffix of `path`.

    The same table gives the same bytes: no time or file name is stored in the archive.
    """
    with beside(path) as temporary:
        if path.name.endswith(".parquet"):
            frame.to_parquet(temporary, index=False)
            return
        text = io.StringIO()
        frame.to_csv(text, index=False, lineterminator="\n")
        data = text.getvalue().encode()
        if path.name.endswith(".gz"):
            with (
                open(temporary, "wb") as raw,
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
            ):
                packed.write(data)
        else:
            temporary.write_bytes(data)


def write_text(text: str, path: Path) -> None:
    """Write a text file."""
    with beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
