"""What an analysis found: one shape for all, so that it can be recorded, read back and drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.errors import DataError


@dataclass(frozen=True)
class Analysis:
    """Tables and findings of one analysis.

    Attributes
    ----------
    name : str
        ``importance``, ``influence``, ``replay``, ``sparsity`` or ``structure``.
    tables : dict of str to DataFrame
        Tidy; columns and units are those of the function that made it.
    notes : list of str
        Sentences for people: what was found, then what limits it.
    settings : dict
        What it was asked for: seed, sizes, folds.
    complete : bool
        False if the budget ran out before all that was asked for was done.
    seconds : float
        Computing time.
    fingerprint : str
        Of the score table.

    Examples
    --------
    >>> found = Analysis("sparsity", {"errors": pd.DataFrame({"share": [0.5], "mae": [3.0]})})
    >>> Analysis.from_dict(found.to_dict()).tables["errors"]["mae"].tolist()
    [3.0]
    """

    name: str
    tables: dict[str, pd.DataFrame]
    notes: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    complete: bool = True
    seconds: float = 0.0
    fingerprint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values; NaN and infinities become None."""
        return {
            "name": self.name,
            "notes": list(self.notes),
            "settings": json_values(self.settings),
            "complete": self.complete,
            "seconds": round(self.seconds, 3),
            "fingerprint": self.fingerprint,
            "tables": {
                name: {
                    "columns": [str(c) for c in frame.columns],
                    "numbers": [
                        str(c) for c in frame.columns if pd.api.types.is_float_dtype(frame[c])
                    ],
                    "rows": json_values(frame.astype(object).to_numpy().tolist()),
                }
                for name, frame in self.tables.items()
            },
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Analysis:
        """Read back what :meth:`to_dict` gave; raises DataError for anything else."""
        try:
            tables = {}
            for name, table in document["tables"].items():
                frame = pd.DataFrame(table["rows"], columns=table["columns"])
                # a column of gaps alone comes back as objects
                tables[name] = frame.astype(dict.fromkeys(table["numbers"], float))
            return cls(
                name=str(document["name"]),
                tables=tables,
                notes=[str(note) for note in document["notes"]],
                settings=dict(document["settings"]),
                complete=bool(document["complete"]),
                seconds=float(document["seconds"]),
                fingerprint=str(document["fingerprint"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"this is not a recorded analysis ({type(error).__name__}: {error}); make it again "
                "with `benchcast analyse`"
            ) from error


def json_values(value: Any) -> Any:
    """Return `value` with only what JSON has; NaN and infinities become None."""
    if isinstance(value, Mapping):
        return {str(k): json_values(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [json_values(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NaT or value is pd.NA:
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value
