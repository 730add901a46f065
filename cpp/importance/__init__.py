"""Which design factors carry the predictions: groups, ablation, partial dependence, TreeSHAP.

It works on one fit; error bars over refits are worked out in :mod:`training.analyses`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ablation": ["FactorGroup", "exchanged"],
        "boosting_shap": ["METHOD", "tree_importance"],
        "groups": ["FactorGroups", "NAME", "SIDES", "factor_groups"],
        "partial_dependence": [
            "COLUMNS", "FACTORS", "N_MODELS", "N_VALUES", "partial_dependence_of",
        ],
        "tree_shap": ["FactorStage", "error_taken", "shap_by_group"],
    },
)  # fmt: skip
