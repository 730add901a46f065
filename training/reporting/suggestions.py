"""What to evaluate next, for a report: probes for new models, and cells that help the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from cpp import Predictor

#: measurements that are suggested
PROBES, CELLS = 10, 15


def suggestions(predictor: Predictor) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return what is worth measuring next, every measurement counting the same cost.

    Parameters
    ----------
    predictor : Predictor
        Fitted.

    Returns
    -------
    (dict of str to DataFrame, list of str)
        ``probes`` and ``cells``, each the ``frame`` of a :class:`cpp.acquisition.Choice`; and
        what the figures rest on, in words.

    Raises
    ------
    DataError
        If the predictor has no factorisation to ask, or nothing to choose from.

    Examples
    --------
    >>> import cpp
    >>> from features import load_leaderboard
    >>> frames, _ = suggestions(cpp.make_predictor("fast").fit(load_leaderboard()))
    >>> len(frames["probes"]), len(frames["cells"])
    (10, 15)
    """
    from cpp.acquisition.matrix_selection import choose_cells
    from cpp.acquisition.probe_set import choose_probes

    probes = choose_probes(predictor, budget=PROBES)
    cells = choose_cells(predictor, budget=CELLS)
    notes = [f"Probes: {note}." for note in probes.notes]
    notes += [f"Cells: {note}." for note in cells.notes]
    return {"probes": probes.frame, "cells": cells.frame}, notes
