"""What a training run reads: the dataset, the folds, and the predictor that is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError, FoldError, UnknownNameError, near_misses
from features.table.folds import Folds
from features.table.score_table import ScoreTable

if TYPE_CHECKING:
    from cpp import Predictor
    from training.pipeline.config import TrainConfig

#: fold files of a dataset that are used when none is named, the first that is there
DEFAULT_FOLDS = ("folds.csv.gz", "folds.csv")


def load_inputs(config: TrainConfig) -> tuple[ScoreTable, Folds]:
    """Read the data and the folds a configuration names.

    The data may be a shipped name, a dataset directory, a store or a wide table
    (:mod:`features.sources.readers`); only a directory has fold files of its own.

    Raises
    ------
    DataError
        If the data cannot be read or a row of it is refused.
    FoldError, ConfigError
        If the folds cannot be read or made, or do not fit the dataset.
    """
    from features.sources.readers import find_source

    source = find_source(config.run.data)
    table = source.read()
    return table, resolve_folds(table, config, source.directory)


def resolve_folds(table: ScoreTable, config: TrainConfig, directory: Path | None = None) -> Folds:
    """Return the folds a configuration names, checked against `table`.

    A named file; else the named split, made with the run's seed; else the dataset's own
    ``folds.csv.gz``; else three random folds.

    Parameters
    ----------
    table : ScoreTable
    config : TrainConfig
    directory : Path, optional
        Where the dataset's fold files lie.

    Raises
    ------
    FoldError, ConfigError
        If the file is not there, or the folds do not fit, or the table is too small.
    """
    asked = config.folds
    path = None if asked.split else _fold_file(asked.file, directory)
    if path is not None:
        from features.dataset.read import read_folds

        folds = read_folds(path)
    else:
        from training.splits.kinds import make_folds

        folds = make_folds(
            table,
            asked.split or "random",
            seed=config.run.seed,
            n_folds=asked.n,
            known=asked.known,
            mask=asked.mask,
            share=asked.share,
            bridge=asked.bridge,
            decades=asked.decades,
            together=asked.together,
        )
    if asked.only is not None:
        folds = folds.select(asked.only)
    folds.check(table)
    return folds


def _fold_file(name: str | None, directory: Path | None) -> Path | None:
    roots = [Path(".")] if directory is None else [directory, Path(".")]
    if name is None:
        if directory is None:
            return None
        return next((directory / f for f in DEFAULT_FOLDS if (directory / f).is_file()), None)
    for root in roots:
        if (root / name).is_file():
            return root / name
    raise FoldError(
        f"folds.file = {name!r}: no such file in {' or '.join(str(r) for r in roots)}; name one "
        "that exists, or let folds be made with folds.split"
    )


def folds_fingerprint(folds: Folds) -> str:
    """Return the SHA-256 of the folds' content, whatever the order of their rows."""
    frame = folds.frame.sort_values(["fold", "role", "model", "task"], kind="stable")
    return hashlib.sha256(frame.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


@dataclass(frozen=True)
class Method:
    """A predictor that is not fitted yet: a rung's name and its constructor arguments.

    Called with ``random_state`` it makes the predictor, also in another process.

    Examples
    --------
    >>> Method("bias-als", {"rank": 1})(random_state=0)
    BiasALS(rank=1)
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *, random_state: int) -> Predictor:
        import cpp

        predictor = cpp.make_predictor(self.name, random_state=random_state)
        return predictor.set_params(**self.parameters) if self.parameters else predictor

    def check(self) -> None:
        """Raise ConfigError for a predictor or parameter that does not exist."""
        import cpp

        try:
            predictor = cpp.make_predictor(self.name)
        except UnknownNameError as error:
            raise ConfigError(f"model.predictor: {error}") from error
        known = sorted(set(predictor.get_params()) - {"random_state"})
        for name in self.parameters:
            if name == "random_state":
                raise ConfigError("model.parameters.random_state: set run.seed instead")
            if name not in known:
                close = near_misses(name, known, 1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                raise ConfigError(
                    f"model.parameters.{name}: {self.name} has no such parameter; {hint}it has "
                    f"{', '.join(known) or 'none'}"
                )
