"""The catalogue: what benchmarks and models are called, as data (see README.md)."""

from features.catalogue.catalogue import Catalogue, TaskMatch, load_catalogue
from features.catalogue.models import ModelMatch

__all__ = ["Catalogue", "ModelMatch", "TaskMatch", "load_catalogue"]
