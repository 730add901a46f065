"""The rooms of the house: no circles, doors that say what may be touched, room enough to look
around.

A room is a folder below one of the four packages. Imports inside functions and those for types
count like any other: a reader follows them all the same.
"""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

TOP = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "cpp", "training", "serving")
#: Alembic runs these by path; nobody imports them
SCRIPTS = "features/store/migrations"
MOST_FILES, MOST_LINES, MOST_NAMES, MEDIAN_LINES = 15, 400, 30, 130
#: what is written for everybody may show more than a room does
MOST_PUBLIC = 40


class Import(NamedTuple):
    """One name that one module takes from another: a module, or something in it."""

    by: str
    line: int
    module: str
    """The module named, or the package whose door was asked."""
    name: str
    """What was taken of it, empty if it is the module itself."""


@cache
def modules() -> dict[str, Path]:
    """Return every module of the packages by its dotted name."""
    found = {}
    for path in sorted(p for package in PACKAGES for p in (TOP / package).rglob("*.py")):
        where = path.relative_to(TOP)
        if not where.as_posix().startswith(SCRIPTS):
            parts = where.with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def is_door(module: str) -> bool:
    return modules()[module].name == "__init__.py"


def room(module: str) -> str:
    return module if is_door(module) else module.rpartition(".")[0]


@cache
def rooms() -> tuple[str, ...]:
    return tuple(module for module in modules() if is_door(module))


@cache
def imports() -> tuple[Import, ...]:
    """Return every import from one of our modules into another, doors left out."""
    return tuple(one for module in modules() if not is_door(module) for one in _imports(module))


def _imports(module: str) -> Iterator[Import]:
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in modules():
                    yield Import(module, node.lineno, alias.name, "")
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in modules():
                    yield Import(module, node.lineno, inner, "")
                else:
                    yield Import(module, node.lineno, node.module, alias.name)


