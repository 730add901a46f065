"""serving/README.md names every command and every flag of it, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import serving
from serving.cli import cli

README = (Path(serving.__file__).parent / "README.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(
    re.findall(r"^## benchcast (\S+)\n(.*?)(?=^## |\Z)", README, re.M | re.S)
)


def _flags(command: click.Command) -> set[str]:
    if isinstance(command, click.Group):
        return set().union(*(_flags(c) for c in command.commands.values()))
    options = [p for p in command.params if isinstance(p, click.Option)]
    return {o for p in options for o in [*p.opts, *p.secondary_opts] if o.startswith("--")}


def test_every_command_has_a_section():
    assert set(SECTIONS) == set(cli.commands)


@pytest.mark.parametrize("name", list(cli.commands))
def test_every_flag_is_documented_and_every_documented_flag_exists(name):
    rows = "\n".join(line for line in SECTIONS[name].splitlines() if line.startswith("|"))
    documented = set(re.findall(r"`(--[a-z-]+)", rows))
    assert documented == _flags(cli.commands[name])


@pytest.mark.parametrize("name", list(cli.commands))
def test_every_flag_and_command_has_help(name):
    command = cli.commands[name]
    for one in getattr(command, "commands", {"": command}).values():
        _has_help(one)


def _has_help(command: click.Command) -> None:
    assert command.help and command.short_help
    assert all(p.help for p in command.params if isinstance(p, click.Option))
    arguments = {p.metavar for p in command.params if isinstance(p, click.Argument)}
    assert all(a in (command.help or "") for a in arguments if a)
