"""Aggregates beside their parts: which of the two is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from features.documents.json_files import as_list, as_object
from features.importing.lm_eval.metrics import metric_of

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue

HARNESS = "lm-eval"


class Groups:
    """The groups of one results file.

    Parameters
    ----------
    told : object
        ``group_subtasks`` of the file: members by group, themselves tasks or groups.
    rows : mapping of str to object
        ``results`` of the file.
    catalogue : Catalogue or None

    Attributes
    ----------
    aside : dict of str to str
        Names of rows that are set aside, with the rule.
    orphans : dict of str to list of str
        Parts, by the aggregate that they belong to and that the file does not have.

    Examples
    --------
    >>> told = {"ours": ["ours_maths", "ours_code"], "ours_maths": [], "ours_code": []}
    >>> groups = Groups(told, {name: {"acc,none": 0.5} for name in told}, None)
    >>> groups.leaves("ours"), groups.aside
    (['ours_maths', 'ours_code'], {'ours': 'ours is an aggregate of 2 tasks, which are kept'})
    """

    def __init__(self, told: Any, rows: Mapping[str, Any], catalogue: Catalogue | None) -> None:
        self._members = {
            name: [m for m in as_list(members) if isinstance(m, str) and m != name]
            for name, members in as_object(told).items()
        }
        self._scored = {
            name for name, row in rows.items() if any(metric_of(k) for k in as_object(row))
        }
        self._leaves: dict[str, list[str]] = {}
        self._catalogue = catalogue
        self.aside: dict[str, str] = {}
        self.orphans: dict[str, list[str]] = {}
        self._parts_by_name()
        inner = {m for members in self._members.values() for m in members}
        roots = [g for g, members in self._members.items() if members and g not in inner]
        done: set[str] = set()
        for group in [*roots, *self._members]:  # the second for groups that contain each other
            self._decide(group, done)

    def leaves(self, group: str) -> list[str]:
        """Return the tasks of a group, of its groups too, that have scores in the file."""
        if group not in self._leaves:
            self._leaves[group] = [d for d in self._below(group) if not self._members.get(d)]
        return self._leaves[group]

    def is_group(self, name: str) -> bool:
        """Whether a row is an aggregate of others in the file."""
        return bool(self._members.get(name)) and bool(self.leaves(name))

    def _below(self, group: str) -> list[str]:
        """Return all that a group contains and that has scores, itself not among it."""
        found: dict[str, None] = {}
        open_ = list(reversed(self._members.get(group, [])))
        seen = {group}
        while open_:
            name = open_.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self._scored:
                found[name] = None
            open_.extend(reversed(self._members.get(name, [])))
        return list(found)

    def _decide(self, group: str, done: set[str]) -> None:
        open_ = [group]
        while open_:
            name = open_.pop()
            if name in done or not self._members.get(name):
                continue
            done.add(name)
            below = self._below(name)
            if name in self._scored and below:
                if name in self.aside:  # part of one that is kept: so are its own parts
                    pass
                elif self._is_benchmark(name):
                    for part in below:
                        self.aside[part] = f"part of {name}, which is kept"
                else:
                    n = len(self.leaves(name))
                    self.aside[name] = f"{name} is an aggregate of {n} tasks, which are kept"
            open_.extend(reversed(self._members[name]))

    def _is_benchmark(self, group: str) -> bool:
        if self._catalogue is None:
            return False
        if self._catalogue.is_part(HARNESS, group):
            return False
        return bool(self._catalogue.family(group, harness=HARNESS))

    def _parts_by_name(self) -> None:
        """Find members that the catalogue knows and the file does not tell."""
        if self._catalogue is None:
            return
        inner = {m for members in self._members.values() for m in members}
        for name in sorted(self._scored - inner):
            whole = self._catalogue.is_part(HARNESS, name)
            if whole is None or whole == name:
                continue
            if whole in self._scored:
                self._members.setdefault(whole, []).append(name)
            else:
                self.orphans.setdefault(whole, []).append(name)
