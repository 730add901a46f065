"""States: a predictor is arrays and text, and comes back from them to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cpp import predictor_from_state
from features.errors import StateError
from tests.cpp.conformance.base import Base, table_called
from tests.cpp.tables import assert_same, cells, every_cell
from training.persistence.state_files import load_state, save_state


def check_leaves(value: object, where: str = "state") -> None:
    """Assert that a state holds the allowed types only (and exactly: no subclasses)."""
    if type(value) is dict:
        for key, item in value.items():
            assert type(key) is str, where
            check_leaves(item, f"{where}/{key}")
    elif type(value) is list:
        for i, item in enumerate(value):
            assert item is None or type(item) in (str, int, float, bool), f"{where}/{i}"
    elif isinstance(value, np.ndarray):
        assert value.dtype.kind in "biufU", f"{where}: {value.dtype}"
    else:
        assert value is None or type(value) in (str, int, float, bool), f"{where}: {type(value)}"


class States(Base):
    @pytest.mark.parametrize("name", ["odd", "mixed"])
    def test_a_state_holds_arrays_text_and_numbers_only(self, name: str) -> None:
        state = self.on(name).get_state()
        check_leaves(state)
        assert state["class"] == type(self.on(name)).__name__
        assert state["params"] == self.on(name).get_params(deep=False)

    @pytest.mark.parametrize("name", ["odd", "mixed"])
    def test_the_way_there_and_back_keeps_every_bit(self, name: str, tmp_path: Path) -> None:
        predictor, table = self.on(name), table_called(name)
        save_state(predictor.get_state(), tmp_path / "state")
        for state in (predictor.get_state(), load_state(tmp_path / "state")):
            again = predictor_from_state(state)
            assert type(again) is type(predictor) and again.name == self.name
            assert again.models_ == predictor.models_ and again.tasks_ == predictor.tasks_
            asked = every_cell(table)
            strangers = cells(("new", asked["task"][0]), (asked["model"][0], "new"))
            for some in (asked, strangers):
                assert_same(predictor.predict(some), again.predict(some))
                assert_same(predictor.predict(some, level=0.5), again.predict(some, level=0.5))

    def test_a_state_does_not_change_with_what_is_done_to_the_predictor(self) -> None:
        state = self.on("odd").get_state()
        again = predictor_from_state(state)
        again.predict(cells(("new", "t0")))
        assert_same(
            self.on("odd").predict(cells(("m00", "t3"))), again.predict(cells(("m00", "t3")))
        )

    def test_a_damaged_state_is_refused(self) -> None:
        state = self.on("odd").get_state()
        for key in ("class", "params", "data", "fitted"):
            with pytest.raises(StateError, match=key):
                predictor_from_state({k: v for k, v in state.items() if k != key})
        with pytest.raises(StateError, match="does not have"):
            predictor_from_state({**state, "class": "Oracle"})
