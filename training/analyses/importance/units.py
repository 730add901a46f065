"""The units of a factor importance: what is fitted, in which order, and what each returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cpp.data.training_data import TrainingData
from cpp.importance.groups import FactorGroups
from cpp.importance.partial_dependence import FACTORS, N_MODELS, N_VALUES, partial_dependence_of
from cpp.importance.tree_shap import FactorStage, error_taken, shap_by_group
from training.analyses.importance.held_out_cells import Judged, fitted_on
from training.analyses.importance.permutation import permutation_credits
from training.analyses.importance.shapley import (
    Coalition,
    along,
    coalition_errors,
    exact_plan,
    pair_of_orders,
)

#: models with a value, and different values, from which on a curve is drawn
FEWEST_ON_CURVE, FEWEST_VALUES = 12, 4
Folds = Mapping[tuple[str, int], Sequence[Judged]]


@dataclass(frozen=True)
class Unit:
    """One piece of work.

    Attributes
    ----------
    kind : {"refitted", "permuted", "trees", "effects"}
    side : str
        Of the factors; of ``effects`` the fold, "" for the fit on all models.
    seed : int
    kept : frozenset of int, optional
        Groups that are kept (``refitted``).

    Examples
    --------
    >>> Unit("permuted", "model", 0).key({})
    'permuted | model | seed 0'
    """

    kind: str
    side: str
    seed: int
    kept: Coalition | None = None

    def key(self, groups: Mapping[str, FactorGroups]) -> str:
        """Return the name under which the result is kept."""
        words = [self.kind, self.side, f"seed {self.seed}"]
        if self.kept is not None:
            names = groups[self.side].names
            words.append(" + ".join(names[g] for g in sorted(self.kept)) or "no group")
        return " | ".join(words)


def planned(
    groups: Mapping[str, FactorGroups],
    *,
    seeds: Sequence[int],
    pairs: int,
    exact_up_to: int,
    folds: Sequence[str],
) -> list[Unit]:
    """Return the units, the most telling first.

    The quick views with the first seed, curves, refits (both sides get on alike), and then the
    other seeds of the quick views.

    Parameters
    ----------
    groups : mapping of side to FactorGroups
    seeds : list of int
    pairs, exact_up_to : int
        See :func:`training.analyses.importance.analysis.analyse_importance`.
    folds : list of str
        Folds that the curves are fitted without, as ``name|seed``.
    """
    quick = [Unit(k, side, s) for s in seeds for side in groups for k in ("permuted", "trees")]
    curves = [Unit("effects", "", s) for s in seeds]
    curves += [Unit("effects", f.rpartition("|")[0], int(f.rpartition("|")[2])) for f in folds]
    refits = []
    for side, of in groups.items():
        n = len(of.groups)
        if n <= exact_up_to:
            sets = [(s, c) for s in seeds for c in exact_plan(n)]
        else:
            sets = [
                (seeds[p % len(seeds)], c)
                for p in range(pairs)
                for c in along(pair_of_orders(n, seeds[0], p))
            ]
        mine = [Unit("refitted", side, s, c) for s, c in dict.fromkeys(sets)]
        refits += [(at / len(mine), unit) for at, unit in enumerate(mine)]
    first = [u for u in (*quick, *curves) if u.seed == seeds[0]]
    rest = [u for u in (*quick, *curves) if u.seed != seeds[0]]
    return [*first, *(unit for _, unit in sorted(refits, key=lambda r: r[0])), *rest]


def arguments(
    unit: Unit,
    groups: Mapping[str, FactorGroups],
    judged: Folds,
    curves: Mapping[tuple[str, int], tuple[Any, ...]],
    predictor: str,
    n_permutations: int,
) -> tuple[Any, ...]:
    """Return what :func:`do` is called with for a unit."""
    if unit.kind == "effects":
        return ("effects", *curves[unit.side, unit.seed], predictor, unit.seed)
    of, mine = groups[unit.side], judged[unit.side, unit.seed]
    if unit.kind == "permuted":
        return ("permuted", mine, of, predictor, n_permutations)
    if unit.kind == "trees":
        return ("trees", mine, of)
    kept = [of.names[g] for g in sorted(unit.kept or ())]
    return ("refitted", mine, of, kept, predictor)


def do(kind: str, *given: Any) -> Any:
    """Do one unit."""
    what: dict[str, Any] = {
        "refitted": coalition_errors,
        "permuted": permutation_credits,
        "trees": tree_credits,
        "effects": curves_of,
    }
    return what[kind](*given)


def tree_credits(judged: Sequence[Judged], groups: FactorGroups) -> list[list[list[list[float]]]]:
    """Return, per fold, [error taken away, |TreeSHAP|] of each cell and group, points.

    A :class:`~cpp.importance.tree_shap.FactorStage` is fitted on each fold; the two parts have the
    shape (n_cells, n_groups).

    Examples
    --------
    >>> tree_credits([], None)
    []
    """
    out = []
    for j in judged:
        stage = FactorStage(random_state=j.seed).fit_points(j.data)
        added, start = shap_by_group(stage, j.row, j.col, list(groups.groups))
        taken = error_taken(added, start, j.truth)
        n = len(groups.groups)
        out.append([part[:, :n].round(4).tolist() for part in (taken, np.abs(added))])
    return out


def curve_columns(data: TrainingData) -> list[str]:
    """Return the factors of which a curve is drawn: known for enough models, and varying."""
    out = []
    for column in FACTORS:
        if column in data.model_columns:
            x = np.asarray(data.model_columns[column], dtype=float)[data.k > 0]
            x = x[np.isfinite(x)]
            if len(x) >= FEWEST_ON_CURVE and len(np.unique(x)) >= FEWEST_VALUES:
                out.append(column)
    return out


def curves_of(
    data: TrainingData,
    whole: TrainingData,
    columns: Sequence[str],
    ids: Sequence[str],
    predictor: str,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the effect curves of a fit on `data`.

    Values and changed models (the first of `ids` that have the factor) are those of the
    `whole` data, so that the curves of several fits can be set side by side.
    """
    if not columns:
        return []
    fitted = fitted_on(data, predictor, seed)
    rows: list[dict[str, Any]] = []
    for column in columns:
        x = np.asarray(whole.model_columns[column], dtype=float)
        seen = x[(whole.k > 0) & np.isfinite(x)]
        values = np.linspace(seen.min(), seen.max(), N_VALUES)
        some = [m for m in ids if np.isfinite(x[whole.model_index[m]])][:N_MODELS]
        curve = partial_dependence_of(fitted, column, values=values, models=some)
        rows += curve.to_dict(orient="records")
    return rows
