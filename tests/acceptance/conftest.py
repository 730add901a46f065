"""The program as a user runs it: the installed command, in an empty folder, on its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

#: what a run of the tests must not inherit
OURS = ("BENCHCAST_", "MLFLOW_", "PYTHONPATH", "COLUMNS", "CI")


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return standard output, which must be one JSON document."""
        return json.loads(self.out)

    def ok(self) -> Ran:
        """Return itself; fail if the command failed."""
        assert self.code == 0, self.err
        return self

    def refused(self, code: int, *says: str) -> Ran:
        """Return itself; fail unless it ended with `code` and a message, not a traceback."""
        assert self.code == code, f"exit code {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err and "Traceback" not in self.out
        assert "bug in benchcast" not in self.err
        for text in says:
            assert text in self.err + self.out, f"{text!r} is not in\n{self.err}{self.out}"
        return self


def environment() -> dict[str, str]:
    """Return the environment without anything that points a run elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return {**kept, "NO_PROXY": "*", "OPENBLAS_NUM_THREADS": "1"}


def command() -> list[str]:
    """Return the installed console script, or the same entry by module if there is none."""
    script = Path(sys.executable).with_name("benchcast")
    found = str(script) if script.exists() else shutil.which("benchcast")
    assert found, "benchcast is not installed: pip install -e ."
    return [found]


def benchcast(*args: str | Path, cwd: Path, timeout: float = 150) -> Ran:
    """Run one command in `cwd`."""
    run = subprocess.run(
        [*command(), *(str(a) for a in args)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(run.returncode, run.stdout, run.stderr)


@pytest.fixture
def run(tmp_path, monkeypatch, capfd) -> Callable[..., Ran]:
    """Run commands in an empty folder of the test's own.

    The first one as a user does, in a process of its own; those after it in this process, which
    has imported everything: most of what a command costs is its imports. What a process does of
    its own accord is looked at with :func:`benchcast`.
    """
    ran: list[Ran] = []

    def one(*args: str | Path) -> Ran:
        if not ran:
            ran.append(benchcast(*args, cwd=tmp_path))
        else:
            ran.append(_inside([str(a) for a in args], tmp_path, monkeypatch, capfd))
        return ran[-1]

    return one


def _inside(
    args: list[str], cwd: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Ran:
    """Run one command in this process, with the environment and the folder of the others."""
    from serving.cli import main

    with monkeypatch.context() as patch:
        kept = environment()
        for name in os.environ.keys() - kept.keys():
            patch.delenv(name)
        for name, value in kept.items():
            patch.setenv(name, value)
        patch.chdir(cwd)
        capfd.readouterr()
        code = main(args)
        out, err = capfd.readouterr()
    return Ran(code, out, err)
