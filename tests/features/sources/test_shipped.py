"""The shipped leaderboard is what its card, its licences and the dataset format say."""

from __future__ import annotations

import gzip
import re
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.errors import UnknownNameError
from features.sources.shipped import SHIPPED, shipped_path
from features.table.schema import MODEL_FACTORS, REPORTERS, SCORE_COLUMNS, TASK_FACTORS

FOLDER = shipped_path("leaderboard")
TOP = Path(__file__).resolve().parents[3]
PAPER = "2407.01300"
DATE = r"\d{4}-\d{2}-\d{2}"
COUNTS = ["params", "active_params", "training_tokens", "training_flop", "context_length"]
COUNTS += ["layers", "hidden_size", "heads"]


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / name)


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return _read("scores.csv.gz")


@pytest.fixture(scope="module")
def models() -> pd.DataFrame:
    return _read("models.csv")


@pytest.fixture(scope="module")
def tasks() -> pd.DataFrame:
    return _read("tasks.csv")


def _markdown_table(text: str, first: str) -> list[list[str]]:
    """Rows below the header whose first cell is `first`, in a Markdown text."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def _collections(scores: pd.DataFrame) -> pd.Series:
    """Collection of each score; fails when a citation fits none or several."""
    known = list(_read("sources.csv").itertuples(index=False, name=None))

    def one(source: str) -> str:
        found = [collection for collection, prefix in known if source.startswith(prefix)]
        assert len(found) == 1, f"{source!r} belongs to {found or 'no collection'}"
        return found[0]

    return scores["source"].map(one)


# --- the card and the licences -------------------------------------------------------------


def _measures(scores: pd.DataFrame, models: pd.DataFrame, tasks: pd.DataFrame) -> dict[str, object]:
    cells = scores[["model", "task"]].drop_duplicates()
    per_model = cells["model"].value_counts()
    per_task = cells["task"].value_counts()
    return {
        "models": len(models),
        "tasks": len(tasks),
        "cells": len(cells),
        "reports (rows)": len(scores),
        "density": f"{100 * len(cells) / len(models) / len(tasks):.1f} %",
        "cells per model, least": per_model.min(),
        "cells per model, median": per_model.median(),
        "cells per model, most": per_model.max(),
        "models with fewer than 8 cells": (per_model < 8).sum(),
        "models per task, least": per_task.min(),
        "models per task, median": per_task.median(),
        "models per task, most": per_task.max(),
        "reported by a third party": (scores["reported_by"] == "third_party").sum(),
        "reported by the developer": (scores["reported_by"] == "first_party").sum(),
        "scores with a standard error": scores["se"].notna().sum(),
        "scores with a number of items": scores["n_items"].notna().sum(),
        "scores with a date": scores["date"].notna().sum(),
        "latest date of a score": scores["date"].max(),
        "scores of exactly 0": (scores["score"] == 0).sum(),
        "base models": (models["finetuning"] == "base").sum(),
        "instruct models": (models["finetuning"] == "instruct").sum(),
        "reasoning models": models["reasoning"].eq(True).sum(),
        "open-weight models": models["open_weights"].eq(True).sum(),
        "closed models": models["open_weights"].eq(False).sum(),
        "first release": models["release_date"].min(),
        "last release": models["release_date"].max(),
        "organizations": models["organization"].nunique(),
        "model families": models["family"].nunique(),
        "task families": tasks["family"].nunique(),
        "models with params": models["params"].notna().sum(),
        "models with training_tokens": models["training_tokens"].notna().sum(),
        "models with training_flop": models["training_flop"].notna().sum(),
        "models with a price": models["price_input_usd_per_mtok"].notna().sum(),
        "cells in conflicts.csv": len(_read("conflicts.csv")[["model", "task"]].drop_duplicates()),
        "figures in left_out.csv": len(_read("left_out.csv")),
    }


def test_every_number_of_the_card_is_that_of_the_data(scores, models, tasks):
    text = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    card = dict(_markdown_table(text, "measure"))
    data = _measures(scores, models, tasks)
    assert set(card) == set(data)
    for measure, value in data.items():
        shown = value if isinstance(value, str) else f"{float(value):,}"
        assert card[measure] == shown.removesuffix(".0"), measure


def test_card_names_the_thinnest_models(scores):
    text = " ".join((FOLDER / "CARD.md").read_text(encoding="utf-8").split())
    per_model = scores.groupby("model")["task"].nunique()
    assert per_model[per_model < 6].to_dict() == {
        "GLaM 1.2T": 2,
        "Chinchilla 70B": 5,
        "OPT 175B": 5,
    }
    assert "GLaM 1.2T has 2 cells, Chinchilla 70B and OPT 175B have 5, and nine more" in text
    assert per_model.between(6, 7).sum() == 9


def test_description_names_the_size(models, tasks):
    head = tomllib.loads((FOLDER / "dataset.toml").read_text(encoding="utf-8"))
    assert head["name"] == "leaderboard"
    assert f"{len(models)} language models on {len(tasks)} tasks" in head["description"]
    date.fromisoformat(head["retrieved"])


def test_each_cell_belongs_to_one_listed_collection_with_its_licence(scores):
    text = (TOP / "DATA_LICENSE.md").read_text(encoding="utf-8")
    listed = {
        name: (int(cells), licence) for name, cells, licence in _markdown_table(text, "collection")
    }
    counted = _collections(scores).value_counts().to_dict()
    assert {name: cells for name, (cells, _) in listed.items()} == counted
    for name, (_, licence) in listed.items():
        assert re.search(r"CC-BY-4\.0|Apache-2\.0|MIT", licence), name
        passage = text.split(f"- **{name}**", 1)[1].split("\n- **", 1)[0].split("\n##", 1)[0]
        assert "Attribution:" in passage, name
    assert "covers the code only" in text
    assert "covers the code only" in (TOP / "LICENSE").read_text(encoding="utf-8")


def test_no_prefix_of_sources_is_unused(scores):
    prefixes = _read("sources.csv")["prefix"]
    assert not prefixes.duplicated().any()
    unused = [p for p in prefixes if not scores["source"].str.startswith(p).any()]
    assert unused == []


# --- scores --------------------------------------------------------------------------------


def test_columns_are_those_of_the_format(scores, models, tasks):
    assert set(scores) == set(SCORE_COLUMNS)
    assert set(models) - set(MODEL_FACTORS) - {"model"} == {
        "country",
        "reasoning_effort",
        "price_output_usd_per_mtok",
    }
    assert set(tasks) - {"task"} <= set(TASK_FACTORS)


def test_each_cell_is_published_once_and_cited(scores):
    assert not scores.duplicated(["model", "task"]).any()
    assert (
        scores[["model", "task", "score", "source", "setting", "reported_by"]].notna().all().all()
    )
    assert scores["source"].str.contains("https://", regex=False).all()
    assert scores["reported_by"].isin(REPORTERS).all()
    assert not scores["source"].str.contains(r"http://|arxiv\.org/pdf", regex=True).any()


def test_nothing_comes_from_the_table_without_papers_of_origin(scores):
    for frame in (scores, _read("conflicts.csv"), _read("left_out.csv"), _read("sources.csv")):
        for column in frame.select_dtypes(exclude="number"):
            assert not frame[column].astype(str).str.contains(PAPER, regex=False).any(), column


def test_scores_lie_within_the_scale(scores, tasks):
    joined = scores.merge(tasks, on="task", suffixes=("", "_task"))
    assert len(joined) == len(scores)
    assert joined["score"].between(joined["scale_min"], joined["scale_max"]).all()
    assert (joined["n_items"].dropna() >= 1).all()
    assert (joined["se"].dropna() > 0).all()
    assert (joined["se"].dropna() < 15).all()


def test_names_agree_and_nobody_is_left_without_scores(scores, models, tasks):
    for column, table in (("model", models), ("task", tasks)):
        names = table[column]
        assert not names.duplicated().any()
        assert not names.str.strip().str.casefold().duplicated().any()
        assert (names == names.str.strip()).all()
        assert set(names) == set(scores[column])


# --- factors -------------------------------------------------------------------------------


def test_zero_and_minus_one_never_mean_unknown(models, tasks):
    for column in COUNTS + ["price_input_usd_per_mtok", "price_output_usd_per_mtok"]:
        assert (models[column].dropna() > 0).all(), column
    assert (tasks["n_items"].dropna() > 0).all()
    text = pd.concat([models.select_dtypes("str").stack(), tasks.select_dtypes("str").stack()])
    assert not text.str.strip().str.casefold().isin(["", "-1", "0", "unknown", "none", "n/a"]).any()


def test_dates_are_iso_days(scores, models, tasks):
    for column in (scores["date"], models["release_date"], tasks["released"]):
        filled = column.dropna()
        assert filled.str.fullmatch(DATE).all()
        pd.to_datetime(filled, format="%Y-%m-%d", errors="raise")


def test_scales_are_sound(tasks):
    assert (tasks["scale_min"] < tasks["scale_max"]).all()
    known = tasks.dropna(subset="chance")
    assert known["chance"].between(known["scale_min"], known["scale_max"]).all()
    assert tasks["higher_is_better"].all()


def test_active_params_do_not_exceed_params(models):
    known = models.dropna(subset=["params", "active_params"])
    assert (known["active_params"] <= known["params"]).all()


# --- the files for reading -----------------------------------------------------------------


def test_training_flop_is_an_estimate_or_6nd_as_stated(models):
    stated = _read("flop_sources.csv").set_index("model")
    known = models.dropna(subset="training_flop").set_index("model")
    assert stated["training_flop"].to_dict() == known["training_flop"].to_dict()
    rebuilt = 6 * known["active_params"] * known["training_tokens"]
    plain = stated.index[stated["source"] == "6ND"]
    ratio = known.loc[plain, "training_flop"] / rebuilt[plain]
    assert ratio.between(0.99, 1.01).all()


def test_benchmarks_name_each_task(tasks):
    pages = _read("benchmarks.csv")
    assert pages["task"].tolist() == tasks["task"].tolist()
    assert pages["homepage"].str.startswith("https://").all()


def test_conflicts_differ_by_more_than_three_points_and_the_chosen_figure_is_shipped(scores):
    conflicts = _read("conflicts.csv")
    shipped = scores.set_index(["model", "task"])
    for cell, candidates in conflicts.groupby(["model", "task"]):
        assert candidates["score"].max() - candidates["score"].min() > 3, cell
        chosen = candidates[candidates["chosen"]]
        assert len(chosen) == 1, cell
        assert chosen["score"].item() == shipped.loc[cell, "score"], cell
        assert chosen["source"].item() == shipped.loc[cell, "source"], cell
        assert chosen["why"].notna().all(), cell
        assert bool(candidates["chosen"].iloc[0]), cell
    assert not conflicts.duplicated(["model", "task", "score", "source"]).any()


def test_left_out_figures_are_not_shipped(scores):
    left_out = _read("left_out.csv")
    assert left_out.notna().all().all()
    shipped = set(scores[["model", "task", "score"]].itertuples(index=False, name=None))
    gone = set(left_out[["model", "task", "score"]].itertuples(index=False, name=None))
    assert not shipped & gone


# --- the folder ----------------------------------------------------------------------------


def test_gzip_files_carry_no_time_and_no_name():
    files = sorted(FOLDER.glob("*.gz"))
    assert FOLDER / "scores.csv.gz" in files
    for path in files:
        head = path.read_bytes()[:10]
        assert head[:2] == b"\x1f\x8b", path
        assert head[3] == 0, f"{path}: the header holds a name or a comment"
        assert head[4:8] == b"\0\0\0\0", f"{path}: the header holds a time"


def test_text_files_are_utf8_with_unix_line_ends():
    for path in [p for p in FOLDER.iterdir() if p.is_file()]:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        assert "\r" not in text, path
        assert text.endswith("\n"), path


def test_rows_are_ordered(scores, models):
    key = [(m.casefold(), m, t) for m, t in zip(scores["model"], scores["task"], strict=True)]
    assert key == sorted(key)
    assert models["model"].tolist() == sorted(models["model"], key=lambda m: (m.casefold(), m))


def test_an_unknown_name_is_refused_with_a_near_miss():
    assert set(SHIPPED) == {"leaderboard"}
    with pytest.raises(UnknownNameError, match="leaderboard"):
        shipped_path("leaderbord")


def test_it_loads_as_a_score_table(scores, models, tasks):
    from features.sources.shipped import load_leaderboard

    table = load_leaderboard()
    assert table.n_cells == len(scores)
    assert len(table.models) == len(models)
    assert len(table.tasks) == len(tasks)
