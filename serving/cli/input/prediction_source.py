"""Where predictions come from: the champion, or a predictor fitted for this answer only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from serving.cli.input.dataset_argument import DEFAULT_DATA, load, snapshot
from serving.engine.champion import Champion, find_champion, short

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor
    from features.table.score_table import ScoreTable
    from serving.cli.output.console import Console


@dataclass(frozen=True, eq=False)
class Source:
    """The champion, or the data that the preset `fast` is fitted on.

    It is a :class:`serving.answers.state.State`.

    Attributes
    ----------
    console : Console
        Shows that a fit is under way.
    champion : Champion or None
    table : ScoreTable or None
        What is fitted if there is no champion for it.
    """

    console: Console
    champion: Champion | None = None
    table: ScoreTable | None = None

    @cached_property
    def predictor(self) -> Predictor:
        """The predictor; it is loaded or fitted when it is first asked for."""
        if self.champion is not None:
            return self.champion.predictor()
        import cpp

        with self.console.progress(f"fitting {self._quick}"):
            return cpp.make_predictor(self._quick).fit(self._data)

    @cached_property
    def known(self) -> ScoreTable:
        """A table with the known tasks, their scales, and the factors of the data.

        It says what may be given of a new model; faults are found before anything is fitted.
        """
        if self.table is not None:
            return self.table
        from serving.cli.input.new_rows import frame_of

        return frame_of(self.predictor)

    @property
    def task_factors(self) -> pd.DataFrame:
        """Factors of the known tasks; those of data that are still to be fitted, too."""
        return self.predictor.data_.task_factors if self.table is None else self.table.tasks

    @property
    def about(self) -> dict[str, Any]:
        """Where the predictor is from, for machines."""
        if self.champion is not None:
            return {"source": "champion", **self.champion.to_dict()}
        table = self._data
        return {"source": "fitted", "predictor": self._quick, "data": snapshot(table)}

    @property
    def text(self) -> str:
        """The same for people, in one line: predictor, version, snapshot."""
        if self.champion is not None:
            return self.champion.describe()
        table = self._data
        state = snapshot(table)
        date = state["newest_score"] or state["retrieved"]
        dated = f", newest score {date}" if date else ""
        return (
            f"{self._quick}, fitted for this answer only on {table.name} "
            f"({table.n_cells} cells{dated}, fingerprint {short(table.fingerprint)})"
        )

    @property
    def _data(self) -> ScoreTable:
        if self.table is None:
            raise ValueError("a source without a champion needs a table to fit")
        return self.table

    @property
    def _quick(self) -> str:
        import cpp

        return cpp.rung_name("fast")


def choose_source(
    console: Console, data: str | None, home: str | None, tracking_uri: str | None
) -> Source:
    """Return the champion, or the data to fit when there is no champion for it.

    Nothing is registered, and no store is made. It is told as a note when the answer is
    not the champion's.
    """
    from features.store.database.address import hide_password
    from serving.config.run_settings import Settings

    champion = find_champion(Settings.load(home=home, tracking_uri=tracking_uri))
    if data is None and champion is not None:
        return Source(console, champion)
    table = load(data or DEFAULT_DATA, console)
    if champion is not None and champion.fingerprint == table.fingerprint:
        return Source(console, champion)
    shown = hide_password(data or DEFAULT_DATA)
    keeps = f"with the preset fast; `benchcast train --data {shown}` gives best"
    if champion is None:
        console.note(f"there is no champion yet, so this is fitted for the answer only, {keeps}")
    else:
        console.note(
            f"champion version {champion.info.version} was trained on other data "
            f"({champion.info.data_name}, fingerprint {short(champion.fingerprint)}; this is "
            f"{table.name}, {short(table.fingerprint)}), so this is fitted for the answer only, "
            f"{keeps}"
        )
    return Source(console, table=table)
