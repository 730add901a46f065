"""What a training run is asked to do: one TOML file, with overrides from the command line.

What belongs to the model (`model`) is apart from what belongs to the run (`run`) and from
how it is judged (`folds`)::

    [model]
    predictor = "blend"          # a rung of the ladder; or preset = "fast" | "best"
    parameters = { rank = 2 }    # its constructor arguments, if they differ from the defaults

    [folds]
    split = "random"             # or file = "folds.csv.gz"

    [run]
    data = "leaderboard"
    seed = 0

Every key may be left out. The schema is strict: a number in quotes is an error, as is a
key that does not exist.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import ConfigError, near_misses

#: how cells are held out when no fold file is named (see training.splits)
Split = Literal["random", "family", "new-model", "new-task", "time", "mask", "block", "compute"]
#: what may stand in a predictor's parameters
Parameter = bool | int | float | str | list[bool | int | float | str]
#: presets of `cpp.PRESETS`
Preset = Literal["fast", "best"]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s/](.*[^\s])?$")]


#: rungs beside the preset `fast`, unless ``run.ladder`` says otherwise
FAST_LADDER = ("task-mean", "biases", "nearest", "bias-als")


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class ModelConfig(_Section):
    """Which predictor is trained.

    Examples
    --------
    >>> ModelConfig(preset="fast").predictor
    'fast'
    """

    preset: Preset | None = None
    """`predictor` by purpose (`cpp.PRESETS`): what answers at once, or is most accurate."""
    predictor: Name = "blend"
    """Name of a rung of the ladder; the name of a preset stands for its rung."""
    parameters: dict[str, Parameter] = {}
    """Constructor arguments of the predictor; what is left out has its default."""

    @model_validator(mode="before")
    @classmethod
    def _rung_of_preset(cls, given: Any) -> Any:
        """Settle `predictor`, so that a method has one name wherever it is compared."""
        if not isinstance(given, dict):
            return given
        from cpp import PRESETS

        preset, predictor = given.get("preset"), given.get("predictor")
        rung = PRESETS.get(predictor, predictor) if isinstance(predictor, str) else predictor
        if isinstance(preset, str) and preset in PRESETS:
            if rung not in (None, PRESETS[preset]):
                raise ValueError(
                    f"preset {preset!r} is the predictor {PRESETS[preset]!r}, not {rung!r}: leave "
                    "one of them out"
                )
            rung = PRESETS[preset]
        return given if rung is None else {**given, "predictor": rung}


class FoldsConfig(_Section):
    """On which held-out cells the predictors are judged.

    Without any key: the dataset's own ``folds.csv.gz`` if it has one, else random folds.

    Examples
    --------
    >>> FoldsConfig(split="random", n=5).n
    5
    """

    file: str | None = Field(default=None, min_length=1)
    """A fold file; a relative path is looked up in the dataset's directory, then here."""
    split: Split | None = None
    """Make the folds instead: the kind of split."""
    n: int | None = Field(default=None, ge=1, le=1000)
    """Number of folds of a split; its own default if left out."""
    known: int | None = Field(default=None, ge=0, le=10_000)
    """Scores left in training of each new model or task (splits new-model, new-task, time)."""
    mask: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Share of the cells that are held out (split mask)."""
    share: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Share of the task families that a block takes (split block)."""
    bridge: int | None = Field(default=None, ge=0, le=10_000)
    """Scores of each task in a block that stay in training (split block)."""
    decades: float | None = Field(default=None, gt=0.0, le=100.0)
    """Decades of training compute beyond the cut that are test (split compute)."""
    together: bool = True
    """Keep variants of a model (new-model) or of a task (new-task) in one fold."""
    only: list[str] | None = Field(default=None, min_length=1)
    """Use just the folds of these names."""

    @model_validator(mode="after")
    def _one_source(self) -> FoldsConfig:
        if self.file is not None and self.split is not None:
            raise ValueError("file and split exclude each other: leave one of them out")
        if self.split is None:
            for key in ("n", "known", "mask", "share", "bridge", "decades"):
                if getattr(self, key) is not None:
                    raise ValueError(f"{key} belongs to a split: name one with split = ...")
        return self


class RunConfig(_Section):
    """Everything that is not the model: data, seed, processes, where it is recorded."""

    data: str = Field(default="leaderboard", min_length=1)
    """A shipped dataset's name, a dataset directory, a store (``scores.db``, ``scores.db@12`` as
    of a batch, ``postgresql://...``) or a wide table."""
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    """Seed of the splits and of every predictor."""
    jobs: int = Field(default=1, ge=1, le=512)
    """Processes of the backtest; the results are the same for any number."""
    level: float = Field(default=0.9, gt=0.0, lt=1.0)
    """Level of the intervals in the backtest (0.9 = 90 %)."""
    ladder: bool | list[Name] | None = None
    """Which rungs are backtested beside the chosen predictor: all, none, or those named. Left
    out: all; with the preset ``fast`` those that take seconds (`FAST_LADDER`)."""
    experiment: Name = "benchcast"
    """MLflow experiment."""
    tracking_uri: str | None = Field(default=None, min_length=1)
    """MLflow store; MLFLOW_TRACKING_URI or the embedded one if left out."""
    champion: Literal["better", "refresh", "never", "always"] = "better"
    """When the registered alias ``champion`` moves to the new model."""
    min_improvement: float = Field(default=0.0, ge=0.0, le=100.0)
    """Points of MedAE by which the new model has to be better than the champion."""


