#!/usr/bin/env bash
# Inspect (inspect-ai 0.3.285): grouped(stderr(), ..., all="groups") is not the standard error of
# grouped(accuracy(), ..., all="groups").
#
# With all="groups" the aggregate is the plain mean of the groups' values, whatever the metric is.
# For accuracy that is the macro average. For stderr it is the mean of the groups' standard errors;
# that of a mean of k independent groups is sqrt(sum of squares) / k. With four equally noisy groups
# the log says 0.29 where 0.14 is right: too large by sqrt(k), so real differences look like noise.
# benchcast: reads stderr() beside accuracy() as its error; of groups it takes no error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check inspect-ai==0.3.285 numpy==2.4.6

HOME="$work" XDG_DATA_HOME="$work/data" venv/bin/python - <<'PY'
import sys

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, accuracy, grouped, scorer, stderr
from inspect_ai.solver import solver


@solver
def nothing():
    async def solve(state, generate):
        return state

    return solve


def by_topic(metric, label):
    return grouped(metric, "topic", all="groups", all_label=label, name_template=label + "_{group_name}")


@scorer(metrics=[by_topic(accuracy(), "macro"), by_topic(stderr(), "macro_stderr")])
def recorded():
    async def score(state, target):
        return Score(value=state.metadata["value"])

    return score


samples = [
    Sample(id=f"{topic}{n}", input="?", target="!", metadata={"topic": topic, "value": value})
    for topic in ("algebra", "botany", "chess", "dance")
    for n, value in enumerate("CICI")
]
log = eval(
    Task(dataset=samples, solver=nothing(), scorer=recorded()),
    model="mockllm/model",
    log_dir="logs",
    display="none",
)[0]
values = {name: round(metric.value, 4) for name, metric in log.results.scores[0].metrics.items()}
errors = [value for name, value in values.items() if name.startswith("macro_stderr_")]
right = round(sum(e**2 for e in errors) ** 0.5 / len(errors), 4)
print("groups:", errors)
print("macro", values["macro"], "macro_stderr", values["macro_stderr"], "of independent groups", right)
seen = (errors, values["macro"], values["macro_stderr"], right)
expected = ([0.2887] * 4, 0.5, 0.2887, 0.1444)
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
