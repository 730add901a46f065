"""The data files are sound, and so is what reads them: every fault names file and line."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import features.catalogue as package
from features.catalogue import Catalogue, load_catalogue
from features.catalogue.normalise import expand
from features.errors import DataError

CATALOGUE = load_catalogue()
ABILITIES = {
    *("knowledge", "commonsense", "reasoning", "reading", "language", "math", "coding", "safety"),
    *("instruction", "agentic", "long_context", "multimodal"),
}
FORMATS = {"multiple_choice", "free_form", "code", "agentic", "game"}
#: (task, items, chance) as published
PUBLISHED = [
    ("MMLU (5-shot)", 14042, 25),
    ("MMLU-Pro (5-shot)", 12032, 10),
    ("GSM8K (5-shot)", 1319, 0),
    ("HellaSwag (10-shot)", 10042, 25),
    ("ARC-Challenge (25-shot)", 1172, 25),
    ("ARC-Easy (0-shot)", 2376, 25),
    ("WinoGrande (5-shot)", 1267, 50),
    ("TruthfulQA (0-shot, MC2)", 817, None),
    ("MATH (4-shot)", 5000, 0),
    ("MATH-500 (0-shot, CoT)", 500, 0),
    ("GPQA Diamond", 198, 25),
    ("GPQA main (0-shot)", 448, 25),
    ("GPQA extended (0-shot)", 546, 25),
    ("HumanEval (0-shot, pass@1)", 164, 0),
    ("MBPP (3-shot)", 500, 0),
    ("BIG-Bench Hard (3-shot CoT)", 6511, None),
    ("IFEval (prompt level, strict)", 541, 0),
    ("MuSR (0-shot)", 756, None),
]


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


TASK = (
    "task,family,metric,scale_min,scale_max,chance,higher_is_better,n_items,ability,format,shots\n"
)
MINE = TASK + "Mine,Mine,accuracy,0,100,,true,10,math,free_form,0\n"


@pytest.mark.parametrize(("task", "items", "chance"), PUBLISHED)
def test_items_and_chance_are_as_published(task: str, items: int, chance: float | None) -> None:
    found = CATALOGUE.task(task)
    assert found is not None
    assert (found.factors["n_items"], found.scale.chance) == (items, chance)


def test_abilities_and_formats_are_of_the_leaderboards_words() -> None:
    for benchmark in CATALOGUE.benchmarks.values():
        assert benchmark.factors["ability"] in ABILITIES, benchmark.line.place
        assert benchmark.factors["format"] in FORMATS, benchmark.line.place


def test_models_are_base_or_instruct_and_have_an_organization() -> None:
    for line in CATALOGUE.models.ids.values():
        assert line["finetuning"] in ("base", "instruct"), line.place
        assert line["organization"], line.place


def test_every_canonical_name_is_itself() -> None:
    for task in CATALOGUE.benchmarks:
        found = CATALOGUE.task(task)
        assert found is not None and found.task == task
    for model in CATALOGUE.models.ids:
        found_model = CATALOGUE.model(model)
        assert found_model is not None and found_model.model == model


def test_a_base_model_in_the_catalogue_goes_by_its_id() -> None:
    for line in CATALOGUE.models.ids.values():
        found = CATALOGUE.model(line["base_model"]) if "{}" not in line["base_model"] else None
        if found is not None and found.model != line["base_model"]:
            raise AssertionError(f"{line.place}: base_model is {found.model!r} by its id")


def test_patterns_are_written_out() -> None:
    names = [n for n, _ in expand("a[ b] (c|d)|e")]
    assert names == ["a c", "a d", "a b c", "a b d", "e"]
    assert expand("x {}", ["1", "2"]) == [("x 1", "1"), ("x 2", "2")]
    for wrong in ("a[b", "a]b", "a(b]c)", "x {}", "[" * 5000):
        with pytest.raises(DataError):
            expand(wrong)
    with pytest.raises(DataError, match="more than"):
        expand("[a][b][c][d][e][f][g][h][i][j][k][l][m]")


def test_entries_of_ones_own(tmp_path: Path) -> None:
    extra = folder(
        tmp_path,
        benchmarks=MINE,
        aliases_mine="name,shots,task\n# a comment\nmine-eval,0,Mine\n",
        models="family,id,names,values\nFoo,Foo {},foo {}[ hf],1B|2B\n",
    )
    catalogue = load_catalogue(extra)
    found = catalogue.task("Mine_eval", shots=0, harness="mine")
    assert found is not None and found.task == "Mine"
    assert catalogue.task("mine-eval", shots=1, harness="mine") is None
    match = catalogue.model("foo-2b-hf")
    assert match is not None and match.model == "Foo 2B"
    assert catalogue.model("Llama 2 13B") is not None  # beside what is shipped


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"aliases_any": "name,task\nx,Mine\nX,MMLU (5-shot)\n"},
            r"aliases_any.csv, line 3: 'X' is 'Mine' in aliases_any.csv, line 2",
        ),
        (
            {"aliases_lm-eval": "name,metric,shots,task\nmmlu,acc,5?,Mine\n"},
            r"aliases_lm-eval.csv, line 2: 'mmlu' is 'MMLU \(5-shot\)' in aliases_lm-eval.csv",
        ),
        ({"aliases_any": "name,task\nx,MMLU 5 shots\n"}, r"line 2: no task .* did you mean"),
        ({"aliases_any": "name,task\n((x),Mine\n"}, r"aliases_any.csv, line 2: .* is missing"),
        ({"aliases_any": "name,tasks\nx,Mine\n"}, r"line 1: unknown column 'tasks'.*'task'"),
        ({"aliases_any": "name,task\nx\n"}, r"line 2: 1 cells where the header has 2"),
        ({"aliases_any": "name,task\n" + "x" * 200_000 + ",Mine\n"}, r"line 2: field larger"),
        ({"aliases_any": "name,task\n...,Mine\n"}, r"line 2: nothing is left"),
        (
            {"benchmarks": MINE + "Mine,M,a,0,1,,true,,math,free_form,0\n"},
            r"line 3: .* line 2, too",
        ),
        ({"benchmarks": MINE + "MINE!,M,a,0,1,,true,,math,free_form,0\n"}, r"line 3: .* differ by"),
        ({"benchmarks": TASK + "M,M,a,1,0,,true,,math,free_form,0\n"}, r"line 2: scale_min must"),
        ({"benchmarks": TASK + "M,M,a,0,1,,yes,,math,free_form,0\n"}, r"line 2: higher_is_better"),
        ({"benchmarks": TASK + "M,M,a,0,1,,true,0,math,free_form,0\n"}, r"line 2: n_items must"),
        (
            {"models": "family,id,names\nF,Foo,llama-2-13b\n"},
            r"models.csv, line 2: 'llama-2-13b' is 'Llama 2 13B' in models.csv",
        ),
        ({"models": "family,id,names,values\nF,Foo,foo {},1|2\n"}, r"line 2: an id has \{\}"),
        ({"models": "family,id,names,release_date\nF,Foo,foo,May\n"}, r"line 2: release_date"),
        ({"parts": "harness,whole,parts,values\nh,w,w_{},@no\n"}, r"line 2: no list 'no'"),
        ({"headlines": "harness,group,metric,split\nhelm,gsm,em,test\n"}, r"line 2: .*twice"),
        ({"benchmark": MINE}, r"not a file of the catalogue; did you mean 'benchmarks.csv'"),
        ({}, r"holds no catalogue file"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, files: dict[str, str], told: str) -> None:
    if not any(name.startswith("benchmark") for name in files) and files:
        files = {"benchmarks": MINE, **files}
    with pytest.raises(DataError, match=told):
        load_catalogue(folder(tmp_path, **files))


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no directory"):
        load_catalogue(tmp_path / "nowhere")


def test_a_second_file_of_a_harness_is_added_to_the_first(tmp_path: Path) -> None:
    extra = folder(tmp_path, benchmarks=MINE, **{"aliases_lm-eval": "name,shots,task\nmy,0,Mine\n"})
    catalogue = Catalogue([Path(package.__file__).parent / "data", extra])
    assert catalogue.task("my", shots=0, harness="lm-eval") is not None
    assert catalogue.task("mmlu", metric="acc", shots=5, harness="lm-eval") is not None


def test_the_examples_of_the_readme_run() -> None:
    readme = Path(package.__file__).parent / "README.md"
    assert doctest.testfile(str(readme), module_relative=False).failed == 0
