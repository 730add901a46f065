"""From what the formats found to a table: names, units, repeats, conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.importing.shared.collector import Collector, first_named
from features.importing.shared.factor_statements import chosen_factors
from features.importing.shared.name_report import mapped_names, note_unknown, note_versions
from features.importing.shared.result import Imported
from features.importing.shared.task_keys import Task, TaskKey
from features.importing.values.units import Linear, between, guessed_scale, unit_of_file
from features.ledger import Ledger
from features.table.item_outcomes import ItemOutcomes
from features.table.schema import REPORTERS, SCORE_COLUMNS
from features.table.score_scale import ScoreScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.catalogue.catalogue import Catalogue

#: harnesses whose files mix units: each metric has its own, which is the same in every file
_UNIT_BY_METRIC = ("lm-eval", "helm", "inspect")
#: what a source without a declared unit is told in
_UNIT_SCALE = {"share": ScoreScale(0.0, 1.0), "percent": ScoreScale(0.0, 100.0)}


def resolve(into: Collector) -> Imported:
    """Settle names and units of all that was collected.

    Names go through the catalogue unless they are to stay verbatim; scores are brought to the
    unit of their task; what lies outside its scale, or has a unit that nobody can tell, is
    refused; exact repeats are merged. All of it is in the ledger.
    """
    ledger = into.ledger
    catalogue = into.options.names()
    rows = into.rows()
    tasks = [_task_of(key, catalogue) for key in into.keys]
    _common_scales(tasks, rows, into.options.unit, ledger)
    rows = _in_units(rows, into.keys, tasks, into.options.unit, ledger)
    model_names = list(
        dict.fromkeys([*rows["model"].unique().tolist(), *(m for m, *_ in into.model_facts)])
    )
    models = {name: catalogue.model(name) if catalogue else None for name in model_names}
    as_model = {name: match.model if match else name for name, match in models.items()}
    names = np.array([t.name for t in tasks], dtype=object)
    rows = _dated(rows, into, ledger)
    scores = pd.DataFrame(
        {
            "model": rows["model"].map(as_model).to_numpy(),
            "task": names[rows["task"].to_numpy(dtype=np.int64)] if len(rows) else [],
            **{c: rows[c].to_numpy() for c in SCORE_COLUMNS[2:]},
        }
    )
    note_versions(rows.assign(task=scores["task"].to_numpy()), ledger)
    scores = _without_repeats(scores, rows, ledger)
    ledger.kept = len(scores)
    facts = [(as_model[m], f, v, s) for m, f, v, s in into.model_facts]
    for match in models.values():
        if match is not None:
            facts += [(match.model, f, v, "catalogue") for f, v in match.factors.items()]
    about = [(t.name, f, v, "catalogue") for t in tasks for f, v in t.factors.items()]
    about += [(t.name, f, v, "declared") for t in tasks for f, v in _scale_factors(t.scale)]
    about += [(tasks[i].name, f, v, s) for i, f, v, s in into.task_facts]
    seen_models = pd.Index(scores["model"].unique())
    model_frame, model_conflicts = chosen_factors(facts, "model", seen_models, ledger)
    task_frame, task_conflicts = chosen_factors(
        about, "task", pd.Index(scores["task"].unique()), ledger
    )
    parts = [
        frame.assign(model=as_model.get(m, m), task=tasks[i].name)
        for m, i, frame in into.item_parts()
    ]
    if catalogue is not None:
        note_unknown(catalogue, into.keys, tasks, [n for n, m in models.items() if not m], ledger)
    return Imported(
        scores=scores,
        models=model_frame,
        tasks=task_frame,
        ledger=ledger,
        names=mapped_names(into.keys, tasks, models),
        conflicts=pd.concat([model_conflicts, task_conflicts], ignore_index=True),
        items=ItemOutcomes(pd.concat(parts, ignore_index=True)) if parts else None,
    )


# -- tasks ---------------------------------------------------------------------------------


def _task_of(key: TaskKey, catalogue: Catalogue | None) -> Task:
    setting = {name: value for name, value in vars(key).items() if name != "scale"}
    match = catalogue and catalogue.task(**setting)
    plain = Task(key.plain_name(), key.scale, {**_family(key, catalogue), **_key_factors(key)})
    if not match:
        return plain
    if key.scale is not None and key.scale.kind == "bounded":
        if between(key.scale, match.scale) is None:
            return plain  # another direction: not the same thing under the same name
    return Task(match.task, match.scale, {**_key_factors(key), **match.factors}, match.why)


def _family(key: TaskKey, catalogue: Catalogue | None) -> dict[str, Any]:
    if catalogue is None:
        return {}
    return catalogue.family(key.benchmark, harness=key.harness, dataset=key.dataset)


def _key_factors(key: TaskKey) -> dict[str, Any]:
    known = {"metric": key.metric, "shots": key.shots}
    return {name: value for name, value in known.items() if value not in ("", None)}


def _scale_factors(scale: ScoreScale | None) -> list[tuple[str, Any]]:
    given = {} if scale is None else scale.as_factors()
    return [(name, value) for name, value in given.items() if value is not None]


def _common_scales(tasks: list[Task], rows: pd.DataFrame, unit: str, ledger: Ledger) -> None:
    """Give every task one scale: the first that is declared, else what the scores look like."""
    by_name: dict[str, list[int]] = {}
    for i, task in enumerate(tasks):
        by_name.setdefault(task.name, []).append(i)
    codes = rows["task"].to_numpy(dtype=np.int64)
    values = rows["score"].to_numpy(dtype=float)
    undeclared = [n for n, at in by_name.items() if all(tasks[i].scale is None for i in at)]
    position = {name: p for p, name in enumerate(undeclared)}
    of_task = np.array([position.get(t.name, -1) for t in tasks], dtype=np.int64)
    group = of_task[codes] if len(codes) else codes
    for name, at in by_name.items():
        scale = next((tasks[i].scale for i in at if tasks[i].scale is not None), None)
        if scale is None:
            mine = group == position[name]
            scale = guessed_scale(values[mine])
            if unit in _UNIT_SCALE and _is_share_like(scale):
                scale = _UNIT_SCALE[unit]
            for i in at:
                tasks[i].own_share = scale == _UNIT_SCALE["share"]
            if mine.any():
                _note(
                    ledger,
                    rows.iloc[int(np.flatnonzero(mine)[0])],
                    name,
                    f"nobody declares the unit of the task; taken for {scale.describe()} "
                    "(if that is wrong, correct scale_min and scale_max)",
                )
        for i in at:
            tasks[i].scale = scale


# -- units -----------------------------------------------------------------------------------


def _in_units(
    rows: pd.DataFrame, keys: list[TaskKey], tasks: list[Task], unit: str, ledger: Ledger
) -> pd.DataFrame:
    """Return the rows in the units of their tasks, without those that cannot be brought there."""
    code = rows["task"].to_numpy(dtype=np.int64)
    score = rows["score"].to_numpy(dtype=float, copy=True)
    se = rows["se"].to_numpy(dtype=float, copy=True)
    fault: dict[int, tuple[str, str]] = {}
    by_share = [
        k.scale is None
        and t.scale is not None
        and _is_share_like(t.scale)
        and not t.own_share  # whatever the unit of other tasks of the file
        and not (k.harness in _UNIT_BY_METRIC and not t.why)
        for k, t in zip(keys, tasks, strict=True)
    ]
    open_rows = np.array(by_share, dtype=bool)[code] if len(code) else np.zeros(0, dtype=bool)
    units = np.full(len(rows), "", dtype=object)
    if open_rows.any():
        units[open_rows] = _undeclared(rows[open_rows], score[open_rows], tasks, unit)
    maps: dict[tuple[int, str], Linear | None] = {}
    groups = pd.DataFrame({"code": code, "unit": units}).groupby(["code", "unit"], sort=False)
    for (i, told), at in groups.indices.items():
        key, task = keys[i], tasks[i]
        wanted = task.scale or ScoreScale()
        if told == "ambiguous":
            remedy = "say which with --unit percent or --unit share"
            for r in at:
                fault[int(r)] = ("may be a percentage or a share", remedy)
            continue
        given = _UNIT_SCALE[told] if told else key.scale or wanted
        if told:
            given = ScoreScale(given.minimum, given.maximum, None, wanted.higher_is_better)
        linear = maps[i, told] = between(given, wanted)
        if linear is None:
            remedy = "import the two sources under different names, or correct the declared scale"
            for r in at:
                fault[int(r)] = (
                    f"the scale {given.describe()} of this source does not fit {task.name!r}, "
                    f"which is {wanted.describe_unit()}",
                    remedy,
                )
            continue
        low = -np.inf if given.minimum is None else given.minimum
        high = np.inf if given.maximum is None else given.maximum
        for r in at[(score[at] < low) | (score[at] > high)]:
            fault[int(r)] = (
                f"lies outside the scale {given.describe()} of {task.name!r}",
                "correct the score, or declare its unit",
            )
        score[at] = linear(score[at])
        se[at] = abs(linear.slope) * se[at] if not linear.identical else se[at]
        if not linear.identical:
            first = rows.iloc[int(at[0])]
            _note(
                ledger,
                first,
                task.name,
                f"{len(at)} scores are brought from {given.describe()} to {wanted.describe()}",
            )
    rows = rows.assign(score=score, se=se)
    return _without_faults(rows, fault, ledger)


def _is_share_like(scale: ScoreScale) -> bool:
    return scale.minimum == 0.0 and scale.maximum in (1.0, 100.0)


def _undeclared(
    rows: pd.DataFrame, score: NDArray[np.float64], tasks: list[Task], unit: str
) -> NDArray[np.object_]:
    chance = np.full(len(tasks), np.nan)
    for i, task in enumerate(tasks):
        known = task.factors.get("chance")
        if known is None and task.scale is not None:
            known = task.scale.chance
        if known is not None and task.scale is not None:
            chance[i] = float(known) * task.scale.points_per_unit()
    of_row = chance[rows["task"].to_numpy(dtype=np.int64)]
    out = np.empty(len(rows), dtype=object)
    files = rows["file"].to_numpy()
    names: dict[str, int] = {}
    named = np.array([names.setdefault(t.name, len(names)) for t in tasks], dtype=np.int64)
    task = named[rows["task"].to_numpy(dtype=np.int64)]
    for _, at in pd.Series(range(len(rows))).groupby(files, sort=False).indices.items():
        out[at] = unit_of_file(score[at], of_row[at], unit, task[at])
    return out


def _without_faults(
    rows: pd.DataFrame, fault: dict[int, tuple[str, str]], ledger: Ledger
) -> pd.DataFrame:
    if not fault:
        return rows
    by_reason: dict[tuple[str, str], list[int]] = {}
    for r, why in sorted(fault.items()):
        by_reason.setdefault(why, []).append(r)
    for (reason, remedy), at in by_reason.items():
        for r, n, more in first_named(at):
            row = rows.iloc[r]
            what = f"the score of {row['model']!r} {reason}{more}"
            _count(ledger, "refused", row, what, remedy, rows=n)
    good = np.ones(len(rows), dtype=bool)
    good[list(fault)] = False
    return rows[good]


# -- the rest of a report --------------------------------------------------------------------


def _dated(rows: pd.DataFrame, into: Collector, ledger: Ledger) -> pd.DataFrame:
    """Return the rows with typed dates, and what the person said where the source is silent."""
    code, days = pd.factorize(rows["date"].to_numpy(dtype=object), use_na_sentinel=True)
    known = [pd.to_datetime(str(d)[:10], format="%Y-%m-%d", errors="coerce") for d in days]
    for n, day in enumerate(known):
        if pd.isna(day):
            row = rows.iloc[int(np.flatnonzero(code == n)[0])]
            _note(ledger, row, days[n], "no date in the form yyyy-mm-dd; left unknown")
    silent = pd.to_datetime(into.options.date or None)
    date = pd.Series([*known, silent], dtype="datetime64[s]").to_numpy()[code]  # -1: not given
    who = rows["reported_by"].where(
        rows["reported_by"] != "", into.options.reported_by or "unknown"
    )
    for word in sorted(set(who) - set(REPORTERS)):
        row = rows.iloc[int(np.flatnonzero((who == word).to_numpy())[0])]
        _note(ledger, row, word, "reported_by is read as 'unknown'")
    who = who.where(who.isin(REPORTERS), "unknown")
    source = rows["source"].where(rows["source"] != "", into.options.source)
    return rows.assign(
        date=date,
        reported_by=who.astype(object),
        source=source.astype(object),
        setting=rows["setting"].astype(object),
        se=rows["se"].astype(float),
        n_items=rows["n_items"].astype(float),
    )


def _without_repeats(scores: pd.DataFrame, rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    repeated = scores.duplicated().to_numpy()
    for r, n, more in first_named(np.flatnonzero(repeated).tolist()):
        cell = scores.iloc[r]
        what = f"{cell['model']!r} on {cell['task']!r}: repeats an earlier report{more}"
        _count(ledger, "merged", rows.iloc[r], what, "", rows=n)
    return scores[~repeated].reset_index(drop=True)


# -- what is told ----------------------------------------------------------------------------


def _count(
    ledger: Ledger, outcome: str, row: pd.Series, reason: str, remedy: str, *, rows: int
) -> None:
    line, place = _line_and_place(row)
    file = str(row["file"])
    ledger.add(outcome, file, line, row["score"], reason, remedy, place=place, rows=rows)


def _note(ledger: Ledger, row: pd.Series, value: object, text: str) -> None:
    line, place = _line_and_place(row)
    ledger.add("note", str(row["file"]), line, value, text, place=place)


def _line_and_place(row: pd.Series) -> tuple[int | None, str]:
    at = row["at"]
    return (int(at), "") if isinstance(at, int | np.integer) else (None, str(at))
