#!/usr/bin/env bash
# MLflow 3.17.2: mlflow.data.from_pandas gives tables that differ one and the same digest.
#
# The digest is shown with a run as the identity of its data. It covers the number of rows and the
# names of the columns, but of the values only the first 10,000 rows, and of those only numbers
# and columns in which EVERY entry is a string. What may change without a new digest: row 10,001,
# a column of names with one gap, true/false, dates.
# benchcast: records its own SHA-256 of the whole table as the digest.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2 pandas==3.1.1 numpy==2.4.6

HOME="$work" MLFLOW_DISABLE_TELEMETRY=true venv/bin/python - <<'PY'
import sys

import mlflow
import numpy as np
import pandas as pd


def same(before, after):
    assert not before.equals(after)
    return mlflow.data.from_pandas(before).digest == mlflow.data.from_pandas(after).digest


def table(column):
    return pd.DataFrame({"score": [0.4, 0.6, 0.8], "x": column})


long = pd.DataFrame({"score": np.linspace(0, 1, 10_001)})
early, late = long.copy(), long.copy()
early.loc[9_999, "score"] = 0.0
late.loc[10_000, "score"] = 0.0
seen = {
    "row 10,000": same(long, early),
    "row 10,001": same(long, late),
    "names": same(table(["m1", "m2", "m3"]), table(["m1", "m2", "m4"])),
    "names with a gap": same(table(["m1", None, "m3"]), table(["m1", None, "m4"])),
    "true/false": same(table([True, False, True]), table([True, False, False])),
    "dates": same(
        table(pd.to_datetime(["2026-01-01"] * 3)), table(pd.to_datetime(["2026-01-02"] * 3))
    ),
}
for changed, digest in seen.items():
    print(f"{changed} changed: {'SAME digest' if digest else 'another digest'}")
expected = {
    "row 10,000": False,
    "row 10,001": True,
    "names": False,
    "names with a gap": True,
    "true/false": True,
    "dates": True,
}
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
