"""The number of parameters from safetensors files: their headers or their index."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from features.documents.json_files import as_count, as_object, parse_json, read_json
from features.errors import DataError

INDEX = "model.safetensors.index.json"
#: bytes per parameter of types that hold one parameter per element
BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_TORCH = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
#: a header has at most so many bytes (the format's own limit)
MAX_HEADER = 100_000_000


def from_weights(path: str | os.PathLike[str], *, dtype: str = "") -> dict[str, Any]:
    """Return ``params`` of a safetensors file, or of the index of a model in several files.

    Parameters
    ----------
    path : path
        ``*.safetensors`` or ``model.safetensors.index.json``.
    dtype : str
        ``torch_dtype`` of the configuration (``bfloat16``), by which the index's ``total_size``
        in bytes becomes a count; without it a count is only known where the index states one.

    Returns
    -------
    dict
        ``params``, or nothing where it is not sure: quantised weights hold several parameters per
        element, adapters and parts of a model are not the model.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    path = Path(path)
    if path.name.endswith(".index.json"):
        return _of_index(as_object(as_object(read_json(path)).get("metadata")), dtype)
    if "adapter" in path.name or "-of-" in path.name:
        return {}
    return _of_header(_header(path))


def _of_index(metadata: dict[str, Any], dtype: str) -> dict[str, Any]:
    stated = as_count(metadata.get("total_parameters"))
    if stated:
        return {"params": float(stated)}
    size, each = as_count(metadata.get("total_size")), _TORCH.get(dtype.removeprefix("torch."))
    if not size or not each or size % each:
        return {}
    return {"params": float(size // each)}


def _header(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(MAX_HEADER, path.stat().st_size):
                raise DataError(f"{path}: not a safetensors file: its header cannot be that long")
            raw = file.read(length)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    tree = parse_json(raw, str(path))
    if not isinstance(tree, dict):
        raise DataError(f"{path}: not a safetensors file: its header is no JSON object")
    return tree


def _of_header(tree: dict[str, Any]) -> dict[str, Any]:
    total = 0
    for name, entry in tree.items():
        if name == "__metadata__":
            continue
        tensor = as_object(entry)
        shape = tensor.get("shape")
        if tensor.get("dtype") not in BYTES or not isinstance(shape, list):
            return {}  # quantised, or something that is no weight
        if not all(isinstance(n, int) and n >= 0 for n in shape):
            raise DataError(f"shape {json.dumps(shape)} of {name!r} is not one of a tensor")
        total += math.prod(shape)
    return {"params": float(total)} if total else {}
