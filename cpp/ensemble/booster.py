"""Stacking: LightGBM on the residual of the base rungs, and weights that mix them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cpp.data.arrays import FloatArray

if TYPE_CHECKING:
    import lightgbm

#: a fixed recipe, flat around its optimum on every matrix tried; nothing is tuned per fold
PARAMS = {
    "objective": "l1",
    "learning_rate": 0.03,
    "num_leaves": 7,
    "min_data_in_leaf": 25,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.4,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}
N_TREES = 300
#: more entries than this are thinned: the stage is about common structure
MAX_ENTRIES = 12_000


@dataclass(frozen=True)
class Booster:
    """A mean of LightGBM models that differ in their seed.

    Attributes
    ----------
    texts : list of str
        The models in LightGBM's text format.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((400, 2)).astype(np.float32)
    >>> y = np.where(x[:, 0] > 0, 1.0, -1.0)
    >>> booster = Booster.fit(x, y, np.ones(400), names=["tells", "noise"], seeds=[0, 1])
    >>> (booster.predict(np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)) > 0).tolist()
    [True, False]
    """

    texts: list[str]

    @classmethod
    def fit(
        cls,
        x: NDArray[np.float32],
        y: FloatArray,
        weight: FloatArray,
        *,
        names: list[str],
        seeds: list[int],
        n_trees: int = N_TREES,
    ) -> Booster:
        """Fit one model per seed under L1 loss."""
        import lightgbm as lgb

        texts = []
        for seed in seeds:
            if len(y) > MAX_ENTRIES:
                some = np.sort(np.random.default_rng(seed).permutation(len(y))[:MAX_ENTRIES])
            else:
                some = np.arange(len(y))
            # LightGBM refuses these characters in a feature's name
            plain = [n.translate(str.maketrans('[]{}":,', "()()'; ")) for n in names]
            train = lgb.Dataset(x[some], y[some], weight=weight[some], feature_name=plain)
            params = PARAMS | {"seed": seed, "min_data_in_leaf": min(25, max(2, len(some) // 20))}
            texts.append(lgb.train(params, train, n_trees).model_to_string())
        return cls(texts)

    @cached_property
    def _read(self) -> list[lightgbm.Booster]:
        """The models, read from their texts once."""
        import lightgbm as lgb

        return [lgb.Booster(model_str=text) for text in self.texts]

    def predict(self, x: NDArray[np.float32]) -> FloatArray:
        """Return the mean prediction of the models for feature rows."""
        if not len(x):
            return np.empty(0)
        return np.mean([model.predict(x, num_threads=1) for model in self._read], axis=0)


def simplex_weights(
    candidates: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    *,
    n_steps: int = 400,
    step: float = 0.2,
) -> FloatArray:
    """Return convex weights of the columns of `candidates` that minimise the L1 error.

    Exponentiated gradient on the mean absolute error, averaged over the steps; every
    column starts equal, so columns that say the same share their weight.

    Parameters
    ----------
    candidates : float array (n, n_candidates)
    target, weight : float array (n,)
    """
    n = candidates.shape[1]
    mix = np.full(n, 1.0 / n)
    if len(target) == 0:
        return mix
    share = weight / weight.sum()
    typical = float((share * np.abs(candidates - target[:, None]).min(axis=1)).sum()) or 1.0
    total = np.zeros(n)
    for t in range(n_steps):
        sign = np.sign(candidates @ mix - target)
        gradient = (share * sign) @ candidates / typical
        # a column whose weight has vanished may come back: others may vanish after it
        mix = np.maximum(mix, 1e-12) * np.exp(
            -step / np.sqrt(1.0 + 0.05 * t) * (gradient - gradient.min())
        )
        mix /= mix.sum()
        total += mix
    return total / n_steps
