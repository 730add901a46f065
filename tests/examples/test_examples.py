"""The worked examples run as they are, and print what they promise."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def said_by(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    runpy.run_path(str(HERE / name), run_name="__main__")
    return capsys.readouterr().out


def test_a_new_checkpoints_scorecard(capsys):
    out = said_by("new_checkpoint.py", capsys)
    assert out.count("observed") == 3  # what was measured stays
    for chance in re.findall(r"with probability ([\d.]+)", out):
        assert 0.0 < float(chance) < 1.0
    (told,) = re.findall(r"ours-8b on MMLU-Pro \(5-shot\): ([\d.]+) predicted", out)
    drawn = out.partition("What the terms mean")[0]
    account = re.findall(r"^  \S.*? ([+-]?\d+\.\d\d) .*? ([\d.]+)$", drawn, flags=re.M)
    assert float(told) == pytest.approx(sum(float(points) for points, _ in account), abs=0.05)
    assert account[-1][1] == told


def test_probes_for_the_next_checkpoints(capsys):
    out = said_by("choose_probes.py", capsys)
    probes, choice, field = re.split(r"^ +order .*\n", out, flags=re.M)[1:]
    assert len(re.findall(r"^\d", probes, flags=re.M)) == 5
    assert len(re.findall(r"^\d", choice, flags=re.M)) == 3 and "MMLU (5-shot)" not in choice
    assert len(re.findall(r"^\d", field, flags=re.M)) == 5


@pytest.mark.slow
def test_design_factors_of_open_models(capsys):
    out = said_by("design_factors.py", capsys)
    size = re.search(r"^size +([\d.]+) +([\d.]+) +([\d.]+)", out, flags=re.M)
    assert size and all(float(points) > 0.3 for points in size.groups())
    assert "not what causes scores" in out and "A sample:" in out
    assert "70B on 2T tokens" in out


def test_every_example_is_tested():
    text = Path(__file__).read_text(encoding="utf-8")
    scripts = {p.name for p in HERE.glob("*.py")} - {"__init__.py", Path(__file__).name}
    assert scripts and all(f'"{name}"' in text for name in scripts)
