"""What an import says of names: what was mapped to what, what nobody knows, what changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.importing.shared.result import NAME_COLUMNS

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.importing.shared.task_keys import Task, TaskKey
    from features.ledger import Ledger

#: how the formats write a task's version into the setting
_VERSION = re.compile(r"(?:^|; )task version ([^;]+)")
#: unknown names for which near misses are looked up
MAX_SUGGESTED = 30


def mapped_names(keys: list[TaskKey], tasks: list[Task], models: dict[str, Any]) -> pd.DataFrame:
    """Return what was mapped to what, and why."""
    told = [("model", name, m.model, m.why) for name, m in models.items() if m is not None]
    for key, task in zip(keys, tasks, strict=True):
        if task.why:
            given = f"{key.harness}: {key.plain_name()}" if key.harness else key.plain_name()
            told.append(("task", given, task.name, task.why))
    frame = pd.DataFrame(told, columns=list(NAME_COLUMNS), dtype="str").drop_duplicates()
    return frame.sort_values(list(NAME_COLUMNS)).reset_index(drop=True)


def note_unknown(
    catalogue: Catalogue,
    keys: list[TaskKey],
    tasks: list[Task],
    models: list[str],
    ledger: Ledger,
) -> None:
    """Note names that the catalogue does not know, the first of them with near misses."""
    unknown_tasks = dict.fromkeys(
        k.benchmark for k, t in zip(keys, tasks, strict=True) if not t.why
    )
    for kind, names in (("task", list(unknown_tasks)), ("model", models)):
        for name in names[:MAX_SUGGESTED]:
            near = catalogue.suggest(kind, name)
            hint = f"; alike are {', '.join(repr(n) for n in near)}" if near else ""
            text = f"the {kind} is not in the catalogue and keeps its name{hint}"
            ledger.add("note", "", None, name, text)
        if len(names) > MAX_SUGGESTED:
            more = len(names) - MAX_SUGGESTED
            ledger.add("note", "", None, "", f"{more} more {kind}s are not in the catalogue")


def note_versions(rows: pd.DataFrame, ledger: Ledger) -> None:
    """Note tasks whose reports are of several versions of the harness's task.

    A harness raises a task's version when its scores are no longer comparable: questions were
    mended, a prompt or an answer filter changed. The reports are kept, each with its version in
    its setting; a person has to know. `rows` has ``file, at, task, setting``, the task by its
    settled name.
    """
    found_in = {s: m[1] for s in rows["setting"].unique() if (m := _VERSION.search(s))}
    if len(set(found_in.values())) < 2:
        return
    versions = rows.assign(version=rows["setting"].map(found_in)).dropna(subset="version")
    for task, group in versions.groupby("task", sort=False):
        found = list(dict.fromkeys(group["version"]))
        if len(found) > 1:
            other = group[group["version"] != found[0]].iloc[0]
            at, text = other["at"], f"versions {', '.join(found)} of the harness's task stand under"
            ledger.add(
                "note",
                str(other["file"]),
                None,
                task,
                f"{text} one name: what it measures may have changed between them",
                "leave out the runs of the older version, or import them into another dataset",
                place=str(at),
            )
