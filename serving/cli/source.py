"""Where predictions come from: the champion, or a predictor fitted for this answer only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.cli.champion import Champion, find_champion
from serving.cli.data import DEFAULT_DATA, load, short, snapshot

if TYPE_CHECKING:
    from cpp import Predictor
    from features.table import ScoreTable
    from serving.cli.console import Console
    from serving.settings import Settings


@dataclass(frozen=True)
class Source:
    """A fitted predictor and where it is from.

    Attributes
    ----------
    predictor : Predictor
    kind : {"champion", "fitted"}
    text : str
        In one line for people: predictor, version, snapshot.
    about : dict
        The same for machines.
    """

    predictor: Predictor
    kind: str
    text: str
    about: dict[str, Any]


def choose(settings: Settings, data: str | None, console: Console) -> Source:
    """Return the champion, or fit the default predictor when there is none for this data.

    Nothing is registered, and no store is made. It is told as a note when the answer is
    not the champion's.
    """
    champion = find_champion(settings)
    if data is None and champion is not None:
        return _of(champion)
    table = load(data or DEFAULT_DATA, console)
    if champion is not None and champion.fingerprint == table.fingerprint:
        return _of(champion)
    keeps = f"`benchcast train --data {data or DEFAULT_DATA}` keeps one"
    if champion is None:
        console.note(f"there is no champion yet, so this is fitted for the answer only; {keeps}")
    else:
        console.note(
            f"champion version {champion.info.version} was trained on other data "
            f"({champion.info.data_name}, fingerprint {short(champion.fingerprint)}; this is "
            f"{table.name}, {short(table.fingerprint)}), so this is fitted for the answer only; "
            f"{keeps}"
        )
    return fitted(table, console)


def _of(champion: Champion) -> Source:
    about = {"source": "champion", **champion.to_dict()}
    return Source(champion.predictor(), "champion", champion.describe(), about)


def fitted(table: ScoreTable, console: Console) -> Source:
    """Fit the default predictor on all of `table`."""
    import cpp

    name = cpp.DEFAULT_PREDICTOR
    with console.progress(f"fitting {name}"):
        predictor = cpp.make_predictor(name).fit(table)
    state = snapshot(table)
    date = state["newest_score"] or state["retrieved"]
    dated = f", newest score {date}" if date else ""
    text = (
        f"{name}, fitted for this answer only on {table.name} ({table.n_cells} cells{dated}, "
        f"fingerprint {short(table.fingerprint)})"
    )
    about = {"source": "fitted", "predictor": name, "data": state}
    return Source(predictor, "fitted", text, about)