class TrainConfig(_Section):
    """A training run; see the module's text for the file.

    Examples
    --------
    >>> config = TrainConfig.model_validate({"model": {"preset": "fast"}, "run": {"seed": 3}})
    >>> config.model.predictor, config.run.level
    ('fast', 0.9)
    >>> print(config.to_toml().splitlines()[0], config.flat()["run.seed"])
    [model] 3
    """

    model: ModelConfig = ModelConfig()
    folds: FoldsConfig = FoldsConfig()
    run: RunConfig = RunConfig()

    def flat(self) -> dict[str, str]:
        """Return every setting by dotted name, as text, for the parameters of a run.

        Settings left open say ``default``. The tracking URI is left out: it says where the
        run is recorded, and may carry a password. A store's URL loses its password.
        """
        out = {}
        for section, values in self._shown().items():
            for key, value in values.items():
                if key == "parameters":
                    given = {f"model.parameters.{k}": json.dumps(v) for k, v in value.items()}
                    out.update(given)
                elif key != "tracking_uri":
                    out[f"{section}.{key}"] = _spelled(value)
        return out

    def _shown(self, *, exclude_none: bool = False) -> dict[str, Any]:
        from features.store.database.address import hide_password

        values = self.model_dump(exclude_none=exclude_none)
        values["run"]["data"] = hide_password(self.run.data)
        return values

    def as_read(self, store: str, batch: int) -> TrainConfig:
        """Return the settings of a run that read a store, with the snapshot that it read.

        Parameters
        ----------
        store : str
            Without a password.
        batch : int
        """
        from features.store.database.address import StorePlace

        data = StorePlace.of(store).at(batch)
        return self.model_copy(update={"run": self.run.model_copy(update={"data": data})})

    def to_toml(self) -> str:
        """Return the settings as a TOML file that :func:`load_config` reads back.

        The tracking URI and passwords are left out, as in :meth:`flat`.
        """
        lines = []
        for section, values in self._shown(exclude_none=True).items():
            parameters = values.pop("parameters", None)
            values.pop("tracking_uri", None)
            lines += [f"[{section}]", *(f"{key} = {_toml(v)}" for key, v in values.items()), ""]
            if parameters:
                lines += [f"[{section}.parameters]"]
                lines += [f"{_toml(key)} = {_toml(v)}" for key, v in parameters.items()] + [""]
        return "\n".join(lines)


#: two ways to say the same
_EITHER = {"preset": "predictor", "predictor": "preset"}


def load_config(
    path: str | os.PathLike[str] | None = None, overrides: Iterable[str] = ()
) -> TrainConfig:
    """Read the settings of a run.

    Parameters
    ----------
    path : path, optional
        A TOML file; without it everything has its default.
    overrides : iterable of str
        ``section.key=value``, applied in order, such as ``run.seed=1`` or
        ``model.predictor=biases``. The value is read as TOML; what is not TOML (a bare
        word) is text.

    Raises
    ------
    ConfigError
        If the file cannot be read or is not TOML, or a key or value is not allowed; the
        message names the file (or override), the key, the value and what is allowed.
    """
    content = {} if path is None else _read(Path(path))
    origin = "settings" if path is None else str(path)
    given: dict[str, str] = {}
    for override in overrides:
        _override(content, override)
        given[override.partition("=")[0].strip()] = override
    try:
        return TrainConfig.model_validate(content)
    except ValidationError as error:
        lines = dict.fromkeys(_explain(one, origin, given) for one in error.errors())
        raise ConfigError("\n".join(lines)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file; leave it out to use the defaults") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start}); TOML is UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _override(content: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    keys = [key.strip() for key in name.split(".")]
    if not equals or len(keys) < 2 or not all(keys):
        raise ConfigError(
            f"override {override!r}: write section.key=value, such as run.seed=1 or "
            "model.predictor=biases"
        )
    place: Any = content
    for key in keys[:-1]:
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            raise ConfigError(f"override {override!r}: {key!r} is a value, not a section")
    if keys[:-1] == ["model"] and keys[-1] in _EITHER:
        place.pop(_EITHER[keys[-1]], None)  # what is said last counts
    place[keys[-1]] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text  # a bare word; the schema says if text is not allowed there
    return parsed["value"] if len(parsed) == 1 else text


def _explain(error: Mapping[str, Any], origin: str, given: Mapping[str, str]) -> str:
    # Unions add their alternatives to the place: keep the part that stands in the file.
    place = [str(part) for part in error["loc"]]
    if place[:2] == ["model", "parameters"]:
        place = place[:3]
    if place[:2] == ["run", "ladder"]:
        place = place[:2]
    key = ".".join(place)
    source = next((f"override {o!r}" for k, o in given.items() if k == key), origin)
    if error["type"] == "extra_forbidden":
        known = _known(place[:-1])
        close = near_misses(place[-1], known, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"{source}: unknown key {key!r}{hint} Allowed here: {', '.join(known)}"
    if place[:2] == ["model", "parameters"] and len(place) == 3:
        return (
            f"{source}: {key} = {error['input']!r} is not allowed; a parameter is true or false, "
            "a number, text, or a list of those"
        )
    said = error["msg"].removeprefix("Value error, ")
    if key == "run.ladder":
        said = "it is true, false, or a list of rungs in quotes"
    if error["type"] == "value_error":
        return f"{source}: [{key}] {said}"
    return f"{source}: {key} = {error['input']!r} is not allowed: {said[0].lower()}{said[1:]}"


def _known(sections: list[str]) -> list[str]:
    fields = TrainConfig.model_fields
    for section in sections:
        annotation = fields[section].annotation if section in fields else None
        fields = getattr(annotation, "model_fields", {})
    return list(fields)


def _spelled(value: object) -> str:
    if value is None:
        return "default"
    return value if isinstance(value, str) else json.dumps(value)


def _toml(value: object) -> str:
    """Write a scalar or a flat list: JSON's spelling of those is TOML's (but for DEL)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


SPLITS: tuple[str, ...] = get_args(Split)
