"""Rungs that a better one has to beat: means, biases, neighbours.

They learn no latent factors; what they learn is used as features and starting points elsewhere.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "biases": ["Biases", "MODEL_PRIOR", "TASK_PRIOR", "model_biases", "task_biases"],
        "model_similarity": [
            "ModelDistances", "STRONG", "distances_of", "name_vectors", "squared_distances",
        ],
        "nearest_models": ["NearestModels"],
        "task_mean": ["TaskMean"],
    },
)  # fmt: skip
