#!/usr/bin/env bash
# lm-eval 0.4.13: a run repeated from its own cache can score differently.
#
# A task asks each question five times (`repeats: 5`, `temperature: 0.8`) and takes the majority.
# With `use_cache` an answer is kept under the request alone, so the five answers to a question
# overwrite each other. The second run asks nothing and finds five copies of the LAST answer: a
# majority of 3 right against 2 wrong becomes 5 wrong, and exact_match falls from 1.0 to 0.0.
# The cache is left out only where `do_sample: true` is written; a temperature does not count.
# The results files differ in nothing but the score and the time; only logged samples show it.
# benchcast: does nothing about it; a results file does not say where its answers came from.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lm-eval==0.4.13 datasets==5.2.0 numpy==2.4.6

for i in 1 2 3 4; do echo "{\"q\": \"question $i\", \"a\": \"yes\"}"; done > questions.jsonl
cat > sampled.yaml <<YAML
task: sampled
dataset_path: json
dataset_kwargs: {data_files: {test: $work/questions.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{q}}"
doc_to_target: "{{a}}"
num_fewshot: 0
repeats: 5
generation_kwargs: {until: ["\n"], temperature: 0.8}
filter_list:
  - name: majority
    filter: [{function: majority_vote}, {function: take_first}]
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
YAML

HOME="$work" HF_HOME="$work/hf" HF_HUB_OFFLINE=1 venv/bin/python 2>/dev/null - <<'PY'
import sys

import lm_eval
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager


class Sampler(LM):
    """Answers 'yes' three times of five, and 'no' the last two times."""

    asked = 0

    def generate_until(self, requests, disable_tqdm=False):
        self.asked += len(requests)
        return ["yes" if i % 5 < 3 else "no" for i in range(len(requests))]

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


seen = []
for run in ("first", "again"):
    model = Sampler()
    out = lm_eval.simple_evaluate(
        model,
        tasks=["sampled"],
        task_manager=TaskManager(include_path=".", include_defaults=False),
        use_cache="./cache",
        bootstrap_iters=0,
    )
    score = float(out["results"]["sampled"]["exact_match,majority"])
    answers = out["samples"]["sampled"][0]["resps"][0]
    print(f"{run}: asked {model.asked}, exact_match {score}, answers to question 1 {answers}")
    seen.append((model.asked, score, answers))
expected = [(20, 1.0, ["yes"] * 3 + ["no"] * 2), (0, 0.0, ["no"] * 5)]
if seen != expected:
    print("changed: expected", expected)
    sys.exit(1)
PY
