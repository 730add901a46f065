"""Output: plain tables that lose nothing, and JSON that is always valid."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from serving.cli.output.console import Console, number, to_json


def test_plain_table_is_never_cut_and_has_no_colours(capsys):
    long = "x" * 300
    Console().table(["name", "value"], [[long, 1.5], ["short", None]], "title")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.splitlines() == [
        "title",
        "name".ljust(300) + "  value",
        long + "  1.500",
        "short".ljust(300) + "      -",
    ]


def test_names_cannot_send_escape_codes(capsys):
    Console().table(["name"], [["\x1b[31mred\nline"]])
    assert capsys.readouterr().out == "name\n?[31mred?line\n"


def test_with_json_only_the_document_is_on_stdout(capsys):
    console = Console(json=True)
    console.say("text")
    console.table(["a"], [[1]])
    console.note("careful")
    console.document({"n": np.int64(3)})
    streams = capsys.readouterr()
    assert json.loads(streams.out) == {"n": 3, "notes": ["careful"]}
    assert streams.err == "note: careful\n"


def test_without_json_there_is_no_document(capsys):
    Console().document({"n": 1})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64("nan"), None),
        (float("inf"), None),
        (np.bool_(True), True),
        (np.array([1.0, np.nan]), [1.0, None]),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2025-01-02"), "2025-01-02T00:00:00"),
        (dt.date(2025, 1, 2), "2025-01-02"),
        ({1: (2, "é")}, {"1": [2, "é"]}),
    ],
)
def test_json_values(value, plain):
    assert json.loads(to_json(value)) == plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (70.348, "70.35"),
        (0.5, "0.5000"),
        (1234.56, "1235"),
        (0.0, "0.000"),
        (-3.14159, "-3.142"),
        (2.5e12, "2.5e+12"),
        (float("nan"), "-"),
    ],
)
def test_numbers_for_people(value, text):
    assert number(value) == text


def test_progress_is_silent_without_a_terminal(capsys):
    with Console().progress("work") as tell:
        tell(1, 2, "half")
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", "")
