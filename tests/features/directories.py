"""Small dataset directories for the tests, good ones to be spoiled."""

from __future__ import annotations

from pathlib import Path

SCORES = """model,task,score,se,n_items,date,source,setting,reported_by
alpha-7B,MMLU,60.5,0.4,14042,2024-05-01,https://example.org/a,5-shot,third_party
alpha-7B,Wit,1200,,,,,,
beta-13B,MMLU,55.25,,,,,,first_party
beta-13B,Share,0.5,,,,,,
"""
MODELS = """model,organization,params,release_date,open_weights,colour,depth
alpha-7B,Alpha,7e9,2024-04-01,true,red,1
beta-13B,Beta,13000000000,,false,blue,2
"""
TASKS = """task,metric,scale_min,scale_max,chance,higher_is_better,n_items,shots
MMLU,accuracy,0,100,25,true,14042,5
Share,f1,0,1,,true,,
Wit,Elo,,,,true,,
"""
TOML = 'name = "tiny"\ntitle = "A tiny dataset"\n'
FOLDS = "fold,role,model,task\nf0,test,alpha-7B,MMLU\nf0,hidden,beta-13B,MMLU\n"

GOOD = {"scores.csv": SCORES, "models.csv": MODELS, "tasks.csv": TASKS, "dataset.toml": TOML}


def make(path: Path, **changed: str | bytes | None) -> Path:
    """Write the good dataset with other content for some files (``scores_csv=...``).

    ``None`` leaves the file out.
    """
    path.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | bytes | None] = dict(GOOD)
    for name, content in changed.items():
        stem, _, suffix = name.partition("_")
        files[f"{stem}.{suffix.replace('_', '.')}"] = content
    for name, content in files.items():
        if content is not None:
            raw = content.encode() if isinstance(content, str) else content
            (path / name).write_bytes(raw)
    return path


def replaced(text: str, line: int, new: str) -> str:
    """Return `text` with another content on one line (1-based)."""
    lines = text.splitlines()
    lines[line - 1] = new
    return "\n".join(lines) + "\n"
