"""One task in several versions of its harness: the same name may not mean the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from features.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd

#: how the formats write a task's version into the setting
_VERSION = re.compile(r"(?:^|; )task version ([^;]+)")


def tell_releases(rows: pd.DataFrame, ledger: Ledger) -> None:
    """Note tasks whose reports are of several versions of the harness's task.

    A harness raises a task's version when its scores are no longer comparable: questions were
    mended, a prompt or an answer filter changed. The reports are kept, each with its version in
    its setting; a person has to know.

    Parameters
    ----------
    rows : DataFrame
        ``file, at, task, setting``, the task by its settled name.
    ledger : Ledger
    """
    told = {s: m[1] for s in rows["setting"].unique() if (m := _VERSION.search(s))}
    if len(set(told.values())) < 2:
        return
    versions = rows.assign(version=rows["setting"].map(told)).dropna(subset="version")
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
