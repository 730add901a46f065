"""Which factors carry the predictions: groups, data without them, effect curves, trees."""

from cpp.importance.factor_group import FactorGroup
from cpp.importance.factor_groups import FactorGroups, factor_groups
from cpp.importance.partial_dependence import effect_curve

__all__ = ["FactorGroup", "FactorGroups", "effect_curve", "factor_groups"]
