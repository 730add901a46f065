"""What is wrong with a submission: every fault with its place in the body, told as one problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from features.errors import near_misses
from serving.answers.request_errors import COMPARED, SHOWN
from serving.problems.json_path import LISTED, path
from serving.problems.problem import Problem
from serving.submissions.names import fault_of_name

#: keys and indexes that lead to a part of the body
Place = tuple[int | str, ...]


@dataclass
class Faults:
    """What is wrong, each with its place in the body."""

    errors: list[dict[str, str]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    more: int = 0
    unknown: bool = False

    def add(
        self, place: Place, message: str, near: Iterable[str] = (), *, unknown: bool = False
    ) -> None:
        """Note a fault, and names that may be meant; the first 20 are told.

        `unknown` is a name that is not known, without which nothing can be stored.
        """
        self.unknown |= unknown
        if len(self.errors) >= LISTED:
            self.more += 1
            return
        self.errors.append({"path": path(place), "message": message})
        self.suggestions += [n for n in near if n not in self.suggestions]

    def settle(self) -> None:
        """Raise what was found as one problem."""
        if not self.errors:
            return
        rest = len(self.errors) - 1 + self.more
        more = f" (and {rest} more)" if rest else ""
        first = self.errors[0]
        raise Problem(
            "unknown-name" if self.unknown else "invalid-data",
            f"{first['path']}: {first['message']}{more}; nothing was stored",
            errors=self.errors,
            suggestions=self.suggestions,
        )


def check_name(name: str, place: Place, faults: Faults) -> None:
    """Note why a new name cannot be one."""
    fault = fault_of_name(name)
    if fault is not None:
        faults.add(place, f"this name {fault}")


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return known names near one that is not."""
    return near_misses(name, known) if len(name) <= COMPARED else []


def in_words(names: Sequence[str]) -> str:
    """Return near names as a question, nothing if there are none."""
    return f"; did you mean {', '.join(repr(n) for n in names)}?" if names else ""


def shown(name: str) -> str:
    """Return a name as messages repeat it."""
    return repr(name if len(name) <= SHOWN else name[:SHOWN] + "...")
