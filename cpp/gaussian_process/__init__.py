"""A Gaussian process over cells: kernels, their variances, solvers, updates.

It learns from the latent scale only and never reads factors itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "gp": ["GaussianProcess"],
    },
)  # fmt: skip
