"""Factors of many models from paths that a person names; and into a dataset directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from features.catalogue.catalogue import Catalogue
from features.dataset.factors_csv import factors
from features.errors import DataError
from features.factors.sources.config_json import from_config
from features.factors.sources.merge import CONFLICT_COLUMNS, merge_factors, rank
from features.factors.sources.model_card import from_card
from features.factors.sources.model_folder import from_folder, model_name
from features.factors.sources.name_facts import from_name
from features.factors.sources.safetensors_header import from_weights
from features.formats.csv_files import read_csv
from features.ledger import Ledger
from features.table.schema import MODEL_FACTORS

Statements = list[tuple[str, dict[str, Any]]]
#: source of what a dataset has and no file explains
OWN = "the dataset"


@dataclass(frozen=True)
class Gathered:
    """Factors of models.

    Attributes
    ----------
    models : DataFrame
        Chosen factors, indexed by model.
    sources : dict
        (model, factor) to the source of the chosen value.
    conflicts : DataFrame
        What sources disagree about (see :func:`~features.factors.sources.merge_factors`).
    said : dict
        Model to all that was said of it.

    Examples
    --------
    >>> _ = Path("mine.csv").write_text("model,params\\nour-7b,6.7e9\\n")
    >>> found = gather(["mine.csv"])
    >>> float(found.models.loc["our-7b", "params"]), found.sources["our-7b", "params"]
    (6700000000.0, 'csv: mine.csv')
    """

    models: pd.DataFrame
    sources: dict[tuple[str, str], str]
    conflicts: pd.DataFrame
    said: Mapping[str, Statements]


def gather(
    paths: Iterable[str | os.PathLike[str]], *, name: str = "", catalogue: Catalogue | None = None
) -> Gathered:
    """Read factors from model folders, single files and CSVs.

    Parameters
    ----------
    paths : iterable of path
        A folder of one model, ``config.json``, a model card (``.md``), ``*.safetensors`` or their
        index, or a CSV with a column ``model``.
    name : str, optional
        Of the model, where all paths are of one.
    catalogue : Catalogue, optional
        Models go by its ids where it knows them for sure.

    Raises
    ------
    DataError
        If a path is not there, is none of these, or has faults.
    """
    said: dict[str, Statements] = {}

    def canonical(given: str) -> str:
        match = catalogue.model(given) if catalogue is not None else None
        return match.model if match is not None else given

    def based(factors: dict[str, Any]) -> dict[str, Any]:
        base = factors.get("base_model")
        return {**factors, "base_model": canonical(base)} if base else factors

    for each in paths:
        path = Path(each)
        if path.name.casefold().endswith((".csv", ".csv.gz")):
            for model, factors in from_csv(path).items():
                said.setdefault(canonical(model), []).append((f"csv: {path.name}", based(factors)))
            continue
        given = name or model_name(path if path.is_dir() else path.absolute().parent)
        statements = _of_path(path, given, catalogue)
        known = said.setdefault(canonical(given), [])
        known.extend((w, based(f)) for w, f in statements if (w, based(f)) not in known)
    return combined(said)


def _of_path(path: Path, name: str, catalogue: Catalogue | None) -> Statements:
    if path.is_dir():
        return from_folder(path, name=name, catalogue=catalogue)
    if not path.exists():
        raise DataError(f"{path} is not there; name a model's folder, a file of it, or a CSV")
    if path.suffix == ".md":
        said: Statements = [(f"card: {path.name}", from_card(path))]
    elif path.name.endswith((".safetensors", ".safetensors.index.json")):
        said = [(f"weights: {path.name}", from_weights(path))]
    elif path.suffix == ".json":
        said = [(f"config: {path.name}", from_config(path))]
    else:
        raise DataError(
            f"{path}: not a source of factors; name a model's folder, its config.json, README.md "
            "or safetensors file, or a CSV with a column 'model'"
        )
    return [*said, ("name", from_name(name, catalogue))]


def combined(said: Mapping[str, Statements], *, in_order: bool = False) -> Gathered:
    """Choose one value per model and factor from what is said of each model."""
    chosen: dict[str, dict[str, Any]] = {}
    sources: dict[tuple[str, str], str] = {}
    told = []
    for model, statements in said.items():
        ranked = statements if in_order else sorted(statements, key=lambda s: rank(s[0]))
        chosen[model], conflicts = merge_factors(ranked, name=model, in_order=True)
        told.append(conflicts)
        for source, facts in reversed(ranked):
            sources.update({(model, f): source for f in facts if f in chosen[model]})
    columns = {f for factors in chosen.values() for f in factors}
    order = [f for f in MODEL_FACTORS if f in columns] + sorted(columns - set(MODEL_FACTORS))
    frame = pd.DataFrame(index=pd.Index(sorted(chosen), name="model", dtype="str"))
    for factor in order:
        frame[factor] = pd.Series({m: f.get(factor) for m, f in chosen.items()}, dtype=object)
    empty = pd.DataFrame(columns=list(CONFLICT_COLUMNS))
    conflicts = pd.concat(told, ignore_index=True) if told else empty
    return Gathered(frame, sources, conflicts, said)


def without_names(gathered: Gathered) -> Gathered:
    """Return what is worth keeping: all but readings of names.

    Names are read anyway where a factor is unknown (:func:`features.derive_models`); as a fact in
    a dataset a rounded size would stand in the way of the true one.
    """
    said = {
        model: [(source, factors) for source, factors in each if rank(source) != rank("name")]
        for model, each in gathered.said.items()
    }
    return combined(said)


def add_to_directory(gathered: Gathered, path: str | os.PathLike[str]) -> tuple[int, list[str]]:
    """Fill the unknown factors of a dataset directory's models; not from names alone.

    What stands there stays; what differs goes to ``conflicts.csv`` beside it. Models that the
    dataset does not have are left out.

    Returns
    -------
    n_filled : int
        Values that were unknown and are known now.
    left_out : list of str
        Models that the dataset does not have.

    Raises
    ------
    DataError
        If the directory cannot be read. Nothing is changed then.
    """
    from features.dataset.read import read_dataset
    from features.dataset.write import csv_bytes, write_dataset
    from features.importing.directory import CONFLICTS_FILE
    from features.table.score_table import ScoreTable

    path = Path(path)
    old = read_dataset(path)
    here = [m for m in gathered.models.index if m in old.models.index]
    gathered = without_names(gathered)
    said: dict[str, Statements] = {}
    for model in here:
        own = {str(f): v for f, v in old.models.loc[model].items() if not pd.isna(v)}
        said[model] = _behind(own, sorted(gathered.said[model], key=lambda s: rank(s[0])))
    both = combined(said, in_order=True)
    models = old.models.astype(object).combine_first(both.models.astype(object))
    order = [*old.models.columns, *(c for c in both.models.columns if c not in old.models.columns)]
    n_filled = int(models.notna().sum().sum() - old.models.notna().sum().sum())
    table = ScoreTable(old.scores, models[order], old.tasks, name=old.name, meta=old.meta)
    beside = {}
    if len(both.conflicts):
        frame = pd.concat(
            [_recorded_conflicts(path / CONFLICTS_FILE), both.conflicts.astype("str")]
        )
        frame = frame.drop_duplicates().sort_values(list(CONFLICT_COLUMNS))
        beside[CONFLICTS_FILE] = csv_bytes(frame, CONFLICTS_FILE)
    write_dataset(table, path, overwrite=True, beside=beside)
    return n_filled, sorted(set(gathered.models.index) - set(here))


def _behind(own: dict[str, Any], statements: Statements) -> Statements:
    """Return `statements` behind what a dataset has; a source that says the same stands for it.

    So a value that came from a source keeps it, and adding the same again changes nothing.
    """
    first: Statements = []
    used: set[tuple[int, str]] = set()
    for factor, value in own.items():
        same = next(
            (i for i, (_, f) in enumerate(statements) if factor in f and f[factor] == value), None
        )
        if same is not None:
            used.add((same, factor))
        first.append((statements[same][0] if same is not None else OWN, {factor: value}))
    rest = [
        (source, {f: v for f, v in factors.items() if (i, f) not in used})
        for i, (source, factors) in enumerate(statements)
    ]
    return [*first, *rest]


def from_csv(path: str | os.PathLike[str], *, key: str = "model") -> dict[str, dict[str, Any]]:
    """Return the factors of a CSV by model (or task).

    Parameters
    ----------
    path : path
        With a column `key`; the others are factors, in standard types where their names are
        standard ones. Empty means unknown.
    key : {"model", "task"}

    Raises
    ------
    DataError
        If the file cannot be read, or any value in it is faulty; all faults are named.
    """
    ledger = Ledger()
    raw = read_csv(Path(path), Path(path).name, ledger, required=(key,))
    frame = factors(raw, key, ledger) if raw is not None else pd.DataFrame()
    if ledger.failed or raw is None:
        faults = "\n".join(f"  {e}" for e in ledger.of("refused")[:10])
        raise DataError(f"{path} has faults:\n{faults}", ledger)
    rows = {str(name): row for name, row in frame.iterrows()}
    return {name: {f: v for f, v in row.items() if not pd.isna(v)} for name, row in rows.items()}


def _recorded_conflicts(path: Path) -> pd.DataFrame:
    """Return the conflicts that a file has already."""
    ledger = Ledger()
    raw = read_csv(path, path.name, ledger, required=CONFLICT_COLUMNS) if path.is_file() else None
    if ledger.failed:
        raise DataError(f"{ledger.of('refused')[0]}; repair {path} or take it away", ledger)
    return pd.DataFrame(raw.columns if raw else {}, columns=list(CONFLICT_COLUMNS), dtype="str")
