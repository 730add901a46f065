"""The examples in the docstrings of cpp/ run, and every rung has one."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import cpp
from cpp import LADDER, Predictions, make_predictor
from cpp.encode import FactorEncoder
from cpp.latent import LatentScale

MODULES = [m.name for m in pkgutil.walk_packages(cpp.__path__, "cpp.")]


def examples_of(module: ModuleType) -> list[doctest.DocTest]:
    return [t for t in doctest.DocTestFinder().find(module) if t.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    heard: list[str] = []
    for test in examples_of(importlib.import_module(name)):
        runner.run(test, out=heard.append)
    assert not runner.summarize(verbose=False).failed, "".join(heard)


@pytest.mark.parametrize(
    "public",
    [type(make_predictor(rung)) for rung in LADDER]
    + [Predictions, LatentScale, FactorEncoder, make_predictor],
    ids=lambda public: public.__name__,
)
def test_there_is_an_example(public: type) -> None:
    assert ">>>" in (public.__doc__ or ""), f"{public.__name__} has no example"
