"""Run an importer over files and folders."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from types import ModuleType

from features.errors import DataError, unknown_name
from features.importing.find_files import find
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from features.importing.shared.result import Imported

#: format word -> module of this package
FORMATS = {
    "lm-eval": "lm_eval.read_lm_eval",
    "helm": "helm.read_helm",
    "inspect": "inspect_ai.read_inspect",
    "eee": "eee.read_eee",
    "hf": "hugging_face.read_hugging_face",
    "open-llm": "open_llm.read_open_llm",
    "wide": "wide.read_wide",
    "long": "long.read_long",
}


def format_module(name: str) -> ModuleType:
    """Return the module of a format; raises UnknownNameError for another word."""
    if name not in FORMATS:
        raise unknown_name("format", name, list(FORMATS))
    return importlib.import_module(f"features.importing.{FORMATS[name]}")


def import_paths(
    name: str,
    paths: Sequence[str | os.PathLike[str]],
    options: Options | None = None,
    *,
    tell: Callable[[int, int, str], None] | None = None,
) -> Imported:
    """Read files of one format and settle names and units.

    Parameters
    ----------
    name : str
        One of :data:`FORMATS`.
    paths : sequence of path
        Files, folders (searched in depth) or patterns.
    options : Options, optional
    tell : function (done, total, label), optional
        Told of each file.

    Returns
    -------
    Imported
        Whatever could be read; its ledger says what was refused, with file and place.

    Raises
    ------
    UnknownNameError
        For another format.
    DataError
        If there is nothing under a path.
    """
    module = format_module(name)
    options = options or Options()
    into = Collector(options)
    found = list(find(paths, module.claims, into.left_file))
    for n, path in enumerate(found):
        if tell is not None:
            tell(n, len(found), path.name)
        try:
            module.read(path, into, options)
        except DataError as error:
            into.refuse_file(str(path), str(error), "repair or leave out the file")
        except OSError as error:
            into.refuse_file(str(path), error.strerror or str(error), "make the file readable")
    if tell is not None:
        tell(len(found), len(found), "names and units")
    from features.importing.resolution import resolve

    imported = resolve(into)
    imported.files = [str(path) for path in found]
    return imported
