#!/usr/bin/env bash
# Inspect (inspect-ai 0.3.285): with two epochs, pass_at_2 and at_least_1 are the same question ("was
# one of the two right?"), but not the same score once a scorer left one epoch unscored (NaN).
#
# at_least_1 decides from the epochs that were scored. pass_at_2 wants two scored epochs and
# otherwise takes the SAMPLE out of the mean: 2 of 4 samples are left, accuracy is 1.0 instead of
# 0.75 with a standard error of 0.0, and a group all of whose samples were hit is missing from the
# results, also from the mean of groups. The log's status is "success" either way; only
# the counts of scored and unscored samples tell.
# benchcast: reads `scored_samples`, and marks a score of fewer samples than the dataset as partial.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check inspect-ai==0.3.285 numpy==2.4.6

HOME="$work" XDG_DATA_HOME="$work/data" venv/bin/python - <<'PY'
import sys

from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, accuracy, grouped, scorer, stderr
from inspect_ai.solver import solver

NAN = float("nan")
EPOCHS = {"a": ("C", "I"), "b": ("I", "C"), "c": (NAN, "I"), "d": ("C", NAN)}


@solver
def nothing():
    async def solve(state, generate):
        return state

    return solve


@scorer(metrics=[accuracy(), stderr(), grouped(accuracy(), "topic", all="groups")])
def recorded():
    async def score(state, target):
        return Score(value=EPOCHS[state.sample_id][state.epoch - 1])

    return score


topics = {"a": "algebra", "b": "algebra", "c": "logic", "d": "logic"}
samples = [Sample(id=i, input="?", target="!", metadata={"topic": t}) for i, t in topics.items()]
seen = {}
for reducer in ("at_least_1", "pass_at_2"):
    task = Task(dataset=samples, solver=nothing(), scorer=recorded(), epochs=Epochs(2, reducer))
    log = eval(task, model="mockllm/model", log_dir="logs", display="none")[0]
    score = log.results.scores[0]
    metrics = {name: metric.value for name, metric in score.metrics.items()}
    seen[reducer] = (log.status, score.scored_samples, score.unscored_samples, metrics)
    print(reducer, *seen[reducer])
expected = {
    "at_least_1": (
        "success",
        4,
        0,
        {"accuracy": 0.75, "stderr": 0.25, "algebra": 1.0, "logic": 0.5, "all": 0.75},
    ),
    "pass_at_2": (
        "success",
        2,
        2,
        {"accuracy": 1.0, "stderr": 0.0, "algebra": 1.0, "all": 1.0},
    ),
}
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
