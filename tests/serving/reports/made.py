"""What the tests of reports share: a dataset with odd names, and how a page is read."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from features.dataset.write import write_dataset
from features.table.score_table import ScoreTable
from serving.cli import main
from tests.training.reporting.dated import dated

SCRIPT = "<script>alert(1)</script> $x$ & co"
LONG = "an_organization/with_a_very_long_name_of_a_model_that_never_ends-70B-instruct-v1.0_final"
VOID = {"meta", "wbr", "br", "link", "img", "input"}


def odd() -> ScoreTable:
    """Return the planted table with a model and a task whose names could do harm."""
    table = dated()
    names = {table.models.index[0]: SCRIPT, table.models.index[1]: LONG}
    task = {table.tasks.index[0]: "</svg><b>task"}
    scores = table.scores.assign(
        model=table.scores["model"].replace(names), task=table.scores["task"].replace(task)
    )
    return ScoreTable(
        scores, table.models.rename(index=names), table.tasks.rename(index=task), name="odd",
        meta={"title": "Odd <names>", "license": "CC0"},
    )  # fmt: skip


@dataclass
class Made:
    """A report that was written, with what the command said."""

    folder: Path
    said: str
    noted: str
    name: str = "report"

    @property
    def page(self) -> str:
        return (self.folder / f"{self.name}.html").read_text(encoding="utf-8")

    @property
    def document(self) -> dict[str, Any]:
        return json.loads((self.folder / f"{self.name}.json").read_text(encoding="utf-8"))

    def csv(self, name: str) -> pd.DataFrame:
        with zipfile.ZipFile(self.folder / f"{self.name}-tables.zip") as archive:
            with archive.open(name) as file:
                return pd.read_csv(file, dtype=str, keep_default_na=False)


def run(capfd: Any, *arguments: object) -> tuple[int, str, str]:
    """Run the command line; return its exit code and what it said and noted."""
    code = main([str(a) for a in arguments])
    said, noted = capfd.readouterr()
    return code, said, noted


def dataset(folder: Path) -> Path:
    """Write the odd dataset and return its directory."""
    return write_dataset(odd(), folder / "odd")


@dataclass
class Read(HTMLParser):
    """A page taken apart: raises AssertionError where tags do not close as they opened."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    ids: Counter = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    svgs: list[dict[str, Any]] = field(default_factory=list)
    tags: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self._text: list[str] | None = None

    @classmethod
    def of(cls, page: str) -> Read:
        it = cls()
        it.feed(page)
        it.close()
        assert it._open == [], f"left open: {it._open}"
        return it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        self._look_at(tag, given)
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("h1", "h2", "h3", "h4", "figcaption"):
            self._text = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._look_at(tag, dict(attrs))

    def _look_at(self, tag: str, given: dict[str, str | None]) -> None:
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        for name, value in given.items():
            value = value or ""
            if name in ("aria-labelledby",) or (name == "href" and value.startswith("#")):
                self.asked.add(value.removeprefix("#"))
            if name in ("src", "srcset", "data", "poster", "background") or name.startswith("on"):
                self.outside.append(f"{tag} {name}={value}")
            if name == "href" and tag != "a" and not value.startswith("#"):
                self.outside.append(f"{tag} href={value}")
            if "url(" in value:
                assert "url(#" in value, value
                self.asked.add(value.partition("url(#")[2].partition(")")[0])
        if tag == "svg":
            self.svgs.append(dict(given))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()
        if self._text is not None and tag in ("h1", "h2", "h3", "h4", "figcaption"):
            text = " ".join("".join(self._text).split())
            if tag == "figcaption":
                self.captions.append(text)
            else:
                self.headings.append((int(tag[1]), text))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)
