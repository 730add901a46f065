"""Starting is quick: nothing heavy is imported before a command needs it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

HEAVY = ("mlflow", "lightgbm", "matplotlib", "sklearn", "scipy", "pandas", "numpy", "pydantic")


def _python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout


def test_importing_the_command_line_imports_nothing_heavy():
    code = "import json, sys, serving.cli; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(_python(code))
    assert [name for name in HEAVY if name in loaded] == []


def test_help_and_version_are_quick():
    for flag in ("--help", "--version"):
        start = time.perf_counter()
        out = _python(f"import sys; from serving.cli import main; sys.exit(main([{flag!r}]))")
        assert "benchcast" in out
        assert time.perf_counter() - start < 2.0  # 0.2 s on an idle machine
