"""The law of leave-out errors: a scale for every error, and heavy tails for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import t as student

from cpp.data.arrays import BoolArray, FloatArray, IntArray

#: added to an error before the log, in points: below it a difference is rounding
FLOOR = 0.7
RIDGE = 3.0
#: pseudo-errors pulling a task's, and a model's, own scale towards the common one
OWN_PRIOR = 15.0
#: the regression shrinks, so differences between scales come out too small
STRETCH = 1.15
#: parts for cross-fitting the scale: no error helps to set its own
N_PARTS = 5
#: degrees of freedom, if there are too few errors to tell, and the smallest and largest
TYPICAL_DF, MIN_DF, MAX_DF = 5.0, 1.0, 60.0
MIN_ERRORS = 30
#: largest share of the scores that the law takes for faulty
FAULTY_MOST = 0.2


@dataclass(frozen=True)
class Law:
    """Student-t errors, each with its own scale.

    Attributes
    ----------
    scale : float array (n,)
        Of each error, on the axis.
    df : float
        Degrees of freedom, common to all.
    faulty : float
        Share of the errors that follow the law only once repaired.

    Examples
    --------
    >>> law = Law(scale=np.array([2.0, 6.0]), df=5.0)
    >>> law.half_width(0.9).round(1).tolist()
    [4.0, 12.1]
    >>> bool(law.log_density(np.array([0.0, 0.0]))[0] > law.log_density(np.array([9.0, 0.0]))[0])
    True
    """

    scale: FloatArray
    df: float
    faulty: float = 0.0

    def log_density(self, error: FloatArray, scale: FloatArray | None = None) -> FloatArray:
        """Return the log density of errors (other scales may be given)."""
        s = self.scale if scale is None else scale
        return log_student(error / s, self.df) - np.log(s)

    def half_width(self, level: float) -> FloatArray:
        """Return the half-widths of the intervals of that level."""
        return self.scale * student.ppf(0.5 + level / 2.0, self.df)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Draw one error each."""
        return self.scale * rng.standard_t(self.df, len(self.scale))


def fit_law(
    error: FloatArray,
    features: FloatArray,
    groups: list[IntArray],
    trusted: BoolArray,
    *,
    repaired: Repaired | None = None,
    tails_of: BoolArray | None = None,
    floor: float = FLOOR,
    seed: int,
) -> Law:
    """Fit scales by ridge regression of the log error, and the tails by likelihood.

    The tails are those of a mixture: most errors follow the law as they are, some would
    follow it once repaired. Without that second part a few per cent of faults pass for
    heavy tails, in which they then hide.

    Parameters
    ----------
    error : float array (n,)
    features : float array (n, n_features)
        The first is 1.
    groups : list of int array (n,)
        Memberships with a scale of their own (task, model).
    trusted : bool array (n,)
        Errors to learn scales from; all get a scale.
    repaired : Repaired, optional
        The errors as they would be if each of the usual faults were undone.
    tails_of : bool array (n,), optional
        Errors to learn the tails from; all by default.
    floor : float
        Added to the size of an error before the log.
    seed : int
    """
    y = np.log(np.abs(error) + floor)
    share = np.random.default_rng([seed, 3]).integers(N_PARTS, size=len(error))
    log_scale = np.empty(len(error))
    for p in range(N_PARTS):
        mine = share == p
        rest = ~mine & trusted
        if not mine.any():
            continue
        if rest.sum() < features.shape[1]:
            rest = trusted if trusted.any() else np.ones(len(error), dtype=bool)
        penalty = np.full(features.shape[1], RIDGE)
        penalty[0] = 1e-6
        x = features[rest]
        coef = np.linalg.solve(x.T @ x + np.diag(penalty), x.T @ y[rest])
        left = y - features @ coef
        of_mine = features[mine] @ coef
        for group in groups:
            n_groups = int(group.max()) + 1
            sums = np.bincount(group[rest], left[rest], n_groups)
            own = sums / (np.bincount(group[rest], minlength=n_groups) + OWN_PRIOR)
            left = left - own[group]
            of_mine = of_mine + own[group[mine]]
        log_scale[mine] = STRETCH * of_mine
    scale = np.exp(log_scale)
    some = np.ones(len(error), dtype=bool) if tails_of is None else tails_of
    undone = None if repaired is None else repaired.over(scale).take(some)
    df, size, faulty = tails(error[some] / scale[some], undone)
    return Law(scale * size, df, faulty)


@dataclass(frozen=True)
class Repaired:
    """Errors after undoing a fault, one column per fault.

    Attributes
    ----------
    error : float array (n, n_faults)
        NaN where the fault cannot have happened.
    log_speed : float array (n, n_faults)
        Log of how fast the repaired place moves with the reported one.

    Examples
    --------
    >>> undone = Repaired(error=np.array([[3.0, np.nan]]), log_speed=np.array([[0.0, 0.0]]))
    >>> undone.over(np.array([2.0])).error.tolist()
    [[1.5, nan]]
    """

    error: FloatArray
    log_speed: FloatArray

    def over(self, scale: FloatArray) -> Repaired:
        """Return the errors in units of `scale`."""
        return Repaired(self.error / scale[:, None], self.log_speed)

    def take(self, some: BoolArray) -> Repaired:
        """Return the errors `some`."""
        return Repaired(self.error[some], self.log_speed[some])


def tails(ratio: FloatArray, repaired: Repaired | None = None) -> tuple[float, float, float]:
    """Return degrees of freedom and scale of the Student-t law of `ratio`, by likelihood.

    The third number is the share that follows the law only once repaired.
    """
    if len(ratio) < MIN_ERRORS:
        middle = float(np.median(np.abs(ratio))) if len(ratio) else 1.0
        return TYPICAL_DF, max(middle / student.ppf(0.75, TYPICAL_DF), 1e-6), 0.0

    def loss(theta: FloatArray) -> float:
        df, log_size = _df(theta[0]), theta[1]
        clean = log_student(ratio / np.exp(log_size), df) - log_size
        # a weak prior keeps few errors from claiming tails that they cannot know
        prior = 0.5 * (theta[0] - 1.2) ** 2
        if repaired is None:
            return float(-clean.sum() + prior)
        share = _share(theta[2])
        each = log_student(repaired.error / np.exp(log_size), df) - log_size + repaired.log_speed
        each = np.where(np.isnan(each), -np.inf, each) - np.log(each.shape[1])
        faulty = np.logaddexp.reduce(each, axis=1)
        both = np.logaddexp(np.log1p(-share) + clean, np.log(share) + faulty)
        return float(-both.sum() + prior + 0.1 * (theta[2] + 2.0) ** 2)

    start = np.array([1.2, 0.0] if repaired is None else [1.2, 0.0, -2.0])
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3}).x
    faulty = 0.0 if repaired is None else _share(float(best[2]))
    return _df(float(best[0])), float(np.exp(best[1])), faulty


def _share(theta: float) -> float:
    return float(FAULTY_MOST / (1.0 + np.exp(-theta)))


def _df(theta: float) -> float:
    return float(min(MIN_DF + np.exp(theta), MAX_DF))


def log_student(u: FloatArray, df: float) -> FloatArray:
    """Return the log density of Student's t; many times faster than SciPy's."""
    from scipy.special import gammaln

    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi)
    return constant - (df + 1) / 2 * np.log1p(u * u / df)
