"""The house: which package may import which, what is pure, what stands at the top."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
#: from the ground floor up; each may import itself and what stands before it
FLOORS = ("features", "cpp", "training", "serving")
#: what the owner wants at the top, and what tools put there; names with a dot are not shown
FOLDERS = {*FLOORS, "tests", "findings"}
MADE = {
    line.strip("/")
    for line in (TOP / ".gitignore").read_text(encoding="utf-8").splitlines()
    if line.endswith("/")
}
#: never in cpp/: tables and arrays in, tables and arrays out
IMPURE = {
    "aiohttp", "click", "fastapi", "glob", "httpx", "io", "logging", "mlflow", "os", "pathlib",
    "pickle", "pydantic", "requests", "rich", "shutil", "socket", "sqlalchemy", "sqlite3",
    "subprocess", "tempfile", "tomllib", "urllib", "warnings",
}  # fmt: skip
READS_OR_WRITES = {
    "open", "print", "input", "read_csv", "read_parquet", "read_json", "read_pickle", "to_csv",
    "to_parquet", "to_pickle", "to_json", "read_text", "write_text", "read_bytes", "write_bytes",
    "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt", "save_model",
    "fromfile", "tofile",
}  # fmt: skip


def files(package: str) -> list[Path]:
    found = sorted((TOP / package).rglob("*.py"))
    assert found, package
    return found


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> list[tuple[int, str]]:
    """Return (line, dotted name) of every import of a file, those inside functions too."""
    out = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            out += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by the full name"
            out.append((node.lineno, node.module or ""))
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                out.append((node.lineno, first.value))
    return out


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


@pytest.mark.parametrize("package", FLOORS)
def test_imports_run_one_way(package: str) -> None:
    above = {*FLOORS[FLOORS.index(package) + 1 :], "tests"}
    wrong = [
        f"{path.relative_to(TOP)}:{line} imports {name}"
        for path in files(package)
        for line, name in imported(path)
        if name.split(".")[0] in above
    ]
    assert not wrong, "imports run features <- cpp <- training <- serving: " + "; ".join(wrong)


def test_the_predictors_are_pure() -> None:
    wrong = []
    for path in files("cpp"):
        where = path.relative_to(TOP)
        wrong += [
            f"{where}:{line} imports {name}"
            for line, name in imported(path)
            if name.split(".")[0] in IMPURE
        ]
        wrong += [
            f"{where}:{node.lineno} calls {_called(node)}"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and _called(node) in READS_OR_WRITES
        ]
    assert not wrong, "cpp/ touches no files, sockets or frameworks: " + "; ".join(wrong)


def loaded_after(code: str) -> set[str]:
    """Return the packages that are loaded after running `code` in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


def test_features_does_not_load_the_store() -> None:
    assert "sqlalchemy" not in loaded_after("import features; features.ScoreTable")
    read = "from features.sources.readers import read_source; read_source('leaderboard')"
    assert not loaded_after(read) & {"sqlalchemy", "alembic", "psycopg"}
    assert "sqlalchemy" not in loaded_after("import features.store; features.store.is_store('x')")
    named = [
        f"{path.relative_to(TOP)}:{line}"
        for path in files("features")
        for line, name in imported(path)
        if name.split(".")[0] == "sqlalchemy" and path.name == "__init__.py"
    ]
    assert not named


def test_the_ladder_loads_neither_lightgbm_nor_frameworks() -> None:
    loaded = loaded_after("import cpp; cpp.make_predictor('blend')")
    assert not loaded & {"lightgbm", "implicit", "mlflow", "fastapi", "click", "matplotlib"}


def test_nothing_else_stands_at_the_top() -> None:
    there = {
        p.name
        for p in TOP.iterdir()
        if p.is_dir() and not p.name.startswith(".") and not p.name.endswith(".egg-info")
    }
    assert FOLDERS <= there
    assert there - MADE == FOLDERS, f"no other folders at the top: {sorted(there - MADE - FOLDERS)}"


@pytest.mark.parametrize("package", FLOORS)
def test_no_error_is_swallowed(package: str) -> None:
    wrong = []
    for path in files(package):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                wrong.append(f"{path.relative_to(TOP)}:{node.lineno} bare except")
            if isinstance(node, ast.Call) and _called(node) in ("filterwarnings", "simplefilter"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and first.value == "ignore":
                    wrong.append(f"{path.relative_to(TOP)}:{node.lineno} ignores warnings")
    assert not wrong, "; ".join(wrong)
