"""Rungs with latent factors: weighted ALS, the published record's method, the Bayesian one.

They know models, tasks and factors as arrays; names and texts are read elsewhere.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bayesian": ["BayesianFactorisation"],
        "bias_als": ["BiasALS"],
        "gibbs_sampler": ["NU"],
        "row_posterior": ["conditional_means"],
        "safer_als": ["SaferALS"],
        "weighted_als": ["Factorisation"],
    },
)  # fmt: skip
