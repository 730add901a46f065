"""Fitted predictors on disk: arrays as npz, the rest as JSON, LightGBM models as text.

A saved state is a directory::

    manifest.json    format version, and size and SHA-256 of every other file
    state.json       the nesting, scalars, strings; places of arrays and texts
    arrays.npz       every array (numeric or unicode; never pickled)
    lgb-000.txt ...  LightGBM models, as LightGBM itself writes them

Nothing in it can run code when it is read, and equal states give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import StateError

if TYPE_CHECKING:
    from cpp import Predictor

FORMAT = 1
KIND = "benchcast-state"
MANIFEST = "manifest.json"
_STATE, _ARRAYS = "state.json", "arrays.npz"
_LGB = "_lgb"
_KINDS = "biufcUMm"  # dtype kinds that npz holds without pickling
_EPOCH = (1980, 1, 1, 0, 0, 0)

State = dict[str, Any]


# -- nested state <-> JSON, arrays and texts ----------------------------------------------


class _Packer:
    """Replaces what JSON cannot hold by ``{"$...": ...}`` and collects it."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.texts: dict[str, str] = {}

    def pack(self, value: object, where: str, in_lgb: bool = False) -> Any:
        if isinstance(value, Mapping):
            packed = {}
            for key, item in value.items():
                if not isinstance(key, str):
                    raise StateError(f"{where}: the key {key!r} is not text")
                packed[key] = self.pack(item, f"{where}/{key}", in_lgb or key.endswith(_LGB))
            # A key that looks like one of our marks is kept apart from them.
            return {"$dict": packed} if any(k.startswith("$") for k in packed) else packed
        if isinstance(value, list):
            return [self.pack(item, f"{where}/{i}", in_lgb) for i, item in enumerate(value)]
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, str) and in_lgb:
            name = f"lgb-{len(self.texts):03d}.txt"
            self.texts[name] = value
            return {"$lgb": name}
        if isinstance(value, float) and not math.isfinite(value):
            return {"$float": repr(value)}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise StateError(
            f"{where}: a {type(value).__name__} cannot be saved; a state holds dicts, lists, "
            "arrays, str, int, float, bool and None"
        )

    def _array(self, value: np.ndarray, where: str) -> dict[str, str]:
        if value.dtype.kind not in _KINDS:
            raise StateError(
                f"{where}: an array of dtype {value.dtype} cannot be saved without pickling; "
                "use a numeric or unicode dtype"
            )
        name = f"a{len(self.arrays):04d}"
        self.arrays[name] = value
        return {"$array": name}


