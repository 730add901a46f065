"""Whose figures a score table holds: collections with licence and attribution line.

A dataset directory may say it in two files that are no part of the scores: ``sources.csv``
(``collection, prefix``: which collection a citation belongs to, by its beginning) and
``attribution.csv`` (``collection, licence, homepage, attribution``). Without them citations are
counted by the host they name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from features.errors import DataError
from features.table.score_table import ScoreTable

SOURCES, ATTRIBUTION = "sources.csv", "attribution.csv"
COLUMNS = ("collection", "cells", "licence", "homepage", "attribution")
#: what a report without a citation counts as
UNNAMED = "no source stated"


def attribution_of(table: ScoreTable, directory: Path | None = None) -> pd.DataFrame:
    """Return where the scores are from, the largest share first.

    Parameters
    ----------
    table : ScoreTable
    directory : path, optional
        Where ``sources.csv`` and ``attribution.csv`` may lie.

    Returns
    -------
    DataFrame
        `COLUMNS`; ``cells`` counts the cells with a report of the collection. What is not
        stated is empty.

    Raises
    ------
    DataError
        If one of the files lacks a column.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> from features.sources.shipped import shipped_path
    >>> found = attribution_of(load_leaderboard(), shipped_path("leaderboard"))
    >>> found[["collection", "cells", "licence"]].head(2).to_numpy().tolist()[0]
    ['HELM', 991, 'Apache-2.0 (HELM), MIT (tables)']
    """
    scores = table.scores
    source = scores["source"].fillna("").astype(str)
    prefixes = _read(directory, SOURCES, ("collection", "prefix"))
    said = _read(directory, ATTRIBUTION, ("collection", "licence", "homepage", "attribution"))
    of = {s: _collection(s, prefixes) for s in source.unique()}
    rows = scores[["model", "task"]].assign(collection=source.map(of)).drop_duplicates()
    cells = rows.groupby("collection").size().rename("cells").reset_index()
    cells = cells.sort_values(["cells", "collection"], ascending=[False, True])
    out = cells.merge(said, on="collection", how="left")
    return out[list(COLUMNS)].fillna("").reset_index(drop=True)


def _collection(source: str, prefixes: pd.DataFrame) -> str:
    if not source:
        return UNNAMED
    fitting = prefixes[[source.startswith(p) for p in prefixes["prefix"]]]
    if len(fitting):
        longest = fitting["prefix"].str.len().to_numpy().argmax()
        return str(fitting["collection"].iloc[longest])
    host = re.match(r"[a-z]+://([^/@\s]+@)?(?:www\.)?([^/:\s]+)", source)
    return host[2] if host else source if len(source) <= 60 else source[:59] + "…"


def _read(directory: Path | None, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    path = None if directory is None else directory / name
    if path is None or not path.is_file():
        return pd.DataFrame(columns=list(columns), dtype=str)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise DataError(f"{path}: the column {missing[0]} is missing; allowed: {columns}")
    return frame[list(columns)]
