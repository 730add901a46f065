"""The documentation of features/ is true: its examples run, its constants are the code's."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import features
from features.formats import csv_files
from features.table import reconcile
from features.table.schema import MODEL_FACTORS, SCORE_COLUMNS, TASK_FACTORS

FOLDER = Path(features.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_examples_of_the_readme_run() -> None:
    results = doctest.testfile(str(FOLDER / "README.md"), module_relative=False)
    assert results.attempted >= 6
    assert results.failed == 0


def test_constants_of_the_readme_are_the_codes() -> None:
    weights = ", ".join(
        f"{who} {reconcile.REPORTER_WEIGHT[who]}"
        for who in ("third_party", "first_party", "unknown")
    )
    assert f"| `REPORTER_WEIGHT` | {weights} |" in README
    for name in ("RECENCY_HALF_LIFE_YEARS", "SETTING_SD_POINTS", "DEFAULT_SE_POINTS"):
        assert f"| `{name}` | {getattr(reconcile, name)} |" in README
    assert csv_files.MAX_LINE == 1_000_000 and "at most 1 MB" in README
    assert csv_files.MAX_BYTES == 512_000_000 and "a file 512 MB" in README
    assert f"{csv_files.MAX_COLUMNS:,} columns" in README


def test_every_standard_column_and_every_file_is_documented() -> None:
    for name in {*MODEL_FACTORS, *TASK_FACTORS}:
        assert f"`{name}`" in README
    for name in SCORE_COLUMNS:
        assert name in README
    for path in FOLDER.glob("*.py"):
        assert path.name == "__init__.py" or f"`{path.name}`" in README, path.name


def test_public_names_resolve() -> None:
    for name in features.__all__:
        assert getattr(features, name) is not None
    assert set(features.__all__) <= set(dir(features))
    with pytest.raises(AttributeError, match="No features attribute nothing"):
        features.nothing  # noqa: B018


def test_import_is_cheap() -> None:
    code = "import features, sys; print([m for m in ('pandas', 'sqlalchemy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER.parent, check=True
    )
    assert done.stdout.strip() == "[]"
    code = "import features, sys; features.read_dataset; print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER.parent, check=True
    )
    assert done.stdout.strip() == "False"
