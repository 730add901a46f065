#!/usr/bin/env bash
# huggingface_hub 2.4.0: writing a 0-shot and a 5-shot score of one benchmark into a model card and
# reading the card back gives two 0-shot scores of one source.
#
# ModelCardData puts results into one entry of `model-index` when task type and the dataset's type,
# config, split and revision agree. The dataset's args (where the shots stand), its name, the
# task's name and the source are not compared; the entry takes them from its FIRST result. So
# the score from "board" comes back as one from "paper", at 0 shots, and nothing warns.
# Giving each result another `dataset_split`, `dataset_config` or `dataset_revision` keeps them apart.
# benchcast: both scores arrive as reports of the 0-shot task; a card cannot tell more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check huggingface-hub==2.4.0

HOME="$work" HF_HOME="$work/hf" HF_HUB_OFFLINE=1 venv/bin/python - <<'PY'
import sys

from huggingface_hub import EvalResult, ModelCard, ModelCardData


def result(value, shots, source):
    return EvalResult(
        task_type="text-generation",
        dataset_type="cais/mmlu",
        dataset_name="MMLU",
        dataset_args={"num_few_shot": shots},
        metric_type="accuracy",
        metric_value=value,
        source_name=source,
        source_url=f"https://example.org/{source}",
    )


data = ModelCardData(
    model_name="tiny", eval_results=[result(0.41, 0, "paper"), result(0.58, 5, "board")]
)
ModelCard(f"---\n{data.to_yaml()}\n---\n# tiny\n").save("README.md")
seen = [
    (r.metric_value, r.dataset_args, r.source_name)
    for r in ModelCard.load("README.md").data.eval_results
]
for value, args, source in seen:
    print(value, args, source)
expected = [(0.41, {"num_few_shot": 0}, "paper"), (0.58, {"num_few_shot": 0}, "paper")]
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
