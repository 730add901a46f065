"""The data card."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from serving.reports.elements.blocks import Block, Heading, Notice, Section, Table, Words, drawn

if TYPE_CHECKING:
    from training.reporting.evidence import Evidence

#: fact -> its name for people
FACTS = {
    "name": "name",
    "title": "title",
    "version": "version",
    "license": "licence",
    "homepage": "home page",
    "store": "score store",
    "batch": "batch of the store",
    "retrieved": "retrieved",
    "retrieved_age_days": "age since then, days",
    "newest_score": "newest dated score",
    "newest_score_age_days": "age of that score, days",
    "first_release": "oldest model released",
    "last_release": "newest model released",
    "models": "models",
    "tasks": "tasks",
    "reports": "reports of scores",
    "cells": "cells measured",
    "share_measured": "share of all cells measured, %",
    "cells_per_model_median": "scores of a model, median",
    "models_per_task_median": "models of a task, median",
    "dated_reports": "reports with a date",
    "reports_with_error": "reports with a standard error",
    "fingerprint": "fingerprint (SHA-256)",
}


def data_section(evidence: Evidence) -> Section:
    """Return what the data are: size, age, sources and licences, coverage, conflicts, scales."""
    from training.plots.coverage_map import measured_chart

    card = evidence.card
    facts, tables = card.facts, card.tables
    blocks: list[Block] = [Words(_in_words(facts))]
    known = {FACTS[k]: v for k, v in facts.items() if v is not None and k in FACTS}
    blocks.append(
        Table(
            "data-facts",
            "The snapshot",
            pd.DataFrame({"fact": list(known), "value": [_plain(k, v) for k, v in known.items()]}),
            {"fact": "", "value": ""},
            rows=len(known),
        )
    )
    blocks += [Heading("Sources, licences and attribution"), *_sources(tables["sources"])]
    blocks.append(Heading("What was measured"))
    blocks += drawn("data-measured", partial(measured_chart, tables["measured"]), "data-measured")
    blocks += [
        Table("data-measured", "Cells measured by release and group of tasks", tables["measured"]),
        Table(
            "data-released",
            "Models by release",
            tables["released"],
            {"released": "released", "models": "models", "cells": "scores"},
            rows=20,
        ),
        Table(
            "data-models",
            "The models with the fewest scores: their predictions rest on factors and on little "
            "else",
            tables["models"],
            _there(
                tables["models"],
                {
                    "model": "model",
                    "organization": "organization",
                    "release_date": "released",
                    "cells": "scores",
                    "share_measured": "measured, %",
                },
            ),
        ),
        Table(
            "data-tasks",
            "The tasks with the fewest models",
            tables["tasks"],
            {
                "task": "task",
                "group": "group",
                "cells": "models",
                "scale": "scale",
                "chance": "chance level",
                "median": "median score",
            },
        ),
        Table(
            "data-scales",
            "Scales",
            tables["scales"],
            {
                "scale": "scale",
                "direction": "direction",
                "chance_known": "chance level known",
                "tasks": "tasks",
                "cells": "scores",
            },
            note="Errors are told in points, 100 × the share of a bounded scale; tasks without two "
            "bounds have no points and are left out of them.",
        ),
        Table("data-reported", "Reports by the year of their date and by who reported",
              _spaced(tables["reported"], "reported_by"),
              {"year": "year", "reported_by": "reported by", "reports": "reports"}, rows=14),
    ]  # fmt: skip
    blocks += [Heading("Reports that contradict each other"), *_conflicts(tables)]
    blocks += [Heading("Kinds of cells"), *_kinds(evidence)]
    return Section("data", "The data", blocks)


def _in_words(facts: dict[str, Any]) -> str:
    text = (
        f"{facts['cells']:,} of {facts['models'] * facts['tasks']:,} cells were measured "
        f"({facts['share_measured']:.0f} %): {facts['models']:,} models on {facts['tasks']:,} "
        f"tasks. A model has {facts['cells_per_model_median']:g} scores in the median, a task "
        f"{facts['models_per_task_median']:g} models."
    )
    if facts["newest_score"]:
        text += f" The newest dated score is of {facts['newest_score']}"
        text += f", {facts['newest_score_age_days']:,} days before this report"
        text += f"; {facts['dated_reports']:,} of {facts['reports']:,} reports have a date."
    else:
        text += " No report has a date, so the age of the scores is not known."
    return text


def _sources(sources: pd.DataFrame) -> list[Block]:
    columns = {"collection": "source", "cells": "cells", "licence": "licence"}
    blocks: list[Block] = []
    if (sources["attribution"] != "").any():
        columns["attribution"] = "attribution line, to be kept with the data"
    else:
        blocks.append(
            Notice(
                "The data name no attribution lines (attribution.csv beside the scores); sources "
                "are told by the host of their citation."
            )
        )
    title = "Where the scores are from"
    blocks.append(Table("data-sources", title, sources, columns, rows=20, links="homepage"))
    return blocks


def _conflicts(tables: dict[str, pd.DataFrame]) -> list[Block]:
    found, listed = tables["conflicts"], tables.get("candidates")
    blocks: list[Block] = []
    if len(found):
        blocks.append(
            Table(
                "data-conflicts",
                "Cells whose reports lie furthest apart",
                found,
                {
                    "model": "model",
                    "task": "task",
                    "n_reports": "reports",
                    "score": "reconciled score",
                    "spread_points": "apart, points",
                },
                note="Cells with reports more than 3 points apart. The reconciled score is their "
                "mean, weighted by who measured, how exactly and how lately.",
            )
        )
    elif listed is None:
        blocks.append(Words("No cell has reports that lie more than 3 points apart."))
    if listed is not None and len(listed):
        n = len(listed[["model", "task"]].drop_duplicates())
        blocks.append(
            Table(
                "data-candidates",
                f"Published figures that contradict each other, in {n} cells: one was chosen",
                listed,
                {
                    "model": "model",
                    "task": "task",
                    "score": "score",
                    "chosen": "chosen",
                    "spread_points": "apart, points",
                },
            )
        )
    return blocks


def _kinds(evidence: Evidence) -> list[Block]:
    filled, table = evidence.filled, evidence.table
    rows = [("observed", table.n_cells, "reported by somebody; kept as it is")]
    if filled is not None:
        count = filled["kind"].value_counts()
        meaning = {
            "predicted": "model and task are known by scores or factors",
            "prior": "nothing is known of the model, or of the task, but its name",
        }
        rows += [(kind, int(count.get(kind, 0)), text) for kind, text in meaning.items()]
    frame = pd.DataFrame(rows, columns=["kind", "cells", "meaning"])
    size = max(1, len(table.models) * len(table.tasks))
    frame.insert(2, "share", 100.0 * frame["cells"] / size)
    columns = {"kind": "kind", "cells": "cells", "share": "share, %", "meaning": "meaning"}
    return [Table("data-kinds", "Every cell has one of three kinds", frame, columns)]


def _spaced(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(**{column: frame[column].str.replace("_", " ")})


def _there(frame: pd.DataFrame, columns: dict[str, str]) -> dict[str, str]:
    return {c: name for c, name in columns.items() if c in frame.columns}


def _plain(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) and "batch" not in name else str(value)
