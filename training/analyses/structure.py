"""Structure of the field: clusters, redundancy, a map, saturation and the overall ranking."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import cpp
from cpp.base.predictor import Predictor
from cpp.data.training_data import TrainingData
from cpp.structure.biplot import biplot_of
from cpp.structure.clusters import Clusters, cluster_models, cluster_tasks
from cpp.structure.overall_ranking import overall_rankings
from cpp.structure.task_redundancy import KEEP, redundancy
from cpp.structure.task_saturation import saturation
from features.errors import DataError
from features.table.score_table import ScoreTable
from training.analyses.analysis import Analysis, json_values
from training.analyses.work import Work
from training.splits.kinds import make_folds

#: what is fitted, and what in a sampled version
PREDICTOR, SAMPLED = "bmf", "fast"
#: fits on part of the scores that clusters have to come back in; each sees all but one part
N_AGAIN, SAMPLED_AGAIN = 6, 3
#: models of each ability's suite that are kept; of all tasks, every model is
TOP_OF_ABILITY = 25
PARTS = ("map and clusters", "redundancy", "saturation", "standing")


def analyse_structure(
    table: ScoreTable,
    *,
    work: Work,
    seed: int = 0,
    predictor: Predictor | None = None,
    n_samples: int = 1000,
    sampled: bool = False,
) -> Analysis:
    """Collect what :mod:`cpp.structure` finds of a table.

    Parameters
    ----------
    table : ScoreTable
    work : Work
        A unit is one of :data:`PARTS`.
    seed : int
    predictor : Predictor, optional
        Fitted on `table` with its intervals; by default `bmf` is fitted.
    n_samples : int
        Joint draws behind the ranking.
    sampled : bool
        The preset `fast`, fewer fits that clusters have to come back in, fewer draws.

    Returns
    -------
    Analysis
        - ``clusters_models``, ``clusters_tasks``: a row per member (of
          :class:`cpp.structure.Clusters`): ``id, cluster, name, silhouette, typical_rank,
          n_known``; cluster 0 where none is claimed.
        - ``clusters``: a row per cluster of either: ``what`` (models, tasks), then the columns of
          ``Clusters.summary``.
        - ``clusters_found``: a row per side: ``what, structure, n_clusters, silhouette,
          silhouette_cloud, p_value, agreement``.
        - ``redundancy``, ``redundant_pairs``, ``minimal_set``: ``tasks``, ``pairs`` (those alike,
          or related beyond the level) and ``minimal`` of :class:`cpp.structure.Redundancy`.
        - ``map_models``, ``map_tasks``, ``map_axes``: of :class:`cpp.structure.Biplot`.
        - ``saturation``: of :func:`cpp.structure.saturation`; points.
        - ``standing``: of :func:`cpp.structure.overall_rankings`; points; of the suites of
          abilities the best 25 models.
        A part that the table is too small for has no table, and a note says why.

    Examples
    --------
    >>> import features
    >>> found = analyse_structure(features.load_leaderboard(), work=Work(budget=0.0))
    >>> found.complete, found.tables
    (False, {})
    """
    if sampled:
        n_samples = min(n_samples, 400)
    name = SAMPLED if sampled else PREDICTOR
    used = predictor.name if predictor is not None else name
    found = work.run(
        _part,
        {part: (part, table, predictor, name, seed, n_samples, sampled) for part in PARTS},
        what=f"structure of the field ({used})",
    )
    tables = {
        key: _unpacked(frame) for part in found.values() for key, frame in part["tables"].items()
    }
    notes = [note for part in found.values() for note in part["findings"]]
    notes += [note for part in found.values() for note in part["limits"]]
    left = [part for part in PARTS if part not in found]
    if left:
        notes.append(f"The time was used up; not done: {', '.join(left)}.")
    if sampled:
        notes.append("A sampled version: the preset `fast`, fewer refits and draws.")
    settings = {"predictor": used, "seed": seed, "n_samples": n_samples, "sampled": sampled}
    return work.analysis("structure", table, tables, notes, settings)


def _part(
    part: str,
    table: ScoreTable,
    predictor: Predictor | None,
    name: str,
    seed: int,
    n_samples: int,
    sampled: bool,
) -> dict[str, Any]:
    """Return tables, findings and limits of one part, as JSON values."""
    try:
        if part == "saturation":
            made = _saturation(table)
        else:
            fitted = predictor
            if fitted is None:
                fitted = cpp.make_predictor(name, random_state=seed)
                # of these only the ranking needs intervals
                if part == "standing":
                    fitted.fit(table)
                else:
                    fitted.fit_points(TrainingData.from_table(table))
            if part == "standing":
                made = _overall_ranking(fitted, n_samples, seed)
            elif part == "redundancy":
                made = _redundancy(table, fitted, seed)
            else:
                again = _again(table, name, seed, SAMPLED_AGAIN if sampled else N_AGAIN)
                made = _map_and_clusters(fitted, again, seed)
    except DataError as error:
        return {"tables": {}, "findings": [], "limits": [f"No {part}: {error}."]}
    tables, findings, limits = made
    return {
        "tables": {key: _packed(frame) for key, frame in tables.items()},
        "findings": findings,
        "limits": limits,
    }


_Made = tuple[dict[str, pd.DataFrame], list[str], list[str]]


def _again(table: ScoreTable, name: str, seed: int, n: int) -> list[Predictor]:
    """Return fits with other seeds, each on all scores but one part of `n`, at most a sixth."""
    folds = make_folds(table, "random", seed=seed, n_folds=max(n, N_AGAIN))
    return [
        cpp.make_predictor(name, random_state=seed + 1 + i).fit_points(
            TrainingData.from_table(folds[fold].training_table(table))
        )
        for i, fold in enumerate(folds.names[:n])
    ]


# -- parts -------------------------------------------------------------------------------------


def _map_and_clusters(predictor: Predictor, again: list[Predictor], seed: int) -> _Made:
    here = biplot_of(predictor)
    tables = {"map_models": here.models, "map_tasks": here.tasks, "map_axes": here.axes}
    first, second = here.axes.iloc[0], here.axes.iloc[1]
    findings = [
        f"The main axis of the field, {100 * first['share']:.0f} % of the variance of the "
        f"predicted scores, is {first['name']}; the second, {100 * second['share']:.0f} %, is "
        f"{second['name']}."
    ]
    limits = [
        "Map and clusters are of predicted scores: where a kind of model was never measured on a "
        "kind of task, its place there is an extrapolation from factors and from the others."
    ]
    every = {
        "models": cluster_models(predictor, again=again, random_state=seed),
        "tasks": cluster_tasks(predictor, again=again, random_state=seed),
    }
    summaries = []
    for what, found in every.items():
        members = found.members.copy()
        names = dict(zip(found.summary["cluster"], found.summary["name"], strict=True))
        members.insert(2, "name", [names.get(c, "") for c in members["cluster"]])
        tables[f"clusters_{what}"] = members
        summaries.append(found.summary.assign(what=what))
        findings.append(_sentence_of_clusters(found))
    both = pd.concat(summaries, ignore_index=True)
    tables["clusters"] = both[["what", *(c for c in both.columns if c != "what")]]
    fields = "structure n_clusters silhouette silhouette_cloud p_value agreement".split()
    tables["clusters_found"] = pd.DataFrame(
        [{"what": what, **{f: getattr(found, f) for f in fields}} for what, found in every.items()]
    )
    limits.append(
        "Clusters are of what models (tasks) are better and worse at than their level tells; "
        "claimed are those that come back in fits on other parts of the scores."
    )
    return tables, findings, limits


def _sentence_of_clusters(found: Clusters) -> str:
    if not found.found:
        if found.n_clusters == 0:
            return f"The {found.what} have no profiles to make clusters of, beyond their level."
        return (
            f"No clusters of {found.what} are claimed: the best split, into {found.n_clusters}, "
            f"does not come back in other fits (adjusted Rand index {found.agreement:.2f}); "
            "profiles change gradually."
        )
    some = "; ".join(
        f"{r.name} ({r.size}, such as {str(r.typical).split('; ')[0]})"
        for r in found.summary[found.summary["stable"].astype(bool)].itertuples(index=False)
    )
    how = (
        f"The {found.what} fall into {found.n_clusters} clusters"
        if found.structure == "separate"
        else f"The {found.what} form a continuum, which can be cut into {found.n_clusters} parts"
    )
    return f"{how}; those that come back in other fits: {some or 'none'}."


def _redundancy(table: ScoreTable, predictor: Predictor, seed: int) -> _Made:
    found = redundancy(table, predictor, random_state=seed)
    tasks, pairs = found.tasks, found.pairs
    alike = pairs[pairs["alike"].astype(bool)]
    told = tasks[tasks["verdict"] == "well told"]
    few = tasks[tasks["verdict"] == "few models"]
    said = tasks[tasks["verdict"] != "few models"]
    findings = []
    if len(told):
        findings.append(
            f"{len(told)} of {len(said)} tasks are well told by all other scores (at least "
            f"80 % of the variance, held out): first {_names(told['task'])}."
        )
    elif len(said):
        findings.append("No task is told well by the others (80 % of the variance, held out).")
    least = said.sort_values("told", kind="stable").head(3)
    if len(least):
        findings.append(
            f"The least told are {_names(least['task'])}: these are worth measuring themselves."
        )
    near = said[said["rmse"] <= 1.25 * said["noise"]]
    if len(near):
        findings.append(
            f"{len(near)} tasks are predicted about as well as measuring again would (root mean "
            f"square error within a quarter of the noise of one report): {_names(near['task'])}."
        )
    if len(alike):
        beyond = alike[alike["beyond_level"].astype(bool)]
        head = "; ".join(f"{r.task} and {r.other}" for r in alike.head(3).itertuples())
        findings.append(
            f"{len(alike)} pairs of tasks rank models alike (rank correlation at least 0.8 with "
            f"its interval), {len(beyond)} of them also once the models' level is removed: {head}."
        )
    else:
        findings.append("No pair of tasks is shown to rank models alike.")
    smallest = found.smallest(KEEP)
    findings.append(
        f"{len(smallest)} of {len(found.minimal)} tasks keep {100 * KEEP:.0f} % of the "
        f"information: {_names(pd.Series(smallest))}."
    )
    limits = [
        f"{found.n_too_few} pairs of tasks share under 12 models and {len(few)} tasks have under "
        "15: nothing is said of them.",
        "How well a task is told is for the models it was measured on. Most of what tasks tell of "
        "models is their level, so being alike is not measuring the same.",
    ]
    shown = pairs[pairs["alike"].astype(bool) | pairs["beyond_level"].astype(bool)]
    tables = {
        "redundancy": tasks,
        "redundant_pairs": shown.reset_index(drop=True),
        "minimal_set": found.minimal,
    }
    return tables, findings, limits


def _saturation(table: ScoreTable) -> _Made:
    frame = saturation(table)
    if frame.empty:
        raise DataError(f"{table.name!r} has no task with a minimum and a maximum")
    findings = []
    for state, words in (
        ("saturated", "saturated, the best within noise of the maximum"),
        ("at chance", "at chance for at least half of the models measured"),
        ("not discriminating", "mostly noise"),
        ("best not told apart", "no longer telling the strongest models apart"),
    ):
        some = frame[frame["state"] == state]
        if len(some):
            order = some.sort_values(["headroom", "task"], kind="stable")
            verb = "is" if len(some) == 1 else "are"
            findings.append(
                f"{len(some)} of {len(frame)} tasks {verb} {words}: {_names(order['task'])}."
            )
    if not findings:
        findings.append(f"None of {len(frame)} tasks is saturated, at chance or mere noise.")
    assumed = int((frame["noise_known"] < 0.5).sum())
    limits = [
        "Noise is sampling (stated, or from the number of items) and 2 points for harness, prompt "
        f"and version; for {assumed} tasks the sampling part is assumed to be 1.5 points. The "
        "dates are those of the models, not of the measurements."
    ]
    return {"saturation": frame}, findings, limits


def _overall_ranking(predictor: Predictor, n_samples: int, seed: int) -> _Made:
    frame = overall_rankings(predictor, n_samples=n_samples, random_state=seed)
    every = frame[frame["suite"] == "all"]
    findings = []
    if len(every):
        first = every[every["group"] == 1]
        best = every.iloc[0]
        tied = float(every["tied_with_next"].iloc[:-1].mean())
        if len(first) == 1:
            findings.append(f"{best['model']} leads on all {best['n_tasks']} tasks together.")
        else:
            findings.append(
                f"{len(first)} models share the lead on all {best['n_tasks']} tasks together "
                f"(not told apart at 90 %): {_names(first['model'], 5)}."
            )
        findings.append(
            f"{100 * tied:.0f} % of neighbours in the overall ranking are not told apart; "
            f"{every['group'].max()} groups are."
        )
    short = (frame["suite"] == "all") | (frame["place"] <= TOP_OF_ABILITY)
    limits = [
        "The overall ranking counts every task the same, also variants of one benchmark; of a "
        f"typical model {100 * float(every['measured'].median()):.0f} % of the tasks are measured, "
        "the rest are predicted and carry its interval."
    ]
    return {"standing": frame[short].reset_index(drop=True)}, findings, limits


def _names(names: pd.Series, n: int = 4) -> str:
    first = [str(v) for v in names.head(n)]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


# -- frames as JSON ----------------------------------------------------------------------------


def _packed(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "columns": list(frame.columns),
        "numbers": [c for c in frame.columns if pd.api.types.is_float_dtype(frame[c])],
        "rows": json_values(frame.astype(object).to_numpy().tolist()),
    }


def _unpacked(packed: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(packed["rows"], columns=packed["columns"])
    return frame.astype(dict.fromkeys(packed["numbers"], np.float64))
