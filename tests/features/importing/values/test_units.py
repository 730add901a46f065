"""Units: what a score without one is taken for, and how it is brought to another."""

from __future__ import annotations

import numpy as np
import pytest

from features.importing.values.units import Linear, between, guessed_scale, unit_of_file
from features.table.score_scale import ScoreScale

NAN = float("nan")
SHARE, PERCENT = ScoreScale(0.0, 1.0), ScoreScale(0.0, 100.0)


def units(values, chance, unit="auto"):
    return unit_of_file(np.array(values, float), np.array(chance, float), unit).tolist()


def test_a_share_becomes_a_percentage_without_digits_that_nobody_wrote():
    linear = between(SHARE, PERCENT)
    assert linear is not None
    assert linear(np.array([0.641, 0.29, 0.07, 0.0, 1.0])).tolist() == [64.1, 29.0, 7.0, 0.0, 100.0]
    back = between(PERCENT, SHARE)
    assert back is not None
    assert back(np.array([64.1, 29.0])).tolist() == [0.641, 0.29]


def test_the_same_scale_changes_no_bit():
    assert between(PERCENT, ScoreScale(0.0, 100.0, chance=25.0)) == Linear()
    values = np.array([1 / 3, 0.1 + 0.2])
    assert Linear()(values).tobytes() == values.tobytes()


def test_numbers_at_the_ends_of_what_a_float_holds():
    linear = between(SHARE, PERCENT)
    assert linear is not None
    tiny = linear(np.array([1e-320, -1e-320, 5e-300, 1e-290]))
    assert np.isfinite(tiny).all() and (np.abs(tiny) < 1e-280).all()
    assert linear(np.array([1e308, 1e300])).tolist() == [np.inf, 1e302]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (SHARE, ScoreScale(0.0, 1.0, higher_is_better=False)),
        (ScoreScale(0.0, None), PERCENT),
        (ScoreScale(), SHARE),
    ],
)
def test_scales_that_have_no_map(given, wanted):
    assert between(given, wanted) is None


def test_any_two_bounded_scales_are_mapped_on_each_other():
    linear = between(ScoreScale(-1.0, 1.0), ScoreScale(0.0, 10.0))
    assert linear is not None
    assert linear(np.array([-1.0, 0.0, 1.0])).tolist() == [0.0, 5.0, 10.0]


def test_percent_against_proportion():
    # far below chance as a percentage: a share, and so is what stands beside it
    assert units([0.641, 0.02], [25.0, NAN]) == ["share", "share"]
    # three small numbers of one author are shares
    assert units([0.1, 0.2, 0.3], [NAN, NAN, 0.0]) == ["share"] * 3
    # one small number may be either
    assert units([0.412], [NAN]) == ["ambiguous"]
    assert units([0.412], [0.0]) == ["ambiguous"]
    # an author who writes percent elsewhere; 0.8 % is possible where chance gives nothing
    assert units([64.1, 0.8], [25.0, 0.0]) == ["percent", "percent"]
    # but not where guessing gives 25 %
    assert units([64.1, 0.412], [25.0, 25.0]) == ["percent", "ambiguous"]
    # 0 is 0 in both
    assert units([0.0], [0.0]) == ["percent"]


def test_tasks_of_one_file_in_different_units():
    def of_last(values, chance):
        """Return the units of the last task, beside one in percent."""
        task = np.array([0] * 3 + [1] * len(values))
        both = np.array([40.0, 50.0, 60.0, *values]), np.array([0.0] * 3 + [chance] * len(values))
        out = unit_of_file(*both, "auto", task).tolist()
        assert out[:3] == ["percent"] * 3
        return set(out[3:])

    assert of_last([0.3, 0.4, 0.5], 25.0) == {"share"}  # all far below chance as percentages
    assert of_last([0.3, 0.4, 0.5], 0.0) == {"ambiguous"}
    assert of_last([0.3, 0.4, 0.5], NAN) == {"ambiguous"}
    assert of_last(np.linspace(0.05, 0.9, 10), 0.0) == {"share"}  # nobody above 1 %, of ten?
    assert of_last([0.3, 0.4, 30.0], 0.0) == {"percent"}
    assert of_last([0.3, 0.4, 30.0], 25.0) == {"percent", "ambiguous"}
    assert of_last([0.8], 0.0) == {"percent"}


@pytest.mark.parametrize("unit", ["percent", "share"])
def test_what_the_person_says_goes_before_the_numbers(unit):
    assert units([0.412, 20.9], [25.0, 0.0], unit) == [unit] * 2


def test_a_scale_that_nobody_declares():
    assert guessed_scale(np.array([0.2, 0.9])) == SHARE
    assert guessed_scale(np.array([0.2, 90.0])) == PERCENT
    assert guessed_scale(np.array([1200.0])) == ScoreScale()
    assert guessed_scale(np.array([-0.2, 0.9])) == ScoreScale()
    assert guessed_scale(np.array([])) == ScoreScale()
