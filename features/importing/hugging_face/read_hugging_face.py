"""Import scores of model cards (``model-index``) and ``.eval_results`` of the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

from features.documents.json_files import head_of, read_bytes
from features.documents.yaml_files import read_yaml
from features.errors import DataError
from features.importing.hugging_face.cards import read_card
from features.importing.hugging_face.names import repository
from features.importing.hugging_face.results import read_results
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options

NAME = "hf"
RESULTS_FOLDER = ".eval_results"
#: so much of a card is read: the front matter stands at its beginning
MAX_FRONT = 8_000_000
_PEEK = 1_000_000


def claims(path: Path) -> bool:
    """Whether a file of a folder plainly holds scores: a card with a model-index, or results."""
    if path.suffix.casefold() in (".yaml", ".yml"):
        return path.parent.name == RESULTS_FOLDER and path.is_file()
    if path.name.casefold() != "readme.md" or not path.is_file():
        return False
    head = (head_of(path, _PEEK) or b"").removeprefix(b"\xef\xbb\xbf")
    return head.startswith(b"---") and b"\nmodel-index:" in head


def read(path: Path, into: Collector, options: Options) -> None:
    """Read a card (``.md``) or a file of results (``.yaml``, ``.yml``).

    Raises
    ------
    DataError
        If it is neither, no UTF-8, no YAML, or holds no list of results.
    """
    file = str(path)
    kind = path.suffix.casefold()
    if kind in (".yaml", ".yml"):
        tree = read_yaml(_decoded(read_bytes(path, file, MAX_FRONT), file, 1), file)
        folder = path.parent.parent if path.parent.name == RESULTS_FOLDER else path.parent
        read_results(tree, file, repository(folder), into)
    elif kind in (".md", ".markdown"):
        front = _front_matter(path, file)
        if front is None:
            into.left_file(file, "a card without front matter: there are no scores")
            return
        read_card(read_yaml(front, file, 2), file, repository(path.parent), into)
    else:
        raise DataError(
            f"{file}: neither a model card (.md) nor results (.yaml); name a README.md, a file of "
            f"{RESULTS_FOLDER}, or the repository's folder"
        )


def _front_matter(path: Path, file: str) -> str | None:
    """Return the YAML between the first line and the next ``---``, None if there is none."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FRONT + 1).removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    lines = raw.split(b"\n")
    if lines[0].strip() != b"---":
        return None
    for n, line in enumerate(lines[1:], 1):
        if line.rstrip() in (b"---", b"..."):
            return _decoded(b"\n".join(lines[1:n]), file, 2)
    cut = f"{MAX_FRONT:,} bytes" if len(raw) > MAX_FRONT else "the file"
    raise DataError(
        f"{file}, line {len(lines)}: the front matter is not closed by '---' within {cut}; copy "
        "the file again, or close it"
    )


def _decoded(raw: bytes, file: str, first_line: int) -> str:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + raw.count(b"\n", 0, error.start)
        raise DataError(f"{file}, line {line}: not UTF-8; save the file as UTF-8") from error
