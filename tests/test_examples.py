"""The examples in docstrings run, and every public class has one.

The rule: a class without a leading underscore is shown at work if it has a method or property of
its own, or is named in the ``__all__`` of its package. Exempt are exceptions, protocols and named
tuples, and what only holds fields. In serving/ the rule holds for what other files build on, the
engine and the settings; routes, pages and commands are tested as people use them.
"""

from __future__ import annotations

import ast
import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "cpp", "training", "serving")
#: where in serving/ the rule holds
BUILT_ON = ("serving/engine/", "serving/settings.py", "serving/service_settings.py")
#: functions that people call first
MAIN = (
    "cpp.ladder:make_predictor",
    "features.sources.shipped:load_leaderboard",
    "features.sources.readers:read_source",
    "features.store.open:open_store",
    "training.evaluation.backtest:backtest",
    "training.splits:make_folds",
    "training.pipeline.training_run:train",
)


def files() -> Iterator[tuple[str, str]]:
    """Yield path and text of every module."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


WITH_EXAMPLES = [module_name(path) for path, text in files() if ">>> " in text]


def examples_of(module: ModuleType) -> list[doctest.DocTest]:
    return [t for t in doctest.DocTestFinder().find(module) if t.examples]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    heard: list[str] = []
    for i, test in enumerate(examples_of(importlib.import_module(name))):
        folder = tmp_path / str(i)  # what an example writes is seen by no other
        folder.mkdir()
        monkeypatch.chdir(folder)
        runner.run(test, out=heard.append)
    assert not runner.summarize(verbose=False).failed, "".join(heard)


def exported(path: str) -> set[str]:
    """Return the `__all__` of the package that a file is in."""
    tree = ast.parse((ROOT / path).parent.joinpath("__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {ast.literal_eval(name) for name in node.value.elts}
    return set()


def needs_an_example(node: ast.ClassDef, path: str) -> bool:
    if node.name.startswith("_") or (path.startswith("serving/") and not path.startswith(BUILT_ON)):
        return False
    bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
    if bases & {"NamedTuple", "Protocol"} or any(b.endswith(("Error", "Exception")) for b in bases):
        return False
    does = any(
        isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name != "__post_init__"
        for part in node.body
    )
    return does or node.name in exported(path)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_class_has_an_example(package: str) -> None:
    without = [
        f"{path}: {node.name}"
        for path, text in files()
        if path.startswith(f"{package}/")
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
        and needs_an_example(node, path)
        and ">>> " not in (ast.get_docstring(node) or "")
    ]
    assert not without


@pytest.mark.parametrize("name", MAIN)
def test_main_functions_have_an_example(name: str) -> None:
    module, function = name.split(":")
    assert ">>> " in (getattr(importlib.import_module(module), function).__doc__ or "")
