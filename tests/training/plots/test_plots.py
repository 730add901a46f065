"""Figures: they draw what they are given, say what they show, and leave no global state."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.table.score_table import ScoreTable
from training.plots import calibration_chart, heat_map, ladder_chart, save_figure
from training.plots.calibration import wilson
from training.plots.heatmap import COLOURS
from training.plots.style import ramp


def table_of(n_models: int, n_tasks: int, gap: int = 3) -> ScoreTable:
    rows = [
        (f"model {i:03d}", f"task {j:02d}", float((7 * i + 13 * j) % 101))
        for i in range(n_models)
        for j in range(n_tasks)
        if (i + j) % gap
    ]
    tasks = [f"task {j:02d}" for j in range(n_tasks)]
    scale = {"scale_min": 0.0, "scale_max": 100.0}
    return ScoreTable(
        pd.DataFrame(rows, columns=["model", "task", "score"]),
        tasks=pd.DataFrame({"task": tasks, **scale}),
    )


def guesses(table: ScoreTable, kind: str = "predicted") -> pd.DataFrame:
    return table.empty_cells().assign(prediction=50.0, kind=kind)


def images(figure) -> list:
    return figure.axes[0].get_images()


def words(figure) -> str:
    parts = [t.get_text() for t in figure.texts] + [a.get_title(loc="left") for a in figure.axes]
    parts.append(figure.get_suptitle())
    return " ".join(p for p in parts if p)


def test_observed_and_predicted_cells_are_told_apart():
    table = table_of(20, 9)
    figure = heat_map(table, guesses(table))
    observed, predicted = images(figure)
    assert observed.cmap.name == "observed" and predicted.cmap.name == "predicted"
    one, other = (~np.ma.getmaskarray(i.get_array()) for i in (observed, predicted))
    assert (one ^ other).all(), "every cell is one or the other"
    assert one.sum() == table.n_cells
    assert "120 of 180 cells were measured (67 %);\n60 more are predicted" in words(figure)
    labels = " ".join(a.get_xlabel() for a in figure.axes)
    assert "observed: 120 cells, points" in labels and "predicted: 60 cells, points" in labels


def test_a_light_cell_still_shows_which_kind_it_is():
    lows = {kind: np.array(ramp(colour, kind)(0.0)[:3]) for kind, colour in COLOURS.items()}
    highs = {kind: np.array(ramp(colour, kind)(1.0)[:3]) for kind, colour in COLOURS.items()}
    for colours in (lows, highs):
        assert np.abs(colours["observed"] - colours["predicted"]).max() > 0.1
    for kind in COLOURS:
        assert lows[kind].min() < 0.95 and lows[kind].mean() > highs[kind].mean() + 0.3


def test_scores_are_placed_by_name_strongest_first():
    scores = pd.DataFrame(
        {"model": ["a", "a", "b"], "task": ["x", "y", "x"], "score": [0.2, 0.4, 0.9]}
    )
    tasks = pd.DataFrame({"task": ["x", "y"], "scale_min": 0.0, "scale_max": 1.0})
    figure = heat_map(ScoreTable(scores, tasks=tasks))
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["b", "a"]
    column = [t.get_text() for t in axes.get_xticklabels()].index("x")
    shown = images(figure)[0].get_array()[:, column]
    assert shown.tolist() == pytest.approx([90.0, 20.0])


def test_tasks_without_bounds_and_lower_is_better_are_drawn_on_their_own_range():
    scores = pd.DataFrame(
        {
            "model": ["a", "b", "c", "a", "a"],
            "task": ["elo", "elo", "elo", "loss", "one"],
            "score": [1000.0, 1100.0, 1200.0, 2.0, 5.0],
        }
    )
    tasks = pd.DataFrame({"task": ["loss"], "scale_min": [0.0], "scale_max": [10.0]})
    tasks["higher_is_better"] = False
    more = pd.DataFrame({"model": ["b"], "task": ["loss"], "prediction": [10.0], "kind": ["prior"]})
    figure = heat_map(ScoreTable(scores, tasks=tasks), more)
    axes = figure.axes[0]
    names = [t.get_text() for t in axes.get_xticklabels()]
    models = [t.get_text() for t in axes.get_yticklabels()]
    observed, prior = (i.get_array() for i in images(figure))
    assert observed[models.index("b"), names.index("elo")] == pytest.approx(50.0)
    assert observed[models.index("a"), names.index("loss")] == pytest.approx(80.0)
    assert observed[models.index("a"), names.index("one")] == pytest.approx(50.0)
    assert prior[models.index("b"), names.index("loss")] == pytest.approx(0.0)


def test_every_name_of_a_matrix_of_214_x_60_fits():
    table = table_of(214, 60, gap=5)
    figure = heat_map(table, guesses(table))
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == 214 and len(axes.get_xticklabels()) == 60
    row = axes.get_position().height * figure.get_size_inches()[1] / 214
    font = axes.get_yticklabels()[0].get_fontsize() / 72
    assert row > font, "names of neighbouring rows do not touch"
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [t.get_window_extent(renderer) for t in axes.get_yticklabels()]
    boxes += [t.get_window_extent(renderer) for t in axes.get_xticklabels()]
    assert min(b.x0 for b in boxes) >= 0 and max(b.y1 for b in boxes) <= figure.bbox.height


def test_a_matrix_too_large_to_name_says_so():
    figure = heat_map(table_of(900, 4))
    assert figure.axes[0].get_ylabel() == "1 of 3 names is shown"
    assert max(figure.get_size_inches()) < 60


def test_nothing_to_draw_is_an_error():
    empty = ScoreTable(pd.DataFrame({"model": [], "task": [], "score": []}))
    with pytest.raises(DataError, match="no score to draw"):
        heat_map(empty)
    with pytest.raises(DataError, match="'who'"):
        cell = {"model": ["who"], "task": ["task 00"], "prediction": [1.0], "kind": ["predicted"]}
        heat_map(table_of(3, 2), pd.DataFrame(cell))
    with pytest.raises(DataError, match="no error to draw"):
        ladder_chart(pd.DataFrame({"predictor": ["a"], "fold": ["f"], "medae": [np.nan]}))
    with pytest.raises(DataError, match="coverage needs"):
        calibration_chart(pd.DataFrame({"level": [0.9]}))


def ladder(**errors: list[float]) -> pd.DataFrame:
    rows = [(n.replace("_", "-"), f"f{i}", v) for n, e in errors.items() for i, v in enumerate(e)]
    return pd.DataFrame(rows, columns=["predictor", "fold", "medae"])


def test_the_ladder_says_what_it_shows():
    errors = ladder(task_mean=[8.0, 10.0], biases=[4.0, 6.0], blend=[2.0, 4.0])
    figure = ladder_chart(errors, chosen="blend")
    assert words(figure) == "blend: median error 3.00 points, 67 % below task-mean"
    axes = figure.axes[0]
    assert [round(float(b.get_width()), 6) for b in axes.patches] == [9.0, 5.0, 3.0]
    (bars,) = axes.containers[1:]
    assert bars.has_xerr
    assert "mean over 2 folds" in axes.get_xlabel() and "points" in axes.get_xlabel()


def test_the_ladder_tells_when_another_rung_is_better():
    errors = ladder(task_mean=[8.0], biases=[3.0], blend=[4.0])
    assert "biases has the least (3.00)" in words(ladder_chart(errors, chosen="blend"))
    alone = ladder_chart(ladder(blend=[4.0]), chosen="blend", unit="standard deviations")
    assert words(alone) == "blend: median error 4.00 standard deviations"


def coverage() -> pd.DataFrame:
    rows = [(lv, "all", lv - 0.02, 500) for lv in (0.5, 0.8, 0.9)]
    rows += [(lv, "0 known scores", lv - 0.1, 100) for lv in (0.5, 0.8, 0.9)]
    rows += [(lv, ">10 known scores", lv, 390) for lv in (0.5, 0.8, 0.9)]
    rows += [(lv, "1-2 known scores", 0.2, 10) for lv in (0.5, 0.8, 0.9)]
    return pd.DataFrame(rows, columns=["level", "regime", "covered", "n"])


def test_calibration_by_level_and_by_regime():
    figure = calibration_chart(coverage())
    said = words(figure)
    assert "The 90 % interval holds 88.0 % of 500 held-out scores" in said
    assert "least in '0 known scores' (80.0 %)" in said, "ten cells say nothing"
    left, right = figure.axes
    shown = [t.get_text() for t in left.get_legend().get_texts()]
    assert shown == ["all", "0 known scores", ">10 known scores"]
    assert [t.get_text() for t in right.get_yticklabels()][0] == "all (500)"
    assert "%" in left.get_xlabel() and "%" in left.get_ylabel() and "%" in right.get_xlabel()
    assert "The 80 % interval" in words(calibration_chart(coverage(), level=0.8))


def test_wilson_range_against_the_equation_it_solves():
    share, n = np.array([0.0, 0.5, 0.9, 1.0]), np.array([5.0, 40.0, 1000.0, 3.0])
    for edge in wilson(share, n):
        inside = (edge > 0) & (edge < 1)
        z = (share - edge)[inside] / np.sqrt(edge * (1 - edge) / n)[inside]
        assert np.abs(z) == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_equal_figures_give_equal_files(tmp_path, kind):
    for name in ("one", "two"):
        figure = ladder_chart(ladder(task_mean=[8.0, 9.0], blend=[4.0, 5.0]), chosen="blend")
        save_figure(figure, tmp_path / f"{name}.{kind}")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"one.{kind}", f"two.{kind}"]
    one, two = ((tmp_path / f"{n}.{kind}").read_bytes() for n in ("one", "two"))
    assert one == two and len(one) > 1000


def test_names_that_look_like_formulas_are_drawn_as_they_are(tmp_path):
    errors = pd.DataFrame({"predictor": ["a$b$"], "fold": ["f"], "medae": [1.0]})
    save_figure(ladder_chart(errors), tmp_path / "l.svg")
    scores = pd.DataFrame({"model": ["$x_{"], "task": ["50$"], "score": [1.0]})
    save_figure(heat_map(ScoreTable(scores)), tmp_path / "h.svg")
    assert "50$" in (tmp_path / "h.svg").read_text()


def test_pyplot_is_not_touched_and_matplotlib_is_lazy():
    code = """
import sys
import training.plots
assert "matplotlib" not in sys.modules
import pandas as pd
training.plots.ladder_chart(pd.DataFrame({"predictor": ["a"], "fold": ["f"], "medae": [1.0]}))
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
