"""New tasks folded in against a refit: ``python -m tests.bench.new_tasks``.

Tasks are taken out of the shipped leaderboard, a tenth at a time and whole families only. From k
scores of each, of random models or of random ones among the best quarter, all other models'
scores on it are predicted: once by folding the k scores in, once after a fit with them. Median
absolute error in points, mean over the parts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich.table import Table

import cpp
from cpp import Predictor
from cpp.data.training_data import TrainingData
from features import load_leaderboard
from features.dataset.read import read_dataset
from features.factors.lineage import task_groups
from features.table.score_table import ScoreTable
from tests.bench.results import source_hash, write_json
from tests.bench.running import SEED, or_exit, rungs, wide_console

#: tasks with fewer scores than this are not taken out
MIN_SCORES = 14
RUNGS = "biases,bias-als,nearest,bmf"


@click.command(help=__doc__.splitlines()[0])
@click.option("--predictors", default=RUNGS, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="[default: shipped leaderboard]")
@click.option("--known", default="0,1,2,3,10", show_default=True, help="Scores of each new task.")
@click.option("--parts", type=click.IntRange(1), default=4, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(predictors: str, data: Path | None, known: str, parts: int, out: Path) -> None:
    """Measure and print."""
    counts = [int(k) for k in known.split(",")]
    or_exit(lambda: run(rungs(predictors), data, known=counts, n_parts=parts, out=out))


def run(
    names: list[str], data: Path | None, *, known: list[int], n_parts: int, out: Path
) -> dict[str, Any]:
    """Measure, print, write ``new_tasks.json`` and return its content."""
    table = load_leaderboard() if data is None else read_dataset(data)
    rows = [
        {"predictor": name, "part": p, "of": of, "known": k, **errors}
        for p, tasks in enumerate(parts_of(table, n_parts))
        for name in names
        for of, k, errors in one_part(name, table, tasks, known, seed=p)
    ]
    means = pd.DataFrame(rows).groupby(["predictor", "of", "known"], sort=False, as_index=False)
    means = means[["folded_in", "refit"]].mean()
    console = wide_console()
    for of in means["of"].unique():
        shown = Table(title=f"{table.name}: new tasks, scores of {of} models (MedAE, points)")
        for head in ("predictor", "known scores", "folded in", "refit"):
            shown.add_column(head, justify="left" if head == "predictor" else "right")
        for row in means[means["of"] == of].itertuples():
            shown.add_row(row.predictor, str(row.known), f"{row.folded_in:.2f}", f"{row.refit:.2f}")
        console.print(shown)
    content = {"source": source_hash(), "rows": means.to_dict("records")}
    write_json(out / "new_tasks.json", content)
    console.print(f"written: {out / 'new_tasks.json'}")
    return content


def parts_of(table: ScoreTable, n_parts: int) -> list[list[str]]:
    """Return tasks to take out together: at most a tenth of them, families whole or absent."""
    group, n = task_groups(table.tasks), table.cells.groupby("task").size()
    rich = n[n >= MIN_SCORES].index
    families, rng = sorted(set(group[rich])), np.random.default_rng(SEED)
    part = dict(zip(rng.permutation(families), np.arange(len(families)) % n_parts, strict=True))
    mine = [[t for t in rich if part[group[t]] == p] for p in range(n_parts)]
    return [sorted(rng.permutation(m)[: max(2, len(n) // 10)].tolist()) for m in mine]


def one_part(
    name: str, table: ScoreTable, tasks: list[str], known: list[int], *, seed: int
) -> list[tuple[str, int, dict[str, float]]]:
    """Return, for each way to choose models and number of scores, the errors of both ways."""
    cells = table.cells
    hidden = cells[cells["task"].isin(tasks)]
    base = table.without(hidden)
    first = fitted(name, base)
    hidden = hidden[hidden["model"].isin(first.models_)]
    out = []
    for of in ("random", "strong"):
        for k in known:
            if k == 0 and of == "strong":
                continue
            given = some_of(hidden, table, k, of, np.random.default_rng([seed, k]))
            news = table.only(given)
            news = ScoreTable(news.scores, None, table.tasks.loc[tasks])
            rest = hidden[~_key(hidden).isin(_key(given))]
            refit = fitted(name, ScoreTable(pd.concat([base.scores, news.scores]), *_about(table)))
            both = {"folded_in": first.fold_in(news), "refit": refit.fold_in(news)}
            out.append((of, k, {way: error(p, rest, table) for way, p in both.items()}))
    return out


def fitted(name: str, table: ScoreTable) -> Predictor:
    """Fit point predictions on the models and tasks that have scores."""
    models = table.models[table.models.index.isin(table.scores["model"])]
    tasks = table.tasks[table.tasks.index.isin(table.scores["task"])]
    seen = ScoreTable(table.scores, models.dropna(axis=1, how="all"), tasks)
    predictor = cpp.make_predictor(name, random_state=SEED)
    return predictor.fit_points(TrainingData.from_table(seen))


def some_of(
    hidden: pd.DataFrame, table: ScoreTable, k: int, of: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Return `k` cells of each task: of any model, or of the best quarter (k at least)."""
    parts = [hidden.iloc[:0]]
    for task, mine in hidden.groupby("task"):
        better = mine["score"] if table.scales[str(task)].higher_is_better else -mine["score"]
        order = np.argsort(-better.to_numpy(), kind="stable")
        among = order if of == "random" else order[: max(k, len(order) // 4)]
        parts.append(mine.iloc[np.sort(rng.permutation(among)[:k])])
    return pd.concat(parts)


def error(predictor: Predictor, cells: pd.DataFrame, table: ScoreTable) -> float:
    """Return the median absolute error in points, over tasks with both bounds."""
    data = predictor.data_
    row = np.array([data.model_index[m] for m in cells["model"]])
    col = np.array([data.task_index[t] for t in cells["task"]])
    scales = [table.scales[t] for t in cells["task"]]
    points = np.array([s.points_per_unit() if s.in_points else np.nan for s in scales])
    off = np.abs(predictor._scores(data, row, col) - cells["score"].to_numpy()) * points
    return float(np.nanmedian(off))


def _key(cells: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cells[["model", "task"]])


def _about(table: ScoreTable) -> tuple[pd.DataFrame, pd.DataFrame]:
    return table.models, table.tasks


if __name__ == "__main__":
    main()
