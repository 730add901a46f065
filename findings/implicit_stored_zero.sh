#!/usr/bin/env bash
# implicit 0.7.3: two matrices that SciPy calls equal give different models.
#
# To AlternatingLeastSquares a cell that is not stored is a "no" of weight 1, and a stored 0 is a cell
# of weight 0, that is, one that is not known. So eliminate_zeros() or a round trip through a dense
# array changes the model without changing the matrix: here one fit learns the pattern of ones and
# zeros, and the other, whose zeros are stored, predicts 1 everywhere. Also, the 1 of an absent
# cell is taken off for every stored ENTRY: cells stored as 2 are fitted by 1, cells stored as 1
# and 1 by 2, so sum_duplicates() changes the model as well.
# benchcast: stores each cell twice on purpose (cpp/README.md), gives back the 1 that is taken off
# twice, and lets nothing put the matrix into canonical form.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check implicit==0.7.3 numpy==2.4.6 scipy==1.17.1

OPENBLAS_NUM_THREADS=1 venv/bin/python - <<'PY'
import sys

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

ones = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype="float32")


def fit(matrix):
    model = AlternatingLeastSquares(
        factors=2,
        regularization=0.01,
        iterations=50,
        use_cg=False,
        num_threads=1,
        random_state=0,
    )
    model.fit(matrix, show_progress=False)
    return model.user_factors @ model.item_factors.T


absent = sparse.csr_matrix(ones)
row, col = np.indices(ones.shape)
stored = sparse.csr_matrix((ones.ravel(), (row.ravel(), col.ravel())), shape=ones.shape)
full = (np.tile(np.arange(3, dtype="int32"), 4), np.arange(0, 13, 3, dtype="int32"))
once = sparse.csr_matrix((np.full(12, 2, "float32"), *full), shape=(4, 3))
twice = sparse.csr_matrix(
    (np.ones(24, "float32"), np.repeat(full[0], 2), 2 * full[1]), shape=(4, 3)
)

seen = []
for name, one, other in (("zeros absent, stored", absent, stored), ("2, 1 + 1", once, twice)):
    differ = int((one != other).nnz)
    first = [fit(matrix)[0].round(1).tolist() for matrix in (one, other)]
    print(f"{name}: cells that differ: {differ}; first rows {first[0]} and {first[1]}")
    seen.append((differ, *first))
expected = [(0, [1.0, 1.0, 0.0], [1.0] * 3), (0, [1.0] * 3, [2.0] * 3)]
if seen != expected:
    sys.exit(f"changed: expected {expected}")
PY
