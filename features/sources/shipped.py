"""The data sets that are shipped with benchcast, by name.

A shipped data set is a dataset directory among the package's files, with a ``CARD.md`` that
says how it was compiled. Its licences stand in ``DATA_LICENSE.md`` at the top of the repository.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import unknown_name

if TYPE_CHECKING:
    from features.table.score_table import ScoreTable

#: name -> directory within this package
SHIPPED: dict[str, str] = {"leaderboard": "leaderboard"}


def shipped_path(name: str) -> Path:
    """Return the directory of a shipped data set.

    Parameters
    ----------
    name : str
        One of the names in `SHIPPED`.

    Returns
    -------
    pathlib.Path
        An existing dataset directory. Treat it as read-only: it belongs to the installation.

    Raises
    ------
    UnknownNameError
        If no data set of this name is shipped; near misses are suggested.
    """
    if name not in SHIPPED:
        raise unknown_name("shipped data set", name, list(SHIPPED))
    return Path(str(resources.files("features"))) / SHIPPED[name]


def load_leaderboard(name: str = "leaderboard") -> ScoreTable:
    """Load a shipped leaderboard.

    Parameters
    ----------
    name : str, default "leaderboard"
        One of the names in `SHIPPED`.

    Returns
    -------
    ScoreTable
        One row per published score in its task's own unit (most tasks: points, 0-100, higher
        is better), with the factors of models and tasks.

    Raises
    ------
    UnknownNameError
        If no data set of this name is shipped.

    Examples
    --------
    >>> table = load_leaderboard()
    >>> table.n_cells
    3275
    """
    from features.dataset.read import read_dataset

    return read_dataset(shipped_path(name))
