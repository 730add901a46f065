"""Clusters of models and of tasks: who is good at the same things, apart from how good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score

from cpp.base.predictor import Predictor
from cpp.data.arrays import BoolArray, FloatArray, IntArray
from cpp.structure.cluster_names import name_of, shared_by, values_of_models, values_of_tasks
from cpp.structure.latent_grid import MIN_KNOWN, Grid
from features.errors import DataError

#: numbers of clusters that are tried
MOST_CLUSTERS = 8
#: a split with a smaller cluster is not considered: two models are a pair, not a cluster
SMALLEST = 3
#: drawings of one normal cloud that the silhouette is held against
N_NULL = 49
#: clusters are called separate if one cloud is as clustered with at most this probability
ALPHA = 0.05
#: adjusted Rand index with other fits from which on a partition is said to come back
AGREES = 0.6
#: a cluster that overlaps less (Jaccard) with its like in other fits is not stable
STABLE = 0.6
#: resampled grids that stability is taken from where no other fit is given
N_RESAMPLED = 20
#: abilities or groups of models that a cluster is said to be strong or weak on
N_STRONG = 3
#: measured cells of a cluster with them that this takes
MIN_SEEN = 5

MEMBER_COLUMNS = ("id", "cluster", "silhouette", "typical_rank", "n_known")
SUMMARY_COLUMNS = (
    "cluster",
    "name",
    "size",
    "typical",
    "strong_on",
    "weak_on",
    "silhouette",
    "stability",
    "stable",
    "shared",
)


@dataclass(frozen=True)
class Clusters:
    """Clusters of models or of tasks.

    Attributes
    ----------
    what : {"models", "tasks"}
    structure : {"separate", "continuum", "none"}
        *separate*: clusters with gaps between them, which come back in other fits.
        *continuum*: the partition comes back, but one normal cloud of the same spread would be
        as clustered: these are parts of a continuum. *none*: nothing that comes back; no
        cluster is given.
    n_clusters : int
        Of the best split, also if it is not claimed.
    silhouette, silhouette_cloud : float
        Its mean silhouette, and that of such clouds split into as many (-1 to 1).
    p_value : float
        Share of the clouds that are as clustered (the data themselves count as one).
    agreement : float
        Mean adjusted Rand index with the clusters of other fits (1: the same, 0: chance).
    members : DataFrame
        One row per model or task: ``id``; ``cluster``, from 1 (the largest), 0 if there are
        none; ``silhouette`` of the member (-1 to 1; near 0: it could as well be in another);
        ``typical_rank``, 1 for the one nearest to the cluster's middle; ``n_known`` scores.
    summary : DataFrame
        One row per cluster: ``cluster, name, size``; ``typical``, its most typical members;
        ``strong_on, weak_on``: for models the abilities on which they are better and worse
        than their level tells, for tasks the families of models (in latent units, largest
        first); ``silhouette``; ``stability``, the mean overlap (Jaccard, 0-1) with its like
        in other fits; ``stable``; ``shared``, what the members share, with shares in %.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> clusters = cluster_models(predictor)
    >>> clusters.what, clusters.structure, sorted(set(clusters.members["cluster"]))
    ('models', 'none', [0])
    """

    what: str
    structure: str
    n_clusters: int
    silhouette: float
    silhouette_cloud: float
    p_value: float
    agreement: float
    members: pd.DataFrame
    summary: pd.DataFrame

    @property
    def found(self) -> bool:
        """Whether there is a partition that comes back in other fits."""
        return self.structure != "none"


def cluster_models(
    predictor: Predictor,
    *,
    again: Sequence[Predictor] = (),
    min_known: int = MIN_KNOWN,
    random_state: int = 0,
) -> Clusters:
    """Cluster models by what they are better and worse at than their level tells.

    Ward's linkage on the profile of the predicted grid (:class:`Grid`: place and level
    removed). The number is the one, from 2 to :data:`MOST_CLUSTERS`, whose mean silhouette
    (Rousseeuw 1987) is furthest above that of single normal clouds with the same covariance,
    split into as many (gap statistic, Tibshirani et al. 2001, with the null of SigClust, Liu et
    al. 2008), among splits whose smallest cluster has :data:`SMALLEST` members. Clusters are
    claimed if they come back in other fits (adjusted Rand index of at least :data:`AGREES`), and
    called separate if at most 5 % of :data:`N_NULL` clouds are as far above. A cluster's
    stability is its mean overlap with the nearest one of other fits (Hennig 2007).

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    again : sequence of Predictor
        Fits of other seeds or of other parts of the scores, which stability is taken from.
        None: the other side of the grid is resampled, which is kinder; then only separate
        clusters are claimed.
    min_known : int
        Models and tasks with fewer known scores are left out: they would be put beside those
        that their factors name.
    random_state : int

    Raises
    ------
    DataError
        If fewer than 3 models or tasks are known well enough.

    Examples
    --------
    >>> import features
    >>> from cpp import make_predictor
    >>> predictor = make_predictor("biases").fit(features.load_leaderboard())
    >>> cluster_models(predictor).found  # additive effects have no profiles
    False
    """
    return _cluster("models", predictor, again, min_known, random_state)


def cluster_tasks(
    predictor: Predictor,
    *,
    again: Sequence[Predictor] = (),
    min_known: int = MIN_KNOWN,
    random_state: int = 0,
) -> Clusters:
    """Cluster tasks by which models are better and worse on them than their level tells.

    As :func:`cluster_models`, of the same grid turned round.
    """
    return _cluster("tasks", predictor, again, min_known, random_state)


def _cluster(
    what: str, predictor: Predictor, again: Sequence[Predictor], min_known: int, random_state: int
) -> Clusters:
    grid = Grid.of(predictor, min_known=min_known)
    ids, x, known = _side(what, grid)
    rng = np.random.default_rng(random_state)
    if len(ids) < 2 * SMALLEST:
        raise DataError(
            f"clusters need at least {2 * SMALLEST} {what} with {min_known} known scores; there "
            f"are {len(ids)}"
        )
    nobody = _nobody(ids, known), _no_summary()
    if float(np.abs(x).max()) < 1e-6:  # no profile at all
        return Clusters(what, "none", 0, 0.0, 0.0, 1.0, float("nan"), *nobody)
    label, silhouette, typical, p = _best_split(x, rng)
    if label is None:
        return Clusters(what, "none", 0, silhouette, typical, p, float("nan"), *nobody)
    label = _by_size(label)
    k = int(label.max())
    others = _others(what, ids, x, again, min_known, k, rng)
    agreement = float(np.mean([adjusted_rand_score(label[at], other) for at, other in others]))
    structure = "none"
    if agreement >= AGREES and p <= ALPHA:
        structure = "separate"
    elif agreement >= AGREES and again:
        structure = "continuum"
    if structure == "none":
        return Clusters(what, "none", k, silhouette, typical, p, agreement, *nobody)
    stability = [
        float(np.mean([_overlap(label[at] == c, other) for at, other in others]))
        for c in range(1, k + 1)
    ]
    members = _members(ids, x, label, known)
    summary = _summary(what, grid, x, label, members, stability)
    return Clusters(what, structure, k, silhouette, typical, p, agreement, members, summary)


def _side(what: str, grid: Grid) -> tuple[list[str], FloatArray, IntArray]:
    if what == "models":
        return grid.models, grid.profile, grid.k
    return grid.tasks, grid.profile.T, grid.n


def _best_split(
    x: FloatArray, rng: np.random.Generator
) -> tuple[IntArray | None, float, float, float]:
    """Return the labels of the best split, its silhouette, that of clouds, and the p value.

    No labels where no split has clusters that are large enough.
    """
    labels, width = _splits(x)
    clouds = np.array([_splits(c, labels)[1] for c in _clouds(x, rng, N_NULL)])
    if not labels:
        return None, float("nan"), float("nan"), 1.0
    typical = clouds.mean(axis=0)
    above = width - typical
    best = int(np.argmax(above))
    reach = (clouds - typical).max(axis=1)
    p = float((1 + (reach >= above[best]).sum()) / (1 + len(reach)))
    return labels[list(labels)[best]], float(width[best]), float(typical[best]), p


def _splits(
    x: FloatArray, wanted: Iterable[int] | None = None
) -> tuple[dict[int, IntArray], FloatArray]:
    """Return labels (from 1) by number of clusters, and the mean silhouettes, (n_splits,).

    `wanted`: these numbers, whatever the sizes; else those without a cluster that is too small.
    """
    apart = pdist(x)
    tree, square = linkage(apart, "ward"), squareform(apart)
    labels, width = {}, []
    most = min(MOST_CLUSTERS, len(x) // SMALLEST)
    for k in range(2, most + 1) if wanted is None else wanted:
        found = fcluster(tree, k, "maxclust")
        sizes = np.bincount(found)[1:]
        if wanted is None and (len(sizes) != k or sizes.min() < SMALLEST):
            continue
        labels[k] = found
        width.append(float(silhouette_score(square, found, metric="precomputed")))
    return labels, np.array(width)


def _clouds(x: FloatArray, rng: np.random.Generator, n: int) -> list[FloatArray]:
    """Return normal clouds with the covariance of `x`, along its principal axes."""
    spread = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) / np.sqrt(len(x) - 1)
    spread = spread[spread > 1e-9 * spread[0]]
    return [rng.standard_normal((len(x), len(spread))) * spread for _ in range(n)]


def _split_in(x: FloatArray, k: int) -> IntArray:
    return np.asarray(fcluster(linkage(pdist(x), "ward"), k, "maxclust"))


def _by_size(label: IntArray) -> IntArray:
    """Number the clusters from the largest; of equal ones the first member decides."""
    names = np.unique(label)
    first = [int(np.flatnonzero(label == c)[0]) for c in names]
    order = sorted(range(len(names)), key=lambda i: (-int((label == names[i]).sum()), first[i]))
    new = np.empty(int(names.max()) + 1, dtype=np.int64)
    for place, i in enumerate(order, start=1):
        new[names[i]] = place
    return new[label]


def _others(
    what: str,
    ids: list[str],
    x: FloatArray,
    again: Sequence[Predictor],
    min_known: int,
    k: int,
    rng: np.random.Generator,
) -> list[tuple[IntArray, IntArray]]:
    """Return, per other fit, which members it has and its clusters of them."""
    out = []
    for other in again:
        # what is known well here is looked at there, also where fewer of its scores were seen
        names, profile, _ = _side(what, Grid.of(other, min_known=max(1, min_known // 2)))
        at = np.array([i for i, name in enumerate(ids) if name in set(names)], dtype=np.int64)
        place = {name: i for i, name in enumerate(names)}
        rows = [place[ids[i]] for i in at]
        if len(rows) > 2 * k:
            out.append((at, _split_in(profile[rows], k)))
    if not out:
        every = np.arange(len(ids))
        for _ in range(N_RESAMPLED):
            out.append((every, _split_in(x[:, rng.integers(x.shape[1], size=x.shape[1])], k)))
    return out


def _overlap(mine: BoolArray, other: IntArray) -> float:
    """Return the largest Jaccard overlap of a set with a cluster of another partition."""
    if not mine.any():
        return 0.0
    both = [((other == c) & mine).sum() / ((other == c) | mine).sum() for c in np.unique(other)]
    return float(max(both))


def _members(ids: list[str], x: FloatArray, label: IntArray, known: IntArray) -> pd.DataFrame:
    frame = _nobody(ids, known)
    frame["cluster"] = label
    frame["silhouette"] = silhouette_samples(x, label)
    for c in np.unique(label):
        mine = np.flatnonzero(label == c)
        far = np.linalg.norm(x[mine] - x[mine].mean(axis=0), axis=1)
        frame.loc[mine, "typical_rank"] = np.argsort(np.argsort(far, kind="stable")) + 1
    return frame


def _nobody(ids: list[str], known: IntArray) -> pd.DataFrame:
    frame = pd.DataFrame({"id": ids, "cluster": 0, "silhouette": np.nan, "typical_rank": 0})
    frame["n_known"] = known
    return frame[list(MEMBER_COLUMNS)]


def _no_summary() -> pd.DataFrame:
    return pd.DataFrame(columns=list(SUMMARY_COLUMNS))


def _summary(
    what: str,
    grid: Grid,
    x: FloatArray,
    label: IntArray,
    members: pd.DataFrame,
    stability: list[float],
) -> pd.DataFrame:
    if what == "models":
        values = values_of_models(grid.model_factors)
        across = grid.ability_of_tasks()
    else:
        values = values_of_tasks(grid.task_factors)
        across = values_of_models(grid.model_factors)["family"]
    rows = []
    for c in range(1, int(label.max()) + 1):
        mine = label == c
        shared = shared_by(values, mine)
        inside = members[mine].sort_values(["typical_rank", "id"], kind="stable")
        seen = (grid.seen if what == "models" else grid.seen.T)[mine].sum(axis=0)
        strong, weak = _strengths(x[mine].mean(axis=0), across, seen)
        rows.append(
            {
                "cluster": c,
                "name": name_of(shared, str(inside["id"].iloc[0])),
                "size": int(mine.sum()),
                "typical": "; ".join(inside["id"].head(3)),
                "strong_on": strong,
                "weak_on": weak,
                "silhouette": float(inside["silhouette"].mean()),
                "stability": stability[c - 1],
                "stable": bool(stability[c - 1] >= STABLE),
                "shared": "; ".join(
                    f"{row.factor} {row.value} ({100 * row.share:.0f} % of them, "
                    f"{100 * row.share_all:.0f} % of all)"
                    for row in shared.itertuples()
                ),
            }
        )
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def _strengths(mean: FloatArray, across: list[str], seen: IntArray) -> tuple[str, str]:
    """Return in words on which groups of the other side a mean profile is high, and low.

    Groups of at least two, with :data:`MIN_SEEN` measured cells of the cluster, whose mean is
    more than two standard errors away from 0.
    """
    names = np.array(across, dtype=object)
    found = []
    for name in sorted(set(across) - {""}):
        at = names == name
        if at.sum() < 2 or seen[at].sum() < MIN_SEEN:
            continue
        values = mean[at]
        middle, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
        if abs(middle) > max(2.0 * error, 0.05):
            found.append((middle, name))
    high = sorted((f for f in found if f[0] > 0), reverse=True)[:N_STRONG]
    low = sorted(f for f in found if f[0] < 0)[:N_STRONG]
    strong, weak = (", ".join(f"{name} ({v:+.2f})" for v, name in some) for some in (high, low))
    return strong, weak
