"""Which repository of the Hugging Face Hub a folder on disk is."""

from __future__ import annotations

import re
from pathlib import Path

from features.catalogue.normalise import normalise_name
from features.documents.json_files import head_of

#: normalised names of folders that hold repositories, and are no organisation
_HOLDERS = frozenset(
    normalise_name(w)
    for w in (
        *("models", "model", "model_cards", "cards", "repos", "repositories", "hf", "hub", "data"),
        *("huggingface", "hugging face", "downloads", "download", "tmp", "temp", "home", "src"),
        *("snapshots", "snapshot", "refs", "blobs", "main", "cache", "checkpoints", "weights"),
        *("files", "results", "datasets", "root", "work", "mnt", "opt", "var", "users", "desktop"),
        *("documents", "projects", "git", "test", "tests", "examples", "example", "fixtures"),
    )
)
_CACHED = re.compile(r"models--(?P<org>[^/]+?)--(?P<name>[^/]+)")
_REMOTE = re.compile(
    r"url\s*=\s*\S*(?:huggingface\.co|hf\.co)[/:]([\w.-]+/[\w.-]+?)(?:\.git)?\s*$", re.M
)
_NAME = re.compile(r"[\w.-]{1,96}")


def repository(folder: Path) -> str:
    """Return ``organisation/name`` of a repository's folder, as far as the path shows it.

    The cache layout (``models--ORG--NAME/snapshots/SHA``) and the remote of a git checkout tell
    both; else the folder's own name counts, with the folder above it as the organisation unless
    that is a word such as ``models``. ``""`` if there is no name.

    Examples
    --------
    >>> repository(Path("hub/models--meta-llama--Llama-2-7b/snapshots/0a1b"))
    'meta-llama/Llama-2-7b'
    >>> repository(Path("cards/meta-llama/Llama-2-7b")), repository(Path("cards/Llama-2-7b"))
    ('meta-llama/Llama-2-7b', 'Llama-2-7b')
    """
    for part in reversed(folder.parts):
        if cached := _CACHED.fullmatch(part):
            return f"{cached['org']}/{cached['name']}"
    if remote := _remote(folder):
        return remote
    path = folder if folder.name not in ("", "..") else folder.resolve()
    name, holder = path.name, path.parent.name
    if not _NAME.fullmatch(name):
        return name
    top = path.parent == path.parent.parent or not holder  # the first folder of the path
    if (
        top
        or normalise_name(holder) in _HOLDERS
        or not _NAME.fullmatch(holder)
        or holder.startswith(".")
    ):
        return name
    return f"{holder}/{name}"


def _remote(folder: Path) -> str:
    config = head_of(folder / ".git" / "config", 65_536) or b""
    found = _REMOTE.search(config.decode("utf-8", "replace"))
    return found[1] if found else ""
