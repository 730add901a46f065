"""The ledger: what became of every row that was read.

Rows in = kept + merged (exact repeats) + set aside by rule + refused (faulty). Only
refused rows are a failure; notes keep the data and tell what was noticed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

OUTCOMES = ("merged", "set_aside", "refused", "note")


@dataclass(frozen=True)
class Entry:
    """One finding.

    Attributes
    ----------
    outcome : {"merged", "set_aside", "refused", "note"}
        What became of the row; a ``note`` changes nothing.
    file : str
        File the row stands in, relative to the dataset directory.
    line : int or None
        Line of the file, 1-based, the header is line 1; ``None`` if it is about the file.
    value : str
        The offending value as it was read (shortened), or ``""``.
    reason : str
        Why.
    remedy : str
        What the person can do.
    place : str
        Where in the file, if it has no lines: a key path such as ``results.mmlu.acc``.

    Examples
    --------
    >>> print(Entry("refused", "scores.csv", 12, "7x", "no number", "correct it"))
    scores.csv, line 12: '7x': no number (correct it)
    """

    outcome: str
    file: str
    line: int | None
    value: str
    reason: str
    remedy: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome must be one of {OUTCOMES}, got {self.outcome!r}")

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        where += f", {self.place}" if self.place else ""
        value = f": {self.value!r}" if self.value else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{where}{value}: {self.reason}{remedy}"


@dataclass
class Ledger:
    """Counts of score rows and the findings behind them.

    Attributes
    ----------
    rows_in, kept : int
        Score rows read, and score rows that stand in the table.
    entries : list of Entry
        Findings in the order they were made.

    Examples
    --------
    >>> ledger = Ledger(rows_in=3, kept=2)
    >>> ledger.add("refused", "scores.csv", 4, "7x", "no number", "correct it", score_row=True)
    >>> ledger.failed, ledger.counts(), ledger.adds_up()
    (True, {'rows_in': 3, 'kept': 2, 'merged': 0, 'set_aside': 0, 'refused': 1}, True)
    """

    rows_in: int = 0
    kept: int = 0
    entries: list[Entry] = field(default_factory=list)
    row_outcomes: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        outcome: str,
        file: str,
        line: int | None,
        value: object,
        reason: str,
        remedy: str = "",
        *,
        place: str = "",
        score_row: bool = False,
        rows: int = 0,
    ) -> None:
        """Record a finding.

        `score_row` counts it as one row of the scores file, `rows` as so many.
        """
        text = str(value)
        if len(text) > 80:
            text = text[:77] + "..."
        self.entries.append(Entry(outcome, file, line, text, reason, remedy, place))
        if score_row or rows:
            self.row_outcomes[outcome] += rows or 1

    def of(self, outcome: str) -> list[Entry]:
        """Return the findings with that outcome."""
        return [e for e in self.entries if e.outcome == outcome]

    @property
    def failed(self) -> bool:
        """Whether anything was refused."""
        return any(e.outcome == "refused" for e in self.entries)

    def counts(self) -> dict[str, int]:
        """Return the score-row counts; ``rows_in`` is the sum of the other four."""
        outcome = self.row_outcomes
        return {
            "rows_in": self.rows_in,
            "kept": self.kept,
            "merged": outcome["merged"],
            "set_aside": outcome["set_aside"],
            "refused": outcome["refused"],
        }

    def adds_up(self) -> bool:
        """Whether rows in = kept + merged + set aside + refused."""
        c = self.counts()
        return c["rows_in"] == c["kept"] + c["merged"] + c["set_aside"] + c["refused"]

    def to_dict(self) -> dict[str, object]:
        """Return counts and findings as plain JSON values."""
        return {"counts": self.counts(), "findings": [asdict(e) for e in self.entries]}
