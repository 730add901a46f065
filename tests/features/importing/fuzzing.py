"""Damage to files that a format reads: whatever stands there, never a traceback.

>>> @given(damaged(GOOD_BYTES))
... def test_damaged_files(tmp_path, content):
...     (tmp_path / "x.json").write_bytes(content)
...     check_reading(module.read, tmp_path / "x.json")
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options

#: settings for tests that use ``tmp_path`` and read files
FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_BITS = st.binary(max_size=20) | st.sampled_from(
    [b"\0", b'"', b"\n", b",", b"{", b"]", b"\xff", b"NaN", b"1e999", b"-", b"\xef\xbb\xbf", b"\\"]
)
ODD_VALUES: list[Any] = [
    None,
    "",
    " ",
    "N/A",
    "0.5",
    "text",
    True,
    0,
    -1,
    2,
    1e300,
    10**400,
    math.nan,
    math.inf,
    [],
    {},
    [None],
    [[1, "a"]],
    {"": None},
    {"a": {"b": []}},
    "\ud800",
    "a\nb",
    "\x00",
    "x" * 3000,
    "2024-13-45",
    "../../etc/passwd",
]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Return `content` cut off, or with some bytes taken out and others put in."""
    if draw(st.booleans()):
        return content[: draw(st.integers(0, len(content)))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.integers(0, 30))
        content = content[:at] + draw(_BITS) + content[at + gone :]
    return content


@st.composite
def odd_json(draw: st.DrawFn, tree: Any) -> Any:
    """Return a copy of a JSON tree with some values odd, and some keys gone or renamed.

    Write it with :func:`as_bytes`.
    """
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 4))):
        at = tree
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and at[key] and draw(st.integers(0, 4)):
                at = at[key]
                continue
            change = draw(st.sampled_from(["value", "value", "value", "gone", "name"]))
            if change == "value":
                at[key] = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
            elif change == "gone":
                del at[key]
            elif isinstance(at, dict):
                at[draw(st.text(max_size=5) | st.sampled_from(["", ",", "a.b", "x" * 500]))] = (
                    at.pop(key)
                )
            break
    return tree


def as_bytes(tree: Any) -> bytes:
    """Return a JSON tree as a file, halves of surrogate pairs included."""
    return json.dumps(tree).encode()


def check_reading(
    read: Callable[[Path, Collector, Options], None], path: Path, options: Options | None = None
) -> Collector:
    """Read `path` and see that nothing is raised but errors that name the file.

    What was taken has to add up, and what was refused has to name file and place. The collector
    is returned.
    """
    options = options or Options()
    into = Collector(options)
    whole = False
    try:
        read(path, into, options)
    except DataError as error:
        whole = True
        names = [path.name] + ([p.name for p in path.iterdir()] if path.is_dir() else [])
        assert any(name in str(error) for name in names), error
    counts = into.ledger.counts()
    rows = into.rows()
    assert counts["rows_in"] == len(rows) + counts["set_aside"] + counts["refused"], counts
    assert rows["score"].map(math.isfinite).all()
    for entry in into.ledger.entries:
        assert entry.file, entry
        if entry.outcome == "refused" and not whole:
            assert entry.place or entry.line or entry.reason, entry
            assert entry.remedy, entry
    for text in [*rows["model"], *rows["setting"], *(k.plain_name() for k in into.keys)]:
        text.encode("utf-8")
    return into