class _Unpacker:
    """Puts arrays and texts back into their places."""

    def __init__(self, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> None:
        self.arrays = arrays
        self.texts = texts

    def unpack(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.unpack(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((mark, name),) = value.items()
            if mark == "$array":
                return self._part(self.arrays, name, "array")
            if mark == "$lgb":
                return self._part(self.texts, name, "LightGBM text")
            if mark == "$float":
                return float(name)
            if mark == "$dict":
                value = name
        return {key: self.unpack(item) for key, item in value.items()}

    def _part(self, parts: Mapping[str, Any], name: str, what: str) -> Any:
        if name not in parts:
            raise StateError(f"{_STATE} names the {what} {name!r}, which is not there")
        return parts[name]


# -- bytes --------------------------------------------------------------------------------


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the arrays as npz; unlike ``np.savez`` without the time of writing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3  # the same bytes on every system
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=False, allow_nan=False)
    return (text + "\n").encode("ascii")


def save_state(state: State, directory: str | os.PathLike[str]) -> None:
    """Write a predictor's state to `directory`, which is replaced as a whole.

    Parameters
    ----------
    state : nested dict
        Leaves are numeric or unicode arrays, str, int, float, bool or None; dicts (with
        text keys) and lists nest to any depth. Strings below a key that ends in ``_lgb``
        are LightGBM models and become text files. NumPy scalars become Python ones.
    directory : path
        Written beside, then renamed, so a reader never sees half of it.

    Raises
    ------
    StateError
        If a leaf is of another type; the message names its place.
    """
    packer = _Packer()
    tree = packer.pack(state, "state")
    files = {_STATE: _json(tree), _ARRAYS: _npz(packer.arrays)}
    files.update((name, text.encode()) for name, text in packer.texts.items())
    sums = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    files[MANIFEST] = _json({"kind": KIND, "format": FORMAT, "files": sums})

    target = Path(directory)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new = beside / "new"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if target.exists():
            os.replace(target, beside / "old")
        os.replace(new, target)
    finally:
        shutil.rmtree(beside)


def load_state(directory: str | os.PathLike[str]) -> State:
    """Read a state that :func:`save_state` wrote.

    Raises
    ------
    StateError
        If a file is missing or damaged, or a newer version of benchcast wrote it.
    """
    root = Path(directory)
    manifest = _parse(_read(root, MANIFEST), root / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise StateError(f"{root / MANIFEST}: not the manifest of a saved benchcast predictor")
    version = manifest.get("format")
    if not isinstance(version, int) or version < 1:
        raise StateError(f"{root / MANIFEST}: format {version!r} is not a format version")
    if version > FORMAT:
        raise StateError(
            f"{root}: saved in format {version}, this benchcast reads up to {FORMAT}; "
            "update benchcast, or train again with this version"
        )
    files = {name: _checked(root, name, entry) for name, entry in _entries(manifest, root).items()}
    for name in (_STATE, _ARRAYS):
        if name not in files:
            raise StateError(f"{root / MANIFEST}: does not list {name}; train again")
    tree = _parse(files[_STATE], root / _STATE)
    try:
        with np.load(io.BytesIO(files[_ARRAYS]), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise StateError(f"{root / _ARRAYS}: cannot be read: {error}; train again") from error
    texts = {name: content.decode() for name, content in files.items() if name.endswith(".txt")}
    return _Unpacker(arrays, texts).unpack(tree)


def _entries(manifest: dict[str, Any], root: Path) -> dict[str, Any]:
    entries = manifest.get("files")
    if not isinstance(entries, dict):
        raise StateError(f"{root / MANIFEST}: lists no files; train again")
    for name in entries:
        if Path(name).name != name or name in ("", ".", ".."):
            raise StateError(f"{root / MANIFEST}: {name!r} is not a plain file name")
    return entries


def _read(root: Path, name: str) -> bytes:
    try:
        return (root / name).read_bytes()
    except FileNotFoundError as error:
        where = root / name if root.is_dir() else root
        raise StateError(
            f"{where}: missing; a saved predictor is a directory with {MANIFEST}, {_STATE} and "
            f"{_ARRAYS}. Restore it, or train again"
        ) from error
    except OSError as error:
        raise StateError(f"{root / name}: cannot be read: {error.strerror}") from error


def _checked(root: Path, name: str, entry: Any) -> bytes:
    content = _read(root, name)
    expected = entry.get("sha256") if isinstance(entry, dict) else None
    if hashlib.sha256(content).hexdigest() != expected:
        raise StateError(
            f"{root / name}: damaged ({len(content)} bytes whose SHA-256 is not the manifest's); "
            "restore it, or train again"
        )
    return content


def _parse(content: bytes, path: Path) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:  # includes wrong encoding
        raise StateError(f"{path}: not JSON: {error}; train again") from error


# -- predictors ---------------------------------------------------------------------------


def save_predictor(predictor: Predictor, directory: str | os.PathLike[str]) -> None:
    """Write a fitted predictor to `directory` (see :func:`save_state`)."""
    save_state(predictor.get_state(), directory)


def load_predictor(directory: str | os.PathLike[str]) -> Predictor:
    """Read a predictor that :func:`save_predictor` wrote; it predicts the same bytes.

    Raises
    ------
    StateError
        If a file is missing, damaged, or written by a newer version.
    """
    import cpp

    return cpp.predictor_from_state(load_state(directory))
