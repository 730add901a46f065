"""Two facts about a harness's names: what is part of what, and which metric is the headline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from features.catalogue.csv_rows import Line
from features.catalogue.normalise import expand, normalise_name, split_list
from features.errors import DataError

PART_REQUIRED, PART_OPTIONAL = ("harness", "whole", "parts"), ("values", "remark")
HEADLINE_REQUIRED, HEADLINE_OPTIONAL = ("harness", "group", "metric"), ("split", "remark")
LIST_REQUIRED = ("list", "values")


def read_lists(lines: Iterable[Line]) -> dict[str, list[str]]:
    """Return the named lists of values (``@mmlu`` stands for the list ``mmlu``)."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if line["list"] in found:
            raise line.error(f"the list {line['list']!r} stands twice")
        found[line["list"]] = split_list(line["values"])
    return found


def read_parts(
    lines: Iterable[Line], lists: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], str]:
    """Return the whole by harness and normalised name of the part.

    A part of several wholes belongs to the one that stands first.

    Raises
    ------
    DataError
        If a list is not known or a pattern cannot be read.
    """
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        values = split_list(line["values"])
        if line["values"].startswith("@"):
            name = line["values"][1:]
            if name not in lists:
                raise line.error(f"no list {name!r} in lists.csv; known: {', '.join(lists)}")
            values = list(lists[name])
        try:
            names = expand(line["parts"], values)
        except DataError as error:
            raise line.error(str(error)) from error
        for part, _ in names:
            found.setdefault((line["harness"], normalise_name(part)), line["whole"])
    return found


def read_headlines(lines: Iterable[Line]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return headline metric and split by harness and group (as written).

    Raises
    ------
    DataError
        If a group stands twice.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in lines:
        key = line["harness"], line["group"]
        if key in found and found[key] != (line["metric"], line["split"]):
            raise line.error(f"the group {line['group']!r} of {line['harness']} stands twice")
        found[key] = line["metric"], line["split"]
    return found
