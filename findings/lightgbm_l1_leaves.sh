#!/usr/bin/env bash
# LightGBM 4.7.0: under the objectives regression_l1, quantile and mape, lambda_l2, max_delta_step and
# path_smooth do not touch what a leaf predicts.
#
# For these objectives the value of each leaf is replaced, once the tree is grown, by a percentile of
# the residuals in it. The three parameters then only have a say in which splits are taken;
# whoever turns them up to shrink predictions, as with squared loss, gets the raw median of the leaf.
# The parameters are accepted without a word. The learning rate still counts.
# benchcast: `boosting` and `blend` learn under L1; their lambda_l2 chooses splits, and what
# shrinks their predictions is the learning rate and the size of the leaves.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1

venv/bin/python - <<'PY'
import sys

import lightgbm
import numpy as np

x = np.repeat([[0.0], [1.0]], 100, axis=0)
y = np.repeat([0.0, 50.0], 100)
shrink = [{}, {"lambda_l2": 1e4}, {"max_delta_step": 0.5}, {"path_smooth": 1e6}]
seen = {}
for objective in ("regression", "regression_l1", "quantile", "mape"):
    seen[objective] = []
    for options in shrink:
        parameters = {
            "objective": objective,
            "num_leaves": 2,
            "learning_rate": 1.0,
            "boost_from_average": False,
            "num_threads": 1,
            "verbose": -1,
            **options,
        }
        model = lightgbm.train(parameters, lightgbm.Dataset(x, y), num_boost_round=1)
        low, high = model.predict([[0.0], [1.0]])
        print(f"{objective:14} {options!s:24} predicts {low:7.3f} and {high:7.3f} for 0 and 50")
        seen[objective].append(round(float(high - low), 3))
raw = [50.0] * 4
expected = {
    "regression": [50.0, 0.495, 0.5, 0.005],
    "regression_l1": raw,
    "quantile": raw,
    "mape": raw,
}
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
