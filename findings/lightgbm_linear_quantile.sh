#!/usr/bin/env bash
# LightGBM 4.7.0: linear_tree with the objective quantile trains without a word, and how well it fits
# depends on the unit of the target.
#
# With objective regression_l1 linear trees are refused. quantile has the same kind of leaves (a
# percentile of the residuals, put in after growing), but is let through; the linear leaves are
# then plain gradient steps, and a gradient of the quantile loss is never larger than 1. So a
# tree moves a prediction by about the learning rate, in whatever unit the target is: the same data
# in points instead of hundredths leave 200 rounds at an almost flat line. Without linear_tree the
# loss only changes by the factor of the unit.
# benchcast: uses no linear trees.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1

venv/bin/python - 2>/dev/null <<'PY'
import sys

import lightgbm
import numpy as np

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, size=(2000, 1))
y = 2 * x[:, 0] + rng.uniform(-0.5, 0.5, size=2000)


def fit(unit, **options):
    parameters = {"num_leaves": 8, "num_threads": 1, "verbose": -1, "seed": 1, **options}
    model = lightgbm.train(parameters, lightgbm.Dataset(x, unit * y), num_boost_round=200)
    return model.predict(x) / unit


spread = {}
for linear in (False, True):
    for unit in (1, 100):
        predicted = fit(unit, objective="quantile", alpha=0.5, linear_tree=linear)
        spread[linear, unit] = round(float(np.ptp(predicted)), 1)
        error = np.abs(y - predicted).mean()
        print(f"linear_tree={linear}, target x {unit}: {spread[linear, unit]} from lowest to highest")
        print(f"  prediction (truth: 4.0), mean error {error:.2f}, both in the first unit")
try:
    fit(1, objective="regression_l1", linear_tree=True)
    refused = False
except lightgbm.basic.LightGBMError as error:
    refused = True
    print("regression_l1:", error)
flat = spread[True, 100] < 0.5
others = [spread[False, 1], spread[False, 100], spread[True, 1]]
if not (refused and flat and all(value > 3.5 for value in others)):
    print("changed: expected a refusal and a flat line for linear_tree=True, target x 100 only")
    sys.exit(1)
PY
