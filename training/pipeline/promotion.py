"""Whether a new model becomes the champion, and why.

The rule: the alias moves only to a model that is better than the champion on the same
folds of the same snapshot, by the median absolute error (mean over folds; on data without
any task in points, by the error in standard deviations).

- *Same snapshot, same folds*: the champion's own figure counts.
- *Another snapshot or other folds*: the champion's method (predictor and parameters) is
  backtested on the new ones with the new run's seed.
- *A tie keeps the champion*, as does an improvement up to ``run.min_improvement`` (0 points
  unless set). The champion's own method, trained on another snapshot, IS the champion
  refitted: a tie by definition. With ``run.champion = "refresh"`` the alias moves to it all
  the same (unless its data are known to be older), so that the champion knows the newer
  data; that is the setting of a job that retrains as scores come in.

The interval of the difference (bootstrap over models) is told, not used: with a handful of
models it would freeze the first champion for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import pandas as pd

from features.errors import BenchcastError, FoldError, TrackingError
from features.table.score_table import ScoreTable
from training.tracking import registry
from training.tracking.client import Tracking
from training.tracking.locations import store_lock
from training.tracking.registry import VersionInfo

Policy = Literal["better", "refresh", "never", "always"]
#: backtests a champion on the new folds and returns its fold predictions and its figure
Remeasure = Callable[[VersionInfo], tuple[pd.DataFrame, float]]
_ATTEMPTS = 5


@dataclass(frozen=True)
class ChampionDecision:
    """What became of the alias ``champion``.

    Attributes
    ----------
    moved : bool
        Whether the new model is the champion now.
    outcome : str
        ``first``, ``better``, ``refreshed`` (the champion's method on a newer snapshot),
        ``tie``, ``worse``, ``not-comparable``, ``never`` or ``always`` (the configured policy).
    reason : str
        In words, with both figures.
    metric : str
        ``medae`` (points) or ``scaled_medae`` (standard deviations); lower is better.
    new, champion : float or None
        Both figures, on the same folds of the same snapshot.
    champion_version : str or None
        The champion the new model was compared with.
    remeasured : bool
        Whether the champion was backtested again, on a snapshot or folds new to it.
    difference_low, difference_high : float or None
        95 % interval of new - champion (bootstrap over models), where it can be worked out.
    version : str
        The new model's version.

    Examples
    --------
    >>> decision = ChampionDecision(True, "better", "4.1 < 4.6", "medae", new=4.1, champion=4.6)
    >>> decision.moved, decision.to_dict()["champion"]
    (True, 4.6)
    """

    moved: bool
    outcome: str
    reason: str
    metric: str
    new: float
    champion: float | None = None
    champion_version: str | None = None
    remeasured: bool = False
    difference_low: float | None = None
    difference_high: float | None = None
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; None for NaN."""
        values = asdict(self)
        return {
            k: None if isinstance(v, float) and not math.isfinite(v) else v
            for k, v in values.items()
        }


@dataclass(frozen=True)
class Candidate:
    """A new model that asks to be champion.

    Attributes
    ----------
    info : VersionInfo
    table : ScoreTable
        The snapshot.
    predictions : DataFrame
        Its fold predictions.
    n_folds : int
    """

    info: VersionInfo
    table: ScoreTable
    predictions: pd.DataFrame
    n_folds: int


def promote(
    tracking: Tracking,
    candidate: Candidate,
    model_id: str,
    remeasure: Remeasure,
    *,
    policy: Policy = "better",
    min_improvement: float = 0.0,
) -> ChampionDecision:
    """Register the candidate, and make it the champion if the rule says so.

    Raises
    ------
    TrackingError
        If the store fails, or other runs keep changing the champion meanwhile.
    """
    for _ in range(_ATTEMPTS):
        champion = registry.find_champion(tracking)
        decision = decide(
            tracking,
            candidate,
            champion,
            remeasure,
            policy=policy,
            min_improvement=min_improvement,
        )
        # The comparison can take minutes and is made without the lock.
        with store_lock(tracking.uri):
            now = registry.find_champion(tracking)
            if (now and now.version) != (champion and champion.version):
                continue
            version = registry.register(tracking, candidate.info, model_id, champion=decision.moved)
            return replace(decision, version=version)
    raise TrackingError(
        f"the champion changed {_ATTEMPTS} times while this model was compared with it; nothing "
        "was registered. Train again when no other training runs on this store"
    )


def decide(
    tracking: Tracking,
    candidate: Candidate,
    champion: VersionInfo | None,
    remeasure: Remeasure,
    *,
    policy: Policy = "better",
    min_improvement: float = 0.0,
) -> ChampionDecision:
    """Apply the rule of this module; changes nothing in the store."""
    new = candidate.info
    unit = "points" if new.metric == "medae" else "standard deviations"
    figure = f"{new.metric} {new.value:.3f} {unit} on {_folds(candidate.n_folds)}"
    if champion is None:
        if policy == "never":
            reason = f"there is no champion, and run.champion = 'never' ({figure})"
            return ChampionDecision(False, "never", reason, new.metric, new.value)
        reason = f"the first champion: the new {new.predictor} ({figure})"
        return ChampionDecision(True, "first", reason, new.metric, new.value)

    base = ChampionDecision(False, "", "", new.metric, new.value, champion_version=champion.version)
    same = _same_ground(champion, new)
    if policy in ("never", "always"):
        moved = policy == "always"
        reason = (
            f"run.champion = {policy!r}: version {champion.version} ({champion.predictor}) "
            f"{'is replaced without' if moved else 'stays without'} a comparison; new: {figure}"
        )
        return replace(base, moved=moved, outcome=policy, reason=reason)
    own_method = _method(champion) == _method(new)
    try:
        if same:
            frame, value = _recorded(tracking, champion), champion.value
        elif own_method:  # same method, data, folds and seed give the same predictions
            frame, value = candidate.predictions, new.value
        else:
            frame, value = remeasure(champion)
    except BenchcastError as error:
        reason = (
            f"version {champion.version} ({champion.predictor}) stays champion, because it cannot "
            f"be compared with on this snapshot: {error}; set run.champion = 'always' to replace it"
        )
        return replace(base, outcome="not-comparable", reason=reason)
    low, high = _interval(candidate, frame)
    base = replace(
        base, champion=value, remeasured=not same, difference_low=low, difference_high=high
    )

    ground = _ground(champion, new, candidate.n_folds)
    old = f"version {champion.version} ({champion.predictor})"
    if not same and own_method:
        figures = f"{new.metric} {new.value:.3f} {unit} {ground}"
        return _own_method(base, champion, new, figures, refresh=policy == "refresh")

    gain = value - new.value
    figures = f"{new.metric} {new.value:.3f} against {value:.3f} {unit} {ground}"
    figures += _difference_in_words(base)
    if gain > min_improvement or (math.isfinite(new.value) and not math.isfinite(value)):
        reason = f"the new {new.predictor} replaces {old}: {figures}"
        return replace(base, moved=True, outcome="better", reason=reason)
    outcome, said = "worse", f"the new {new.predictor} is not better"
    if gain == 0.0:
        outcome, said = "tie", "a tie does not move the alias"
    elif gain > 0.0:
        wanted = f"less than run.min_improvement = {min_improvement:g} better"
        outcome, said = "tie", f"the new {new.predictor} is {wanted}"
    reason = f"{old} stays champion, {said}: {figures}"
    if champion.data_fingerprint != new.data_fingerprint:
        reason += (
            "; the champion does not know the new snapshot: train its method on it "
            f"(model.predictor = {champion.predictor!r}), or set run.champion = 'always'"
        )
    return replace(base, outcome=outcome, reason=reason)


def _own_method(
    base: ChampionDecision, champion: VersionInfo, new: VersionInfo, figures: str, *, refresh: bool
) -> ChampionDecision:
    """Decide on a new model that is the champion's method, on other data or other folds."""
    old = f"version {champion.version} ({champion.predictor})"
    if new.data_fingerprint == champion.data_fingerprint:
        reason = f"{old} stays champion: same method, same snapshot, only the folds are new"
    elif "" < new.data_retrieved < champion.data_retrieved:
        reason = (
            f"{old} stays champion: same method, and it knows newer data (retrieved "
            f"{champion.data_retrieved}, this was {new.data_retrieved})"
        )
    elif refresh:
        reason = f"the new model is {old} refitted on the new snapshot, and replaces it: {figures}"
        return replace(base, moved=True, outcome="refreshed", reason=reason)
    else:
        reason = (
            f"{old} stays champion: the new model is the same method on the new snapshot, a tie by "
            "definition; set run.champion = 'refresh' to move the alias to the newer data"
        )
    return replace(base, outcome="tie", reason=f"{reason}; {figures}")


def _same_ground(a: VersionInfo, b: VersionInfo) -> bool:
    return (a.data_fingerprint, a.folds_fingerprint, a.metric) == (
        b.data_fingerprint,
        b.folds_fingerprint,
        b.metric,
    )


def _method(info: VersionInfo) -> tuple[str, dict[str, Any]]:
    return info.predictor, dict(info.parameters)


def _folds(n: int, kind: str = "") -> str:
    return f"{n} {kind}fold{'' if n == 1 else 's'}"


def _ground(champion: VersionInfo, new: VersionInfo, n_folds: int) -> str:
    if _same_ground(champion, new):
        return f"on the same {_folds(n_folds)} of the same snapshot"
    if champion.data_fingerprint == new.data_fingerprint:
        return f"on {_folds(n_folds, 'new ')} of the same snapshot, champion backtested again"
    return (
        f"on the same {_folds(n_folds)} of the new snapshot, champion refitted (it was trained on "
        f"{champion.data_name} {champion.data_fingerprint[:8]}, this is {new.data_name} "
        f"{new.data_fingerprint[:8]})"
    )


def _recorded(tracking: Tracking, champion: VersionInfo) -> pd.DataFrame | None:
    """Return the champion's fold predictions; None if its run is gone (its figure is not)."""
    try:
        return registry.fold_predictions(tracking, champion)
    except TrackingError:
        return None


def _interval(
    candidate: Candidate, frame: pd.DataFrame | None
) -> tuple[float | None, float | None]:
    """Return the interval of new - champion, None where it cannot be worked out."""
    from training.evaluation.paired_comparison import compare_predictors

    if frame is None or candidate.info.metric != "medae":
        return None, None
    try:
        found = compare_predictors(candidate.predictions, frame, candidate.table)
    except FoldError:  # recorded by an older version with other cells or columns
        return None, None
    return found.difference_low, found.difference_high


def _difference_in_words(decision: ChampionDecision) -> str:
    low, high = decision.difference_low, decision.difference_high
    if low is None or high is None:
        return ""
    return f" (difference {low:+.3f} to {high:+.3f}, 95 % by models)"
