"""The ladder: every predictor by name, from the task mean up to the default."""

from __future__ import annotations

from cpp.base.predictor import Predictor

# handed on: whoever reads a state back needs every class of the ladder, which are loaded here
from cpp.base.registry import predictor_from_state as predictor_from_state
from cpp.baselines.biases import Biases
from cpp.baselines.nearest_models import NearestModels
from cpp.baselines.task_mean import TaskMean
from cpp.ensemble.blend import Blend
from cpp.ensemble.boosting import Boosting
from cpp.ensemble.fast import Fast
from cpp.factorisation.bayesian import BayesianFactorisation
from cpp.factorisation.bias_als import BiasALS
from cpp.factorisation.safer_als import SaferALS
from cpp.factorisation.weighted_als import Factorisation
from cpp.gaussian_process.gp import GaussianProcess
from cpp.laws.earlier_law import EarlierScalingLaw as EarlierScalingLaw  # of earlier states
from cpp.laws.scaling_law import ScalingLaw, SizeAndDataLaw
from cpp.text.text_predictor import TextRidge
from features.errors import unknown_name

_RUNGS: dict[str, tuple[type[Predictor], str]] = {
    "task-mean": (TaskMean, "mean training score of the task"),
    "biases": (Biases, "task bias plus model bias"),
    "text": (TextRidge, "words of the descriptions of model and task"),
    "nearest": (NearestModels, "models alike in factors, name and scores"),
    "scaling-law": (ScalingLaw, "sigmoid of log compute between chance and a ceiling, by family"),
    "scaling-law-nd": (SizeAndDataLaw, "the same with log size and log training tokens apart"),
    "factorisation": (Factorisation, "biases plus low-rank residual, solved by implicit"),
    "bias-als": (BiasALS, "logit bias-ALS of rank 2, the published record's method"),
    "safer-als": (SaferALS, "the same, minimising the loss of the worst-served models"),
    "bmf": (BayesianFactorisation, "Bayesian factorisation whose priors know the factors"),
    "gp": (GaussianProcess, "Gaussian process over cells, kernels on factors and scores"),
    "fast": (Fast, "mean of two factorisations on short chains: the quick preset"),
    "boosting": (Boosting, "LightGBM (L1) on cell features and the factorisation's output"),
    "blend": (Blend, "all of them mixed, boosted and calibrated: the default"),
}

#: name -> what it is, in the order of the ladder
LADDER: dict[str, str] = {name: text for name, (_, text) in _RUNGS.items()}
DEFAULT_PREDICTOR = "blend"
#: preset -> rung: what answers at once, and what is most accurate
PRESETS: dict[str, str] = {"fast": "fast", "best": DEFAULT_PREDICTOR}


def rung_name(name: str) -> str:
    """Return the name on the ladder of a rung or preset.

    Parameters
    ----------
    name : str
        One of :data:`LADDER` or :data:`PRESETS`.

    Raises
    ------
    UnknownNameError
        With near misses, if there is neither.

    Examples
    --------
    >>> rung_name("best")
    'blend'
    """
    rung = PRESETS.get(name, name)
    if rung not in _RUNGS:
        raise unknown_name("predictor", name, list(dict.fromkeys([*_RUNGS, *PRESETS])))
    return rung


def make_predictor(name: str = DEFAULT_PREDICTOR, *, random_state: int = 0) -> Predictor:
    """Return an unfitted predictor of the ladder.

    Parameters
    ----------
    name : str
        One of :data:`LADDER`, or a preset of :data:`PRESETS`: ``best`` is ``blend``.
    random_state : int
        Seed.

    Raises
    ------
    UnknownNameError
        With near misses, if there is no such rung or preset.

    Examples
    --------
    >>> make_predictor("bias-als", random_state=3)
    BiasALS(random_state=3)
    """
    return _RUNGS[rung_name(name)][0](random_state=random_state)
