"""A sigmoid between a floor and a free ceiling, fitted to one task under normal priors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

#: residuals beyond this many noise units are weighed down (Huber 1964)
HUBER = 3.0
#: noise of a share (0-1) where a task has too few cells to tell its own, and its pseudo-cells
NOISE, NOISE_CELLS = 0.06, 6.0
MAX_STEPS, TOLERANCE = 15, 1e-4


def share_of(
    curve: NDArray[np.float64],
    free: NDArray[np.float64] | float,
    floor: NDArray[np.float64] | float,
    lowest: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return floor + (ceiling - floor) sigmoid(curve), the ceiling lowest + (1 - lowest)
    sigmoid(free).

    All are shares of the range, 0-1, but `curve` and `free`, which are logits.
    """
    ceiling = lowest + (1.0 - lowest) * expit(free)
    return floor + (ceiling - floor) * expit(curve)


def fit_sigmoid(
    design: NDArray[np.float64],
    share: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    floor: float,
    lowest: float,
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the parameters of one task's curve that have the highest posterior density.

    The share is that of :func:`share_of` with ``curve = design @ parameters[:-1]`` and
    ``free = parameters[-1]``. Residuals count by Huber's loss in units of their noise, which
    is worked out along with the curve. Levenberg-Marquardt steps (Marquardt 1963) from the
    prior means.

    Parameters
    ----------
    design : float array (n, p - 1)
    share : float array (n,)
        Scores as shares of the range, more is better.
    weight : float array (n,)
        Reliability of each score; 1 for an ordinary one.
    floor, lowest : float
        Score of guessing and lowest ceiling, shares.
    mean, sd : float array (p,)
        Normal priors of the parameters.

    Returns
    -------
    float array (p,)
    """
    at, damping, noise = mean.copy(), 1e-2, NOISE
    residual = share - share_of(design @ at[:-1], at[-1], floor, lowest)
    for _ in range(MAX_STEPS):
        noise = _noise(residual, weight)
        robust = weight * _huber_weight(residual / noise) / noise**2
        loss = (robust * residual**2).sum() + (((at - mean) / sd) ** 2).sum()
        rise, top = expit(design @ at[:-1]), expit(at[-1])
        height = lowest + (1.0 - lowest) * top - floor
        slopes = np.column_stack(
            [
                (height * rise * (1.0 - rise))[:, None] * design,
                (1.0 - lowest) * top * (1.0 - top) * rise,
            ]
        )
        weighted = slopes * robust[:, None]
        square, gradient = weighted.T @ slopes, weighted.T @ residual
        square[np.diag_indices_from(square)] += 1.0 / sd**2
        gradient -= (at - mean) / sd**2
        for _ in range(6):
            damped = square + damping * np.diag(np.diag(square))
            there = at + np.linalg.solve(damped, gradient)
            left = share - share_of(design @ there[:-1], there[-1], floor, lowest)
            found = (robust * left**2).sum() + (((there - mean) / sd) ** 2).sum()
            if found <= loss:
                damping = max(damping / 3.0, 1e-6)
                break
            damping *= 4.0
        else:
            break
        at, residual = there, left
        if loss - found < TOLERANCE * loss:
            break
    return at


def _noise(residual: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Return the noise of a share with weight 1: the median deviation, shrunk."""
    spread = 1.4826 * float(np.median(np.abs(residual) * np.sqrt(weight)))
    n = len(residual)
    return float(np.sqrt((n * spread**2 + NOISE_CELLS * NOISE**2) / (n + NOISE_CELLS)))


def _huber_weight(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return HUBER / np.maximum(np.abs(z), HUBER)
