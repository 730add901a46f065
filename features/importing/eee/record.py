"""What all results of an Every Eval Ever record share: model, source, library, day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from features.catalogue.normalise import normalise_name
from features.documents.json_files import as_object, as_text, key_path
from features.importing.long.values import day
from features.importing.shared.collector import Collector
from features.importing.shared.places import Place

#: normalised names of libraries under whose own names runs are kept -> format word
LIBRARIES = {
    "lm eval": "lm-eval",
    "lm evaluation harness": "lm-eval",
    "lm eval harness": "lm-eval",
    "helm": "helm",
    "crfm helm": "helm",
    "inspect ai": "inspect",
    "inspect": "inspect",
}
RELATIONS = {"first_party": "first_party", "third_party": "third_party"}
#: seconds since 1970 that can be the day of a run: 1990 to 2100
_TIMES = (6.3e8, 4.1e9)


class Record:
    """What all results of a record share.

    Parameters
    ----------
    doc : dict
        The record.
    file, model : str
    into : Collector

    Examples
    --------
    >>> doc = {"source_metadata": {"source_name": "HELM", "source_type": "evaluation_run",
    ...        "evaluator_relationship": "third_party"}, "eval_library": {"name": "crfm-helm"},
    ...        "evaluation_timestamp": "1717200000"}
    >>> record = Record(doc, "one.json", "our-7b", Collector())
    >>> record.harness, record.source, record.reported_by, record.date
    ('helm', 'HELM', 'third_party', '2024-06-01')
    """

    def __init__(self, doc: dict[str, Any], file: str, model: str, into: Collector) -> None:
        self.file, self.model, self.into = file, model, into
        meta = as_object(doc.get("source_metadata"))
        relation = as_text(meta.get("evaluator_relationship"))
        self.reported_by = RELATIONS.get(relation, "unknown")
        names = [as_text(meta.get("source_name")), as_text(meta.get("source_organization_name"))]
        url = as_text(meta.get("source_organization_url"))
        self.source = ", ".join(dict.fromkeys(n for n in (*names, url) if n))
        library = as_object(doc.get("eval_library"))
        name, version = as_text(library.get("name")), as_text(library.get("version"))
        known = "" if version.casefold() == "unknown" else version
        made_with = "" if name.casefold() == "unknown" else f"{name} {known}".strip()
        ran = as_text(meta.get("source_type")) == "evaluation_run"
        # a leaderboard's own words are no names of the library, whatever it ran
        self.harness = LIBRARIES.get(normalise_name(name), "eee") if ran else "eee"
        self.said = [w for w in (relation if relation not in RELATIONS else "", made_with) if w]
        self.date = self.day_of(doc.get("evaluation_timestamp"), ("evaluation_timestamp",))

    def place(self, *keys: str | int) -> Place:
        """Return a place in the record."""
        return Place(self.file, key_path(*keys))

    def day_of(self, value: Any, at: tuple[str | int, ...]) -> str | None:
        """Return the day of a time stamp: seconds since 1970 (as text, too), or ISO 8601."""
        text = str(value).strip() if isinstance(value, int | float | str) else ""
        if not text or isinstance(value, bool):
            return None
        try:
            seconds = float(text)
        except ValueError:
            try:
                return day(text)
            except ValueError as error:
                self.into.note(self.place(*at), text, f"the time {error.args[0]}; left unknown")
                return None
        if not _TIMES[0] < seconds < _TIMES[1]:
            self.into.note(self.place(*at), text, "no seconds since 1970; left unknown")
            return None
        return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).date().isoformat()
