#!/usr/bin/env bash
# MLflow 3.17.2: of two values of a metric logged in one millisecond at one step, the run shows the
# LARGER one and not the later one, and a value of a smaller step never shows at all.
#
# A run's `data.metrics` holds, per name, the greatest of (step, timestamp, value). log_metric
# defaults to step 0 and the clock's millisecond, so an error that is logged, corrected downwards and
# logged again at once stays at the worse value (and an accuracy corrected downwards stays at
# the better one). The final value at the default step 0, after training logged steps 1..n, is hidden
# by step n. The metric's history has all of them.
# benchcast: logs every metric once, all at step 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2 pandas==3.1.1 numpy==2.4.6

HOME="$work" MLFLOW_DISABLE_TELEMETRY=true venv/bin/python - <<'PY'
import logging
import sys

logging.disable(logging.WARNING)
from mlflow import MlflowClient
from mlflow.entities import Metric

client = MlflowClient("sqlite:///runs.db")
experiment = client.create_experiment("findings")


def shown(*values):
    """Log (value, milliseconds, step) one after the other; return what the run shows."""
    run = client.create_run(experiment).info.run_id
    for value, milliseconds, step in values:
        client.log_batch(run, metrics=[Metric("rmse", value, milliseconds, step)])
    history = [m.value for m in client.get_metric_history(run, "rmse")]
    return client.get_run(run).data.metrics["rmse"], sorted(history)


seen = {
    "corrected downwards, next millisecond": shown((5.0, 1000, 0), (3.0, 1001, 0)),
    "corrected downwards, same millisecond": shown((5.0, 1000, 0), (3.0, 1000, 0)),
    "final value without a step": shown((9.0, 1000, 1), (5.0, 2000, 2), (3.0, 3000, 0)),
}
for case, (value, history) in seen.items():
    print(f"{case}: shows {value}, history {history}")
expected = {
    "corrected downwards, next millisecond": (3.0, [3.0, 5.0]),
    "corrected downwards, same millisecond": (5.0, [3.0, 5.0]),
    "final value without a step": (5.0, [3.0, 5.0, 9.0]),
}
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
