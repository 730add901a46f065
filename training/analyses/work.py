"""Costly work in units: each is done once, kept, and not begun when the time is used up."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from features.errors import DataError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis, json_values

#: told (units done, units in all, what)
Tell = Callable[[int, int, str], None]


class Work:
    """Runs the units of an analysis.

    Parameters
    ----------
    budget : float, optional
        Seconds after which no further unit is begun; by default there is no limit.
    kept : path, optional
        File in which results are kept, a line of JSON each, so that an interrupted analysis
        goes on where it stopped. Whoever names it must name another one for other data or
        settings. A line that was cut off by a crash is done again.
    jobs : int
        Processes; the results do not depend on it.
    tell : callable, optional
        Told (done, in all, what) after each unit.

    Attributes
    ----------
    complete : bool
        False once a unit was not begun for lack of time.

    Examples
    --------
    >>> work = Work()
    >>> work.run(divmod, {"a": (7, 2), "b": (9, 4)})
    {'a': [3, 1], 'b': [2, 1]}
    """

    def __init__(
        self,
        *,
        budget: float | None = None,
        kept: str | os.PathLike[str] | None = None,
        jobs: int = 1,
        tell: Tell | None = None,
    ) -> None:
        self.budget = budget
        self.kept = None if kept is None else Path(kept)
        self.jobs = jobs
        self.tell = tell
        self.complete = True
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since this was made."""
        return time.monotonic() - self._began

    def analysis(
        self,
        name: str,
        table: ScoreTable,
        tables: dict[str, pd.DataFrame],
        notes: list[str],
        settings: dict[str, Any],
    ) -> Analysis:
        """Return what this work found on a score table."""
        return Analysis(
            name, tables, notes, settings, self.complete, self.seconds, table.fingerprint
        )

    def run(
        self, function: Callable[..., Any], units: Mapping[str, tuple[Any, ...]], *, what: str = ""
    ) -> dict[str, Any]:
        """Return ``function(*arguments)`` of each unit that was done, in the order of `units`.

        Parameters
        ----------
        function : callable
            Of a module, its results JSON values: with several jobs both are sent to and fro.
        units : mapping of str to tuple
            Arguments by name. The names are kept with the results and must say what the
            arguments are; the most telling come first, since the last may not be reached.
        what : str
            What is being done, for who watches; stands before the names in the file.

        Raises
        ------
        DataError
            If the file with kept results cannot be read or written.
        """
        done = self._read(what)
        found = {key: done[key] for key in units if key in done}
        left = [key for key in units if key not in found]
        self._report(len(found), len(units), what)
        step = max(1, joblib.effective_n_jobs(self.jobs)) if left else 1
        for start in range(0, len(left), step):
            if self.budget is not None and self.seconds >= self.budget:
                self.complete = False
                break
            some = left[start : start + step]
            for key, value in zip(some, self._do(function, [units[k] for k in some]), strict=True):
                found[key] = json_values(value)
                self._keep(what, key, found[key])
            self._report(len(found), len(units), what)
        return {key: found[key] for key in units if key in found}

    def _do(self, function: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
        if len(arguments) == 1 or self.jobs == 1:
            return [function(*a) for a in arguments]
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(n_jobs=len(arguments))
            return list(parallel(joblib.delayed(function)(*a) for a in arguments))

    def _report(self, done: int, total: int, what: str) -> None:
        if self.tell is not None:
            self.tell(done, total, what)

    # -- what is kept ----------------------------------------------------------------------

    def _read(self, what: str) -> dict[str, Any]:
        if self.kept is None or not self.kept.exists():
            return {}
        try:
            lines = self.kept.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{self.kept}: kept results cannot be read: {error}") from error
        out = {}
        for line in lines:
            try:
                whose, key, value = json.loads(line)
            except ValueError:
                continue  # empty, or cut off by a crash: that unit is done again
            if whose == what:
                out[key] = value
        return out

    def _keep(self, what: str, key: str, value: Any) -> None:
        if self.kept is None:
            return
        try:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            with open(self.kept, "a", encoding="utf-8") as file:
                # a line of its own even after one that was cut off
                file.write("\n" + json.dumps([what, key, value]) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DataError(f"{self.kept}: results cannot be kept: {error}") from error
