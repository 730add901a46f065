"""Near misses: what is suggested for a name that does not exist."""

from __future__ import annotations

from features.errors import near_misses, unknown_name

TASKS = ["MMLU (5-shot)", "MMLU-Pro (5-shot)", "GSM8K (5-shot)", "HellaSwag (0-shot)"]


def test_a_name_that_starts_with_the_asked_one_is_near():
    assert near_misses("mmlu", TASKS)[:2] == ["MMLU (5-shot)", "MMLU-Pro (5-shot)"]


def test_a_slip_of_the_pen_is_near():
    assert near_misses("HellaSwagg (0-shot)", TASKS)[0] == "HellaSwag (0-shot)"


def test_nothing_is_near_an_empty_name():
    assert near_misses("", TASKS) == []


def test_the_message_suggests_or_lists():
    assert "did you mean 'MMLU (5-shot)'" in str(unknown_name("task", "MMLU", TASKS))
    assert "must be one of 'a', 'b'" in str(unknown_name("rung", "zzzz", ["a", "b"]))
