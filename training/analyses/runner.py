"""Runs analyses: which there are, how long each may take, and where an interrupted one goes on.

A unit of work that is done is kept in ``<home>/analyses/<digest>/<name>.jsonl``; the digest
is of the data, the settings and the version, so that nothing is taken for something else.
The file goes when its analysis is recorded and complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from features.errors import ConfigError, unknown_name
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis
from training.analyses.work import Tell, Work
from training.persistence.environment import package_version
from training.tracking import locations

#: name -> what it asks; in the order in which a report tells them
ANALYSES: dict[str, str] = {
    "importance": "which design factors the scores follow",
    "structure": "which models and tasks go together, and which benchmarks are redundant",
    "influence": "which models and tasks the other predictions rest on",
    "sparsity": "how the error grows as scores go missing",
    "ageing": "how well later models are predicted from older data",
    "replay": "how quickly chosen scores lower the error of a new model",
}
FOLDER = "analyses"


def check_names(names: Iterable[str]) -> list[str]:
    """Return the named analyses in the order of `ANALYSES`; all if none is named.

    Raises
    ------
    UnknownNameError
        For one that does not exist.

    Examples
    --------
    >>> check_names(["replay", "importance"])
    ['importance', 'replay']
    """
    asked = list(names)
    for name in asked:
        if name not in ANALYSES:
            raise unknown_name("analysis", name, list(ANALYSES))
    return [name for name in ANALYSES if name in asked or not asked]


def analyse(name: str, table: ScoreTable, *, work: Work, seed: int = 0, sampled: bool) -> Analysis:
    """Run one analysis by name; its module is imported only now.

    Raises
    ------
    UnknownNameError
        For a name that does not exist.
    DataError
        If the table is too small for it.
    """
    check_names([name])
    function = getattr(import_module(f"training.analyses.{name}"), f"analyse_{name}")
    return function(table, work=work, seed=seed, sampled=sampled)


def run_analyses(
    table: ScoreTable,
    names: Iterable[str] = (),
    *,
    budget: float | None = None,
    jobs: int = 1,
    seed: int = 0,
    sampled: bool = False,
    folder: Path | None = None,
    tell: Tell | None = None,
    take: Callable[[Analysis], None] | None = None,
) -> dict[str, Analysis]:
    """Run analyses one after the other.

    Parameters
    ----------
    table : ScoreTable
        The snapshot.
    names : iterable of str
        Of `ANALYSES`; all if none is named.
    budget : float, optional
        Seconds of each analysis after which no further unit of work is begun.
    jobs : int
        Processes; the results do not depend on it.
    seed : int
        Of every draw.
    sampled : bool
        Whether quick versions are wanted, of about half a minute each.
    folder : path, optional
        Where results of units are kept, so that an interrupted run goes on; by default
        they are not.
    tell : callable, optional
        Told (units done, units in all, what) as work goes on.
    take : callable, optional
        Given each analysis as soon as it is done, to record it: what is kept of it is
        removed after that, if it is complete.

    Returns
    -------
    dict of str to Analysis

    Raises
    ------
    UnknownNameError, ConfigError
        For an analysis that does not exist, or a budget below 0.
    DataError
        If the table is too small for one of them.
    """
    if budget is not None and not budget >= 0:
        raise ConfigError(f"budget must be 0 seconds or more, got {budget}")
    found: dict[str, Analysis] = {}
    for name in check_names(names):
        kept = None if folder is None else folder / f"{name}.jsonl"
        work = Work(budget=budget, kept=kept, jobs=jobs, tell=_named(tell, name))
        found[name] = analyse(name, table, work=work, seed=seed, sampled=sampled)
        if take is not None:
            take(found[name])
            if kept is not None and found[name].complete:
                _remove(kept)
    return found


def kept_folder(table: ScoreTable, *, seed: int, sampled: bool, root: Path | None = None) -> Path:
    """Return where units of these data and settings are kept, below `root` or the home.

    Examples
    --------
    >>> from features import load_leaderboard
    >>> table = load_leaderboard()
    >>> a, b = (kept_folder(table, seed=s, sampled=False, root=Path("x")) for s in (0, 1))
    >>> a.parent.as_posix(), a == b
    ('x/analyses', False)
    """
    said = [table.fingerprint, seed, sampled, package_version()]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
    return (locations.home() if root is None else root) / FOLDER / digest


def _named(tell: Tell | None, name: str) -> Tell | None:
    if tell is None:
        return None
    return lambda done, total, what: tell(done, total, f"{name}: {what}" if what else name)


def _remove(kept: Path) -> None:
    kept.unlink(missing_ok=True)
    for folder in (kept.parent, kept.parent.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
