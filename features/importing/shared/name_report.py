"""What an import says of names: what was mapped to what and why, and what nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from features.importing.shared.result import NAME_COLUMNS

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.importing.shared.resolved_task import Task
    from features.importing.shared.task_keys import TaskKey
    from features.ledger import Ledger

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


def suggest(
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
