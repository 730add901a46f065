"""The waterfall of an explanation: it draws the account, and its title says what it shows."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.explain import explain
from tests.cpp.conformance.base import fitted_on
from training.plots import explanation_chart, save_figure
from training.plots.style import figure_of, new_figure


@pytest.mark.parametrize("cell", [("plain", "m00", "t0"), ("mixed", "m01", "elo")])
def test_the_bars_lead_from_term_to_term(cell, tmp_path):
    name, model, task = cell
    found = explain(fitted_on("bmf", name), model, task, n_reductions=0)
    axes = explanation_chart(found)
    bars = sorted((p for c in axes.containers for p in c), key=lambda p: p.get_y())
    assert len(bars) == len(found.terms) - 1
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    assert ends == pytest.approx(found.terms["running"].tolist()[1:])
    title = axes.get_title(loc="left")
    moved = found.terms.iloc[1:]
    most = moved.loc[moved["points"].abs().idxmax(), "name"]
    assert f"{model} on {task}" in title and most in title
    shown = [t.get_text() for t in axes.get_yticklabels()]
    assert shown == found.terms["name"].tolist()
    file = save_figure(figure_of(axes), tmp_path / "why.svg")
    assert file.stat().st_size < 150_000


def test_it_draws_on_axes_it_is_given():
    found = explain(fitted_on("biases", "plain"), "nobody", "t0", n_reductions=0)
    axes = new_figure(4.0, 3.0)[1]
    assert explanation_chart(found, ax=axes) is axes
    assert "nothing moves it" in axes.get_title(loc="left")
    assert np.isfinite(axes.get_xlim()).all()
