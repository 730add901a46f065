"""The structure of the field: clusters, redundancy, a map, saturation, the overall ranking."""

from cpp.structure.biplot import LatentMap, latent_map
from cpp.structure.clusters import Clusters, cluster_models, cluster_tasks
from cpp.structure.latent_grid import Grid
from cpp.structure.overall_ranking import standings, suites_of
from cpp.structure.task_redundancy import Redundancy, redundancy
from cpp.structure.task_saturation import saturation

__all__ = [
    "Clusters",
    "Grid",
    "LatentMap",
    "Redundancy",
    "cluster_models",
    "cluster_tasks",
    "latent_map",
    "redundancy",
    "saturation",
    "standings",
    "suites_of",
]
