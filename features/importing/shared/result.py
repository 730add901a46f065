"""The outcome of an import: a table, and what was done to get it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.ledger import Ledger
from features.table.score_table import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from features.table.item_outcomes import ItemOutcomes

NAME_COLUMNS = ("kind", "given", "name", "why")
CONFLICT_COLUMNS = ("kind", "name", "factor", "value", "source", "chosen")


@dataclass
class Imported:
    """What an import found, with names and units settled.

    Attributes
    ----------
    scores : DataFrame
        Standard columns, one row per report, each score in its task's unit.
    models, tasks : DataFrame
        Factors, indexed by id.
    ledger : Ledger
        What became of every score and file.
    names : DataFrame
        ``kind`` (model, task), ``given``, ``name``, ``why``: what the catalogue mapped.
    conflicts : DataFrame
        ``kind, name, factor, value, source, chosen``: factors that sources disagree about.
    items : ItemOutcomes or None
    files : list of str
        Files that were read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from features.importing.run import import_paths
    >>> _ = Path("m.csv").write_text("model,MMLU (%),Average\\nLlama-2-13b,55.7,55.7\\n")
    >>> found = import_paths("wide", ["m.csv"])
    >>> counts = found.ledger.counts()
    >>> counts["kept"], counts["set_aside"], found.names["name"].tolist(), found.table().n_cells
    (1, 1, ['Llama 2 13B'], 1)
    """

    scores: pd.DataFrame
    models: pd.DataFrame
    tasks: pd.DataFrame
    ledger: Ledger
    names: pd.DataFrame
    conflicts: pd.DataFrame
    items: ItemOutcomes | None = None
    files: list[str] = field(default_factory=list)

    def table(self, name: str = "imported") -> ScoreTable:
        """Return the scores and factors as a table.

        Raises
        ------
        DataError
            If a score or factor is faulty (a format should have refused it).
        """
        return ScoreTable(self.scores, self.models, self.tasks, name=name, ledger=self.ledger)
