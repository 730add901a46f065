"""The structure of the field: clusters, redundancy, a biplot, saturation, the overall ranking.

It describes what predictors hold of the matrix; it neither predicts nor draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "biplot": ["biplot_of"],
        "clusters": ["Clusters", "cluster_models", "cluster_tasks"],
        "latent_grid": ["Grid"],
        "overall_ranking": ["overall_rankings", "suites_of"],
        "task_redundancy": ["KEEP", "Redundancy", "discoveries", "redundancy"],
        "task_saturation": ["saturation"],
    },
)  # fmt: skip
