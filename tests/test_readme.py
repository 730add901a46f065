"""The front page: its commands exist, its Python runs, its figures are those of the data."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import cpp
import features
from serving.cli import cli

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def commands() -> list[list[str]]:
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("benchcast")]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_accepted_by_the_parser(words):
    command = cli.commands.get(words[1])
    assert command is not None, words[1]
    if isinstance(command, click.Group):
        command = command.commands[words[2]]
    known = {o for p in command.params for o in getattr(p, "opts", [])}
    known |= {o for p in command.params for o in getattr(p, "secondary_opts", [])}
    assert {w for w in words[2:] if w.startswith("--")} <= known


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", TEXT)) <= targets


def test_the_python_runs(capsys):
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "my-new-model" in out and "prior" in out


def test_the_figures_of_the_leaderboard_are_true():
    table = features.load_leaderboard()
    said = f"{table.n_cells:,} published scores of {len(table.models)} models on "
    assert said + f"{len(table.tasks)} tasks" in " ".join(TEXT.split())


def test_every_rung_is_listed():
    ladder, accuracy = TEXT.split("## Where accuracy numbers come from")
    listed = [re.findall(r"^\| `([a-z-]+)` \|", t, flags=re.MULTILINE) for t in (ladder, accuracy)]
    assert listed[0] == list(cpp.LADDER)
    assert sorted(listed[1]) == sorted(cpp.LADDER)


@pytest.mark.parametrize("page", list(ROOT.glob("*.md")) + list(ROOT.glob("*/README.md")))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"
