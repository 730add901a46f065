"""A small dataset directory for the command line's tests: 12 models, 6 tasks, some gaps."""

from __future__ import annotations

import math
from pathlib import Path

TASKS = {
    "Reading": ("0", "100", "25"),
    "Maths": ("0", "100", "0"),
    "Code": ("0", "1", "0"),
    "Logic": ("0", "100", "20"),
    "Chess": ("", "", ""),
    "Loss": ("0", "", ""),
}
MODELS = [f"family{i // 4}-{i % 4}" for i in range(12)]


def scores() -> list[tuple[str, str, float]]:
    """Return (model, task, score) of about four in five cells, in the task's own unit."""
    out = []
    for i, model in enumerate(MODELS):
        for j, task in enumerate(TASKS):
            if (i * 5 + j * 7) % 6 == 0:
                continue
            share = 1 / (1 + math.exp(-(0.35 * i - 2 + 0.2 * j + 0.1 * ((i * j) % 3))))
            value = {"Code": share, "Chess": 1000 + 300 * share, "Loss": 3 - 2 * share}
            out.append((model, task, round(value.get(task, 100 * share), 4)))
    return out


def write_small(path: Path) -> Path:
    """Write the dataset directory to `path` and return it."""
    path.mkdir(parents=True)
    (path / "dataset.toml").write_text('name = "small"\nversion = "1"\n')
    rows = [f"{m},{t},{s}" for m, t, s in scores()]
    (path / "scores.csv").write_text("\n".join(["model,task,score", *rows]) + "\n")
    rows = [
        f"{m},{m.split('-')[0]},{(i + 1) * 1e9:.0f},202{2 + i // 4}-0{1 + i % 4}-01"
        for i, m in enumerate(MODELS)
    ]
    header = "model,family,params,release_date"
    (path / "models.csv").write_text("\n".join([header, *rows]) + "\n")
    rows = [f"{t},{low},{high},{chance}" for t, (low, high, chance) in TASKS.items()]
    (path / "tasks.csv").write_text("\n".join(["task,scale_min,scale_max,chance", *rows]) + "\n")
    return path
