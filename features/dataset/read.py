"""Read a dataset directory: scores, models, tasks and their description.

Nothing is half-read: what is wrong is gathered in a ledger first, and a directory with
anything refused raises one error that names the first findings.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from features.dataset.factors_csv import factors
from features.dataset.folds_csv import read_folds
from features.dataset.remarks import note_oddities
from features.dataset.scores_csv import score_rows
from features.errors import DataError
from features.formats.csv_files import SUFFIXES, RawTable, read_csv
from features.formats.parquet_files import read_parquet
from features.ledger import Ledger
from features.table.schema import SCORE_REQUIRED
from features.table.score_table import ScoreTable
from features.table.standardise import scales_of

__all__ = ["read_dataset", "read_folds"]

#: findings that the message of an error names
N_NAMED = 5
#: a description longer than this is no description
MAX_TOML = 1_000_000


@dataclass
class DatasetContent:
    """What could be read of a dataset directory, with its ledger.

    Examples
    --------
    >>> Path("mine").mkdir()
    >>> _ = Path("mine/tasks.csv").write_text("task,scale_min,scale_max\\nExam,0,100\\n")
    >>> _ = Path("mine/scores.csv").write_text("model,task,score\\na,Exam,61\\nb,Exam,6l\\n")
    >>> content = read_content(Path("mine"))
    >>> content.scores["score"].tolist(), content.ledger.counts()["refused"]
    ([61.0], 1)
    """

    path: Path
    ledger: Ledger = field(default_factory=Ledger)
    meta: dict[str, Any] = field(default_factory=dict)
    scores: pd.DataFrame | None = None
    models: pd.DataFrame | None = None
    tasks: pd.DataFrame | None = None

    def table(self) -> ScoreTable:
        """Return the usable rows as a table; raises DataError if there is none."""
        if self.scores is None or self.tasks is None or self.scores.empty:
            raise refusal(self.path, self.ledger)
        name = self.meta.get("name") or self.path.resolve().name
        return ScoreTable(
            self.scores, self.models, self.tasks, name=name, meta=self.meta, ledger=self.ledger
        )


def read_dataset(path: str | os.PathLike[str], *, strict: bool = True) -> ScoreTable:
    """Read a dataset directory.

    Parameters
    ----------
    path : path of a directory
        With ``scores``, ``models`` and ``tasks`` as ``.csv``, ``.csv.gz`` or ``.parquet``,
        and ``dataset.toml``. Only the scores and tasks files are indispensable.
    strict : bool, default True
        Whether anything refused is an error. Otherwise refused rows are left out and
        refused factors are unknown; see ``table.ledger``.

    Returns
    -------
    ScoreTable
        Scores in each task's own unit. ``table.ledger`` tells what became of each row.
        Ids stand as they are in the files, with case and spaces.

    Raises
    ------
    DataError
        Names the first findings with file, line, value, reason and remedy; its ``ledger``
        has them all.
    """
    content = read_content(Path(path))
    if strict and content.ledger.failed:
        raise refusal(content.path, content.ledger)
    return content.table()


def read_content(path: Path) -> DatasetContent:
    """Read what can be read of a dataset directory; every fault goes to the ledger."""
    content = DatasetContent(path)
    ledger = content.ledger
    if not path.is_dir():
        what = "is a file, not a dataset directory" if path.exists() else "no such directory"
        remedy = "name a directory with scores.csv, models.csv, tasks.csv and dataset.toml"
        ledger.add("refused", str(path), None, "", what, remedy)
        return content
    content.meta = _read_meta(path, ledger)
    raw_tasks = read_raw(path, "tasks", ledger, required=("task",))
    raw_models = read_raw(path, "models", ledger, required=("model",))
    if raw_tasks is not None:
        content.tasks = factors(raw_tasks, "task", ledger)
    if raw_models is not None:
        content.models = factors(raw_models, "model", ledger)
    raw = read_raw(path, "scores", ledger, required=SCORE_REQUIRED)
    if raw is not None and content.tasks is None:
        ledger.row_outcomes["refused"] += len(raw)  # the finding on the tasks file says why
    elif raw is not None and content.tasks is not None:
        content.scores = score_rows(raw, scales_of(content.tasks), ledger)
        note_oddities(content.scores, raw_models, raw_tasks, content.models, raw, ledger)
    return content


def read_raw(path: Path, stem: str, ledger: Ledger, *, required: Sequence[str]) -> RawTable | None:
    """Read ``stem.csv``, ``stem.csv.gz`` or ``stem.parquet``, whichever there is."""
    found = [stem + suffix for suffix in SUFFIXES if (path / (stem + suffix)).exists()]
    if len(found) > 1:
        what = f"{' and '.join(found)} are both there, and only one can be read"
        ledger.add("refused", found[0], None, "", what, "keep one of them")
        return None
    if not found and stem == "models":
        what = "there is no models file: every model is without factors"
        ledger.add("note", "models.csv", None, "", what, "add one to predict unseen models")
        return None
    if not found:
        what = f"the {stem} file is missing in {path}"
        names = " or ".join(stem + suffix for suffix in SUFFIXES)
        ledger.add("refused", f"{stem}.csv", None, "", what, f"add {names}")
        return None
    read = read_parquet if found[0].endswith(".parquet") else read_csv
    return read(path / found[0], found[0], ledger, required=required, score_rows=stem == "scores")


def refusal(path: Path, ledger: Ledger) -> DataError:
    """Return the error for a directory (or file) with refused content."""
    refused = ledger.of("refused")
    if not refused:
        return DataError(f"{path}: no usable score; a dataset has at least one", ledger)
    named = "\n".join(f"  {entry}" for entry in refused[:N_NAMED])
    rest = len(refused) - N_NAMED
    more = f"\n  and {rest} more; `benchcast check` lists them all" if rest > 0 else ""
    count = "1 finding" if len(refused) == 1 else f"{len(refused)} findings"
    return DataError(f"{path} cannot be used ({count}):\n{named}{more}", ledger)


def _read_meta(path: Path, ledger: Ledger) -> dict[str, Any]:
    file = "dataset.toml"
    try:
        with (path / file).open("rb") as stream:
            raw = stream.read(MAX_TOML + 1)
        if len(raw) > MAX_TOML:
            what = f"larger than {MAX_TOML:,} bytes"
            ledger.add("refused", file, None, "", what, "a description is short")
            return {}
        meta = tomllib.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        what = "there is no description; the name is that of the directory"
        ledger.add("note", file, None, "", what, "add one with name, title, license and homepage")
        return {}
    except OSError as error:
        ledger.add("refused", file, None, "", f"cannot be read: {error.strerror or error}", "")
        return {}
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        ledger.add("refused", file, line, "", "not UTF-8", "save the file as UTF-8")
        return {}
    except tomllib.TOMLDecodeError as error:
        at, value = _where(str(error), raw)
        ledger.add("refused", file, at, value, f"not valid TOML: {error}", "correct it")
        return {}
    if not isinstance(meta.get("name", ""), str):
        what = "name must be text"
        ledger.add("refused", file, None, meta["name"], what, "put it in quotes")
        return {}
    return meta


def _where(message: str, raw: bytes) -> tuple[int, str]:
    """Return the line of a TOML error, which its message gives, and that line's text."""
    _, _, tail = message.partition("(at line ")
    number = tail.partition(",")[0]
    lines = raw.decode("utf-8-sig").splitlines()
    if not number.isdigit() or int(number) > len(lines):
        return (len(lines) or 1), lines[-1] if lines else ""
    return int(number), lines[int(number) - 1]
