"""Documents fail when they go stale: the files they name exist, the tree shows the rooms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "cpp", "training", "serving")
DOCUMENTS = sorted(
    path.relative_to(TOP).as_posix()
    for folder in (".", *PACKAGES, "tests", "findings")
    for path in (TOP / folder).glob("*.md" if folder == "." else "**/*.md")
)
#: a Python file in a code span or a code block: `latent_scale.py`, cpp/data/latent_scale.py
NAMED = re.compile(r"(?<![\w<>*/.])([\w/]+\.py)(?![\w*])")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_exists(document: str) -> None:
    text = (TOP / document).read_text(encoding="utf-8")
    beside = (TOP / document).parent
    names = {path.name for path in beside.rglob("*.py")}
    stale = sorted(
        named
        for named in set(NAMED.findall(text))
        if not (TOP / named).exists()
        and not any(path.as_posix().endswith(f"/{named}") for path in beside.rglob("*.py"))
        and named not in names
    )
    assert not stale, f"{document} names {stale}"


def test_the_tree_shows_the_rooms_there_are() -> None:
    text = (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8")
    shown = set(
        re.findall(r"^    ((?:features|cpp|training|serving)/[\w/]*)/ ", text, re.MULTILINE)
    )
    there = {
        path.parent.relative_to(TOP).as_posix()
        for package in PACKAGES
        for path in (TOP / package).glob("*/__init__.py")
    }
    assert {folder.rstrip("/") for folder in shown} == there
