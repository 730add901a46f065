"""Which factors carry the predictions: groups, data without them, effect curves, trees."""

from cpp.importance.effects import effect_curve
from cpp.importance.factor_group import FactorGroup
from cpp.importance.groups import FactorGroups, factor_groups

__all__ = ["FactorGroup", "FactorGroups", "effect_curve", "factor_groups"]
