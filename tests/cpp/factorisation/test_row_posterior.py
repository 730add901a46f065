"""Rows given samples of the other side, against one row and one sample at a time."""

from __future__ import annotations

import numpy as np
import pytest

from cpp.data.arrays import block, lengthened, with_entries
from cpp.data.cells import Cells
from cpp.factorisation import row_posterior
from cpp.factorisation.gibbs_sampler import NU
from cpp.factorisation.row_posterior import conditional_means

D, N_SAMPLES, N_ROWS, N_OTHERS = 3, 7, 5, 6


def slow(
    z: np.ndarray, weight: np.ndarray, prior: np.ndarray, precision: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """Return the mean of one row given one sample; `weight` is each cell's precision."""
    design = np.c_[np.ones(len(v)), v[:, 1:]]
    cell = weight.copy()
    for _ in range(2):
        total = precision + design.T @ (cell[:, None] * design)
        mean = np.linalg.solve(total, precision @ prior + design.T @ (cell * (z - v[:, 0])))
        error = z - v[:, 0] - design @ mean
        cell = weight * (NU + 1) / (NU + weight * error**2)
    return mean


@pytest.mark.parametrize("at_once", [1, 12, 3000])
def test_means_equal_a_loop_however_many_are_solved_at_once(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_posterior, "AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    there = rng.random((N_ROWS, N_OTHERS)) < 0.5
    there[2] = False  # nothing but its factors
    at, other = np.nonzero(there)
    z, weight = rng.normal(size=len(at)), rng.gamma(2.0, size=len(at))
    prior = rng.normal(size=(N_SAMPLES, N_ROWS, D))
    half = rng.normal(size=(N_SAMPLES, D, D))
    precision = half @ np.swapaxes(half, 1, 2) + np.eye(D)
    latent = rng.normal(size=(N_OTHERS, N_SAMPLES, D))
    noise = rng.gamma(2.0, size=(len(at), N_SAMPLES))
    found = conditional_means(Cells(at, other, z, z, weight), prior, precision, latent, noise)
    assert found.shape == (N_ROWS, N_SAMPLES, D)
    for i in range(N_ROWS):
        mine = at == i
        for s in range(N_SAMPLES):
            wanted = slow(
                z[mine],
                (noise[:, s] * weight)[mine],
                prior[s, i],
                precision[s],
                latent[other[mine], s],
            )
            np.testing.assert_allclose(found[i, s], wanted, rtol=1e-9)
    np.testing.assert_allclose(found[2], prior[:, 2])


def test_entries_are_put_into_a_copy() -> None:
    known = np.arange(6.0).reshape(3, 2)
    longer = with_entries(known, np.array([1, 4]), np.array([[7.0, 8.0], [9.0, 10.0]]), 5)
    assert longer.tolist() == [[0, 1], [7, 8], [4, 5], [0, 0], [9, 10]]
    assert known[1].tolist() == [2, 3]
    assert with_entries(None, np.array([1]), np.array([3]), 2).tolist() == [0, 3]
    assert lengthened(known, 3) is known


def test_a_block_has_every_cell() -> None:
    row, col = np.array([4, 1, 4, 1]), np.array([0, 0, 2, 2])
    rows, cols, r, c = block(row, col)
    assert rows.tolist() == [1, 4] and cols.tolist() == [0, 2]
    np.testing.assert_array_equal(rows[r], row)
    np.testing.assert_array_equal(cols[c], col)