def circles(follows: Mapping[Hashable, Set[Hashable]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other (Tarjan 1972)."""
    number: dict[Hashable, int] = {}
    low: dict[Hashable, int] = {}
    open_: list[Hashable] = []
    found = []

    def visit(node: Hashable) -> None:
        number[node] = low[node] = len(number)
        open_.append(node)
        for other in follows.get(node, ()):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in open_:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            at = open_.index(node)
            group, open_[at:] = open_[at:], []
            if len(group) > 1:
                found.append(sorted(map(str, group)))

    for node in follows:
        if node not in number:
            visit(node)
    return found


@cache
def doors() -> dict[str, list[str]]:
    """Return the `__all__` of every room, in a fresh interpreter: nothing else is loaded there."""
    code = (
        "import importlib, json, sys\n"
        "print(json.dumps({r: list(importlib.import_module(r).__all__) for r in sys.argv[1:]}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *rooms()], cwd=TOP, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_two_files_import_each_other() -> None:
    follows = defaultdict(set)
    for one in imports():
        if not is_door(one.module):
            follows[one.by].add(one.module)
    assert circles(follows) == []


def test_no_two_rooms_import_each_other() -> None:
    follows = defaultdict(set)
    for one in imports():
        if room(one.by) != room(one.module):
            follows[room(one.by)].add(room(one.module))
    assert circles(follows) == []


def test_only_what_stands_in_a_door_is_taken_from_another_room() -> None:
    wrong = []
    for one in imports():
        of = room(one.module)
        name = one.name or one.module.rpartition(".")[2]
        whole = is_door(one.module) and not one.name  # `import cpp`, and then by its door
        if of != room(one.by) and not whole and name not in doors()[of]:
            where = modules()[one.by].relative_to(TOP)
            wrong.append(f"{where}:{one.line} takes {name}, which {of}/__init__.py does not list")
    assert not wrong, "; ".join(wrong)


#: what a door of the house takes of the others: nothing but the use cases behind them all
APART = {
    "serving.answers": ("serving.api", "serving.cli", "serving.page", "serving.problems"),
    "serving.engine": ("serving.answers", "serving.api", "serving.cli", "serving.page"),
    "serving.api": ("serving.cli", "serving.page"),
    "serving.page": ("serving.api", "serving.cli"),
    "serving.cli": ("serving.api", "serving.page"),
    "serving.reports": ("serving.answers", "serving.api", "serving.cli", "serving.page"),
}


def inside(module: str, folder: str) -> bool:
    return module == folder or module.startswith(f"{folder}.")


def test_command_line_api_and_page_meet_in_the_use_cases_only() -> None:
    wrong = [
        f"{one.by}:{one.line} imports {one.module}"
        for one in imports()
        for folder, others in APART.items()
        if inside(one.by, folder) and any(inside(one.module, other) for other in others)
    ]
    assert not wrong, "both call serving/answers: " + "; ".join(wrong)


def test_no_route_and_no_page_imports_another() -> None:
    routes = [
        module
        for module, path in modules().items()
        if inside(module, "serving") and "router = APIRouter(" in path.read_text(encoding="utf-8")
    ]
    assert len(routes) > 15
    views = {"cell", "compare", "matrix", "next_evaluations", "profile", "ranking", "report"}
    pages = {f"serving.page.{name}" for name in (*views, "try_model")}
    assert pages <= modules().keys()
    wrong = [
        f"{one.by}:{one.line} imports {one.module}"
        for one in imports()
        if one.module in routes
        or (one.module in pages and one.by in {*pages, *routes} - {"serving.page.routes"})
    ]
    assert not wrong, "; ".join(wrong)


def test_no_door_lists_what_nobody_takes() -> None:
    """But for the four packages, whose doors are for people."""
    taken = {(room(one.module), one.name or one.module.rpartition(".")[2]) for one in imports()}
    texts = [
        path.read_text(encoding="utf-8")
        for path in (*TOP.glob("*.md"), *TOP.glob("*/*.md"), *(TOP / "tests").rglob("*.py"))
    ]
    unused = [
        f"{of}: {name}"
        for of, names in doors().items()
        for name in names
        if of not in PACKAGES and (of, name) not in taken
        if not any(name in text for text in texts)
    ]
    assert not unused


@pytest.mark.parametrize("of", rooms())
def test_a_door_says_what_stands_behind_it(of: str) -> None:
    module = importlib.import_module(of)
    said = (module.__doc__ or "").partition("Examples\n")[0].strip()
    lines = [line for line in said.splitlines() if line.strip()]
    assert 1 <= len(lines) <= 4, f"{of}: what it answers and what it never does, in a few lines"
    names = doors()[of]
    assert names == sorted(set(names))
    for name in names:
        assert getattr(module, name) is not None
    both = [n for n in names if f"{of}.{n}" in modules() and not _is_module(module, n)]
    assert not both, f"{of}: {both} are names and modules, so an import may give either"
    most = MOST_PUBLIC if of in PACKAGES else MOST_NAMES
    assert len(names) <= most, f"{of}: a door with {len(names)} names is no door"


def _is_module(package: object, name: str) -> bool:
    return type(getattr(package, name)).__name__ == "module"


def test_rooms_and_files_are_small_enough_to_look_around() -> None:
    files = [module for module in modules() if not is_door(module)]
    per_room = Counter(room(module) for module in files)
    assert {k: n for k, n in per_room.items() if n > MOST_FILES} == {}
    lines = {m: len(modules()[m].read_text(encoding="utf-8").splitlines()) for m in files}
    assert {m: n for m, n in lines.items() if n > MOST_LINES} == {}
    assert median(lines.values()) <= MEDIAN_LINES


def test_a_file_name_says_where_one_is() -> None:
    used = defaultdict(set)
    for module in modules():
        if not is_door(module):
            package, name = module.split(".")[0], module.rpartition(".")[2]
            used[package, name].add(room(module))
    assert {k: sorted(v) for k, v in used.items() if len(v) > 2} == {}
