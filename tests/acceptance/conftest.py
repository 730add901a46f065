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
def run(tmp_path) -> Callable[..., Ran]:
    """Run commands in an empty folder of the test's own."""
    return lambda *args: benchcast(*args, cwd=tmp_path)
