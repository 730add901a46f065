"""One finding for the many scores of a file that one rule leaves out."""

from __future__ import annotations

from features.importing.shared.clean_names import shown
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place


class Asides:
    """Gathers the scores of one file that rules leave out.

    A run has up to a hundred and fifty figures beside its headline, and an aggregate dozens of
    parts: each is counted, but the ledger names the first of each rule only.

    Parameters
    ----------
    file : str

    Examples
    --------
    >>> into, asides = Collector(), Asides("results.json")
    >>> for key in ("bleu_acc", "bleu_diff", "rouge1_acc"):
    ...     asides.add(f"results.truthfulqa.{key}", "truthfulqa", "beside the headline metric")
    >>> asides.tell(into)
    >>> into.ledger.counts()["set_aside"], len(into.ledger.entries)
    (3, 1)
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._by_rule: dict[str, tuple[str, str, int, int]] = {}

    def add(self, at: str, name: str, rule: str, scores: int = 1) -> None:
        """Take something that `rule` leaves out, `scores` scores in all."""
        place, first, named, total = self._by_rule.get(rule, (at, name, 0, 0))
        self._by_rule[rule] = place, first, named + 1, total + scores

    def tell(self, into: Collector) -> None:
        """Hand everything to the ledger, and forget it."""
        for rule, (at, first, named, total) in self._by_rule.items():
            more = f" and {named - 1} more" if named > 1 else ""
            place = Place(self._file, at)
            into.ledger.rows_in += total
            told = first + more, shown(rule)
            into.ledger.add("set_aside", place.file, None, *told, place=place.path, rows=total)
        self._by_rule = {}
