#!/usr/bin/env bash
# scoringrules 0.10.0: in crps_ensemble(..., ens_w=...) a member of weight 0 can change the score, and
# an integer weight need not count like so many copies of the member.
#
# Both hold for the estimators "nrg" and "qd" (the default, which is not the fair one). Not
# for the others: "fair", "pwm" and "akr" put weights into formulas that count members. A third
# member of weight 0 leaves "fair" alone, but takes "akr" from 0.0 to -2.0. Weights 3 and 1 in
# place of the members 0, 0, 0, 1 turn 0.125 into -0.125 under "fair" and -0.375 under
# "pwm", which agree with each other wherever there are no weights. Nothing is raised.
# benchcast: does not use it. Repeat members instead of weighting them, or stay with "nrg"/"qd".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scoringrules==0.10.0 numpy==2.4.6 scipy==1.17.1

venv/bin/python - <<'PY'
import sys

import numpy as np
import scoringrules


def crps(members, estimator, weights=None):
    weights = None if weights is None else np.array(weights)
    score = scoringrules.crps_ensemble(
        0.25, np.array(members), ens_w=weights, estimator=estimator
    )
    return round(float(score), 4)


seen = {}
for estimator in ("nrg", "qd", "fair", "pwm", "akr"):
    copies = (crps([0.0, 0.0, 0.0, 1.0], estimator), crps([0.0, 1.0], estimator, [3.0, 1.0]))
    absent = (crps([0.0, 1.0], estimator), crps([0.0, 1.0, 9.0], estimator, [1.0, 1.0, 0.0]))
    print(f"{estimator:5} copies, weights 3:1 {copies}; two members, a third of weight 0 {absent}")
    seen[estimator] = (*copies, *absent)
expected = {
    "nrg": (0.1875, 0.1875, 0.25, 0.25),
    "qd": (0.1875, 0.1875, 0.25, 0.25),
    "fair": (0.125, -0.125, 0.0, 0.0),
    "pwm": (0.125, -0.375, 0.0, 0.0),
    "akr": (0.125, -0.125, 0.0, -2.0),
}
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
