"""All that the files of one model's folder say of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from features.catalogue.catalogue import Catalogue
from features.documents.json_files import as_object, as_text, read_json
from features.errors import DataError
from features.factors.sources.config_json import from_config
from features.factors.sources.model_card import from_card
from features.factors.sources.name_facts import from_name
from features.factors.sources.safetensors_header import INDEX, from_weights
from features.importing.hugging_face.names import repository


def model_name(path: Path) -> str:
    """Return the name of the model whose folder `path` is.

    That is the folder's own name, or ``org/name`` in the layout of the hub's cache
    (``models--ORG--NAME/snapshots/SHA``).
    """
    path = path.resolve()
    cached = any(part.startswith("models--") for part in path.parts)
    return (repository(path) if cached else "") or path.name


def from_folder(
    path: str | os.PathLike[str], *, name: str = "", catalogue: Catalogue | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """Return what the files of a model's folder say, source by source.

    Parameters
    ----------
    path : path
        Folder with any of ``config.json``, ``README.md``, ``*.safetensors`` and their index.
    name : str, optional
        The model's name; what the folder's path shows where it is not given.
    catalogue : Catalogue, optional

    Returns
    -------
    list of (source, factors)
        For :func:`~features.factors.sources.merge_factors`; the name is a source, too.

    Raises
    ------
    DataError
        If the folder has none of these files, or one of them cannot be read.
    """
    path = Path(path)
    said: list[tuple[str, dict[str, Any]]] = []
    dtype = ""
    if (path / "config.json").is_file():
        said.append(("config: config.json", from_config(path)))
        tree = as_object(read_json(path / "config.json"))
        if "quantization_config" not in tree:
            dtype = as_text(tree.get("torch_dtype") or tree.get("dtype"))
    files = [path / INDEX] if (path / INDEX).is_file() else sorted(path.glob("*.safetensors"))
    if len(files) == 1:  # several files without an index: parts, and who knows of what
        said.append((f"weights: {files[0].name}", from_weights(files[0], dtype=dtype)))
    if (path / "README.md").is_file():
        said.append(("card: README.md", from_card(path)))
    if not said:
        raise DataError(
            f"{path}: no config.json, README.md or safetensors file here; name the folder of one "
            "model"
        )
    name = name or model_name(path)
    match = catalogue.model(name) if catalogue is not None else None
    if match is not None:
        said.append((f"catalogue: {match.why}", match.factors))
    return [*said, ("name", from_name(name))]
