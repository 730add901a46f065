"""The structure of the field: clusters, redundancy, a map, saturation, the overall ranking."""

from cpp.structure.clusters import Clusters, cluster_models, cluster_tasks
from cpp.structure.grid import Grid
from cpp.structure.latent_map import LatentMap, latent_map
from cpp.structure.redundancy import Redundancy, redundancy
from cpp.structure.saturation import saturation
from cpp.structure.standing import standings, suites_of

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
