"""What is read of the files, folders and patterns that a person names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from features.errors import DataError
from features.importing.find_files import find


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/results_1.json", "a/results_2.json", "a/notes.txt", ".git/results_0.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    return tmp_path


def found(paths, claims=lambda p: p.suffix == ".json"):
    left: list[tuple[str, str]] = []
    names = [str(p) for p in find(paths, claims, lambda *told: left.append(told))]
    return names, left


def test_a_folder_is_searched_in_depth_and_the_rest_is_told(tree):
    names, left = found([tree])
    assert names == [str(tree / "a/results_2.json"), str(tree / "b/results_1.json")]
    assert left == [(str(tree / "a/notes.txt"), "plainly something else")]


def test_a_named_file_is_read_whatever_it_looks_like_and_only_once(tree):
    names, left = found([tree / "a/notes.txt", tree / "a", tree / "a/notes.txt"])
    assert names == [str(tree / "a/notes.txt"), str(tree / "a/results_2.json")]


def test_patterns(tree):
    names, _ = found([str(tree / "**/results_*.json")])
    assert len(names) == 3  # a pattern may reach where a search does not
    with pytest.raises(DataError, match="no file matches the pattern"):
        found([str(tree / "*.yaml")])


def test_a_folder_that_is_claimed_as_a_whole_is_not_searched(tree):
    names, left = found([tree], lambda p: p.name == "a")
    assert names == [str(tree / "a")] and [Path(f).name for f, _ in left] == ["results_1.json"]


def test_what_is_not_there():
    with pytest.raises(DataError, match="no such file or folder"):
        found(["nowhere.json"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tree):
    os.mkfifo(tree / "a" / "pipe.json")
    _, left = found([tree])
    assert (str(tree / "a/pipe.json"), "not a regular file") in left
