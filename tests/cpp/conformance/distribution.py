"""The predictive distribution: draws and probabilities say what the intervals say."""

from __future__ import annotations

import numpy as np
import pytest

from cpp import predictor_from_state
from features.errors import DataError
from tests.cpp.conformance.answers import FACTORS
from tests.cpp.conformance.base import Base, table_called
from tests.cpp.tables import cells, every_cell

N = 2000


class Distributions(Base):
    @pytest.mark.parametrize("name", ["odd", "mixed"])
    def test_draws_have_the_quantiles_of_the_intervals(self, name: str) -> None:
        table, predictor = table_called(name), self.on(name)
        asked = table.empty_cells()
        drawn = predictor.predict_samples(asked, N)
        assert drawn.shape == (N, len(asked)) and np.isfinite(drawn).all()
        for level in (0.3, 0.9):
            frame = predictor.predict(asked, level=level).frame
            lower, upper = frame["lower"].to_numpy(), frame["upper"].to_numpy()
            slack = 1e-9 * (1.0 + np.abs(upper))
            inside = ((drawn >= lower - slack) & (drawn <= upper + slack)).mean(axis=0)
            below = (drawn < lower - slack).mean(axis=0)
            # at a bound the mass of what is cut off is inside; elsewhere the quantile is a step
            # of at most one residual in 60
            noise = 5.0 * np.sqrt(0.25 / N)
            assert (inside >= level - noise).all(), level
            assert (below <= (1.0 - level) / 2.0 + noise).all(), level
            low = np.array([table.scales[t].minimum is not None for t in asked["task"]])
            high = np.array([table.scales[t].maximum is not None for t in asked["task"]])
            at_low = low & (lower <= [table.scales[t].minimum or 0.0 for t in asked["task"]])
            at_high = high & (upper >= [table.scales[t].maximum or 0.0 for t in asked["task"]])
            free = ~(at_low | at_high)
            assert (inside[free] <= level + 1.0 / 60.0 + noise).all(), level

    def test_draws_are_on_the_scale_and_observed_cells_fixed(self) -> None:
        table = table_called("odd")
        asked = every_cell(table)
        drawn = self.on("odd").predict_samples(asked, 50)
        frame = self.on("odd").predict(asked).frame
        observed = (frame["kind"] == "observed").to_numpy()
        assert (drawn[:, observed] == frame["prediction"].to_numpy()[observed]).all()
        assert (drawn[:, ~observed].std(axis=0) > 0).all()
        for j, task in enumerate(asked["task"]):
            scale = table.scales[task]
            assert scale.contains(float(drawn[:, j].min()))
            assert scale.contains(float(drawn[:, j].max()))

    def test_a_cell_has_the_same_draws_whatever_else_is_asked(self) -> None:
        predictor, asked = self.on("plain"), every_cell(table_called("plain"))
        drawn = predictor.predict_samples(asked, 40, random_state=5)
        some = [7, 3, 50, 3]
        few = predictor.predict_samples(asked.iloc[some], 20, random_state=5)
        np.testing.assert_allclose(few, drawn[:20, some], rtol=1e-9)
        strangers = cells(("new", "t0"), *asked.iloc[some].itertuples(index=False, name=None))
        with_new = predictor.predict_samples(strangers, 20, random_state=5, models=FACTORS)
        np.testing.assert_allclose(with_new[:, 1:], few, rtol=1e-9)
        other = predictor.predict_samples(asked, 40, random_state=6)
        free = np.ptp(drawn, axis=0) > 0
        assert (drawn[:, free] != other[:, free]).mean() > 0.9
        again = predictor_from_state(predictor.get_state())
        assert np.array_equal(again.predict_samples(asked, 40, random_state=5), drawn)

    def test_probability_above_is_the_share_of_draws(self) -> None:
        predictor, table = self.on("mixed"), table_called("mixed")
        asked = every_cell(table)
        middle = table.cells.groupby("task")["score"].median()
        threshold = asked["task"].map(middle).to_numpy()
        above = predictor.probability_above(asked, threshold)
        drawn = predictor.predict_samples(asked, N)
        assert above == pytest.approx((drawn > threshold).mean(axis=0), abs=5 * 0.5 / np.sqrt(N))
        frame = predictor.predict(asked).frame
        observed = (frame["kind"] == "observed").to_numpy()
        assert set(above[observed]) <= {0.0, 1.0}
        level = predictor.predict(asked, level=0.8).frame
        free = ~observed & ~np.isin(level["lower"], [s.minimum for s in table.scales.values()])
        lower = level["lower"].to_numpy() * (1 - 1e-9) - 1e-9
        assert predictor.probability_above(asked, lower)[free] == pytest.approx(0.9, abs=0.02)

    def test_probability_better_is_the_share_of_joint_draws(self) -> None:
        predictor, table = self.on("mixed"), table_called("mixed")
        empty = table.empty_cells()
        for task, scale in table.scales.items():
            free = empty.loc[empty["task"] == task, "model"].tolist()
            seen = table.cells.loc[table.cells["task"] == task, "model"].tolist()
            for a, b in ((free[0], free[1]), (free[0], seen[0]), (seen[0], free[1]), seen[:2]):
                p = predictor.probability_better(a, b, task)
                drawn = predictor.predict_samples(cells((a, task), (b, task)), N)
                better = drawn[:, 0] > drawn[:, 1]
                if not scale.higher_is_better:
                    better = drawn[:, 0] < drawn[:, 1]
                share = (better + 0.5 * (drawn[:, 0] == drawn[:, 1])).mean()
                assert p == pytest.approx(share, abs=5 * 0.5 / np.sqrt(N)), (a, b, task)
                assert predictor.probability_better(b, a, task) == pytest.approx(1.0 - p)
            assert predictor.probability_better(*seen[:2], task) in (0.0, 0.5, 1.0)
            assert predictor.probability_better(free[0], free[0], task) == 0.5

    def test_what_cannot_be_drawn_is_refused(self) -> None:
        predictor, asked = self.on("plain"), cells(("m00", "t0"), ("m01", "t1"))
        for n in (0, -1, 2.5, "many"):
            with pytest.raises(DataError, match="n must be a positive whole number"):
                predictor.predict_samples(asked, n)  # type: ignore[arg-type]
        with pytest.raises(DataError, match="missing: task"):
            predictor.predict_samples(asked[["model"]], 2)
        for threshold in (np.nan, [1.0, np.inf]):
            with pytest.raises(DataError, match="finite"):
                predictor.probability_above(asked, threshold)
        with pytest.raises(DataError, match="3 values for 2 cells"):
            predictor.probability_above(asked, [1.0, 2.0, 3.0])
        assert predictor.predict_samples(asked.iloc[:0], 3).shape == (3, 0)
        assert predictor.probability_above(asked.iloc[:0], 5.0).shape == (0,)
