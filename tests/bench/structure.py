"""Whether planted structure is found, and the seconds: ``python -m tests.bench.structure``.

Tables with known clusters, a duplicated benchmark, a saturated task, one at chance, one of noise,
and a model that alone tells of its family, over seeds; and tables of levels or noise alone, in
which nothing may be claimed. Then the seconds of each analysis on the shipped leaderboard.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score

from cpp.structure import cluster_models, cluster_tasks, redundancy, saturation
from features import load_leaderboard
from tests.bench.results import source_hash, write_json
from tests.bench.running import or_exit, wide_console
from tests.cpp.structure import planting
from tests.training.analyses.structure_planting import HUB, with_a_hub
from training.analyses import Work
from training.analyses.influence import HELPS, NOTHING, analyse_influence
from training.analyses.sparsity import analyse_sparsity
from training.analyses.structure import analyse_structure

#: agreement with the planted clusters (adjusted Rand index) from which on they count as found
FOUND = 0.7


@click.command(help=__doc__.splitlines()[0])
@click.option("--seeds", default=10, show_default=True, type=click.IntRange(1), help="Tables.")
@click.option("--full", is_flag=True, help="Also every model and task left out (minutes).")
@click.option("--no-seconds", is_flag=True, help="Planted structure only.")
@click.option("--jobs", default=2, show_default=True, help="Processes of the influence.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-results"))
def main(**asked: Any) -> None:
    """Measure and print."""
    or_exit(lambda: run(**asked))


def run(*, seeds: int, full: bool, no_seconds: bool, jobs: int, out: Path) -> dict[str, Any]:
    """Measure, print, write ``structure.json`` and return its content."""
    console = wide_console()
    found = planted(seeds)
    content: dict[str, Any] = {"source": source_hash(), "seeds": seeds, "planted": found}
    _show(console, f"planted structure, {seeds} tables", found, ("wanted", "found", "of"))
    if not no_seconds:
        content["seconds"] = seconds(full, jobs)
        _show(console, "shipped leaderboard", content["seconds"], ("seconds", "cpu", "complete"))
        for row in content["seconds"]:
            console.print(f"[bold]{row['what']}[/bold]")
            for note in row["notes"]:
                console.print(f"  {note}", highlight=False)
    write_json(out / "structure.json", content)
    console.print(f"written: {out / 'structure.json'}")
    return content


def planted(seeds: int) -> list[dict[str, Any]]:
    """Return, per kind of planted structure, how many of the tables show it.

    Returns
    -------
    list of dict
        ``what``, ``wanted`` (all or none), ``found`` tables (or claims) ``of`` so many.
    """
    rows: dict[str, list[Any]] = {}

    def count(what: str, wanted: str, found: int, of: int = 1) -> None:
        row = rows.setdefault(what, [wanted, 0, 0])
        row[1] += found
        row[2] += of

    for seed in range(seeds):
        table, kind, ability = planting.clustered(seed)
        predictor, again = planting.points_of(table), planting.again_of(table)
        for what, find, truth in (
            ("models", cluster_models, kind),
            ("tasks", cluster_tasks, ability),
        ):
            clusters = find(predictor, again=again, random_state=seed)
            right = adjusted_rand_score(truth, clusters.members["cluster"]) >= FOUND
            count(f"clusters of {what}", "all", int(clusters.found and right))
        pairs = redundancy(planting.duplicated(seed), planting.points_of(planting.duplicated(seed)))
        alike = pairs.pairs[pairs.pairs["alike"]][["task", "other"]].to_numpy().tolist()
        count("a duplicated benchmark, and no other", "all", int(alike == [["t00", "t09"]]))
        state = saturation(planting.worn(seed)).set_index("task")["state"]
        for task, name in (("t00", "saturated"), ("t01", "at chance")):
            count(f"a task that is {name}", "all", int(state[task] == name))
        count("a task of noise", "all", int(state["t02"] == "not discriminating"))
        count("open tasks called something else", "none", int((state.iloc[3:] != "open").sum()), 5)
        hub = analyse_influence(with_a_hub(seed), work=Work(), n_units=4, n_folds=6, n_seeds=1)
        first = hub.tables["models"].iloc[0]
        right = first["model"] == HUB and first["effect_kin"] == HELPS
        count("a model that alone tells of its family", "all", int(right))
        plain = with_a_hub(seed, odd=0.0)
        calm = analyse_influence(plain, work=Work(), n_units=4, n_folds=6, n_seeds=1)
        claimed = (calm.tables["models"][["effect", "effect_kin"]] != NOTHING).to_numpy().sum()
        count("models said to matter where none is special", "none", int(claimed), 8)
        for name, make in (("levels", planting.levels_only), ("noise", planting.noise_only)):
            table = make(seed)
            predictor, again = planting.points_of(table), planting.again_of(table)
            for find in (cluster_models, cluster_tasks):
                claimed = find(predictor, again=again, random_state=seed).found
                count(f"clusters in {name} alone", "none", int(claimed))
            pairs = redundancy(table, predictor).pairs
            count(
                f"pairs beyond the level in {name} alone",
                "none",
                int(pairs["beyond_level"].sum()),
                len(pairs),
            )
    return [
        dict(zip(("what", "wanted", "found", "of"), (k, *v), strict=True)) for k, v in rows.items()
    ]


def seconds(full: bool, jobs: int) -> list[dict[str, Any]]:
    """Return what each analysis takes on the shipped leaderboard, and what it says."""
    table = load_leaderboard()
    runs: dict[str, Callable[[], Any]] = {}
    for name, analyse in (
        ("structure", analyse_structure),
        ("sparsity", analyse_sparsity),
        ("influence", analyse_influence),
    ):
        runs[f"{name}, sampled"] = lambda f=analyse: f(table, work=Work(), sampled=True)
        if name != "influence":
            runs[name] = lambda f=analyse: f(table, work=Work())
    if full:
        runs["influence"] = lambda: analyse_influence(table, work=Work(jobs=jobs))
    rows = []
    for what, do in runs.items():
        start, cpu = time.perf_counter(), time.process_time()
        found = do()
        rows.append(
            {
                "what": what,
                "seconds": time.perf_counter() - start,
                "cpu": time.process_time() - cpu,
                "complete": found.complete,
                "notes": found.notes,
            }
        )
    return rows


def _show(
    console: Console, title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]
) -> None:
    table = Table(title=title)
    table.add_column("what", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        values = [row[c] for c in columns]
        table.add_row(
            row["what"], *(f"{v:.1f}" if isinstance(v, float) else str(v) for v in values)
        )
    console.print(table)


if __name__ == "__main__":
    main()
