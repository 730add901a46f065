"""How a log of Inspect was run: model, date, shots, part of the task, setting."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from features.documents.json_files import as_count, as_number, as_object, as_text
from features.importing.shared.collector import PARTIAL

#: arguments that take a part of a task, and arguments that are the number of shots
_PARTS = re.compile(
    r"(subset|subject|categor|language|split|level|difficult|domain|task|topic|lang)\w*", re.I
)
_SHOTS = ("fewshot", "num_fewshot", "n_shot", "n_shots", "num_shots", "shots", "k_shot")
_GENERATION = ("temperature", "top_p", "reasoning_effort", "reasoning_tokens", "max_tokens")
#: services that run a provider's models: ``openai/azure/gpt-4o``
_SERVICES = {"azure", "bedrock", "vertex"}


@dataclass(frozen=True)
class Setup:
    """What holds for all scores of a log.

    Attributes
    ----------
    task, model : str
        ``""`` if the log does not name them.
    date : date or None
        UTC.
    odd_date : str
        A date that could not be read.
    shots : int or None
    part : str
        Part of the task that was run, ``""`` for all of it.
    size : int or None
        Samples of the dataset.
    epochs : int
    said : tuple of str
        Parts of the setting.
    limited, failed : bool
        Whether only some samples were to be run; whether some ended in an error.

    Examples
    --------
    >>> spec = {"task": "gsm8k", "model": "openai/gpt-4o", "dataset": {"samples": 1319},
    ...         "task_args": {"fewshot": 5}}
    >>> setup = setup_of({"status": "success"}, spec)
    >>> setup.shots, setup.setting(1319), setup.setting(100)
    (5, 'Inspect; fewshot=5', 'Inspect; fewshot=5; partial')
    """

    task: str
    model: str
    date: dt.date | None
    odd_date: str
    shots: int | None
    part: str
    size: int | None
    epochs: int
    said: tuple[str, ...]
    limited: bool
    failed: bool

    def setting(self, n_items: int | None) -> str:
        """Return the setting; a run on fewer items than the dataset has is marked as partial."""
        short = n_items is not None and self.size is not None and n_items < self.size
        unknown = n_items is None or self.size is None
        partial = short or self.failed or (self.limited and unknown)
        return "; ".join([*self.said, PARTIAL] if partial else self.said)


def setup_of(log: dict[str, Any], spec: dict[str, Any]) -> Setup:
    """Return how the log `log` was run; `spec` is its ``eval``."""
    config, results = as_object(spec.get("config")), as_object(log.get("results"))
    every = as_object(spec.get("task_args"))  # with those that nobody set, in newer logs
    passed = spec.get("task_args_passed")
    args = passed if isinstance(passed, dict) else every
    model, provider = _model(as_text(spec.get("model")))
    date, odd = _date(as_text(spec.get("created")))
    epochs = as_count(config.get("epochs")) or 1
    planned = as_number(results.get("total_samples"))
    done = as_number(results.get("completed_samples"))
    said = _setting_words(log, spec, args, provider)
    if epochs > 1:
        said.append(f"epochs {epochs}")
    limit = config.get("limit")
    if limit is not None:
        ends = [f"{n:g}" for n in map(as_number, _listed(limit)) if n is not None]
        said.append(f"limit {'-'.join(ends)}")
    return Setup(
        task=as_text(spec.get("task")) or as_text(spec.get("task_display_name")),
        model=model,
        date=date,
        odd_date=odd,
        shots=_shots(every | args),
        part=_part(args),
        size=as_count(as_object(spec.get("dataset")).get("samples")),
        epochs=epochs,
        said=tuple(_short(s) for s in said),
        limited=limit is not None or bool(config.get("sample_id")),
        failed=planned is not None and done is not None and done < planned,
    )


def _setting_words(
    log: dict[str, Any], spec: dict[str, Any], args: dict[str, Any], provider: str
) -> list[str]:
    version = as_text(as_object(spec.get("packages")).get("inspect_ai"))
    said = [f"Inspect {version}".strip()]
    task_version = spec.get("task_version")
    if isinstance(task_version, int | str) and str(task_version) not in ("", "0"):
        said.append(f"task version {task_version}")
    if provider:
        said.append(f"provider {provider}")
    plan = as_object(as_object(log.get("plan")).get("config"))
    asked = plan | as_object(spec.get("model_generate_config"))
    for name in _GENERATION:
        if isinstance(asked.get(name), int | float | str):
            said.append(f"{name} {asked[name]}")
    if solver := as_text(spec.get("solver")):
        said.append(f"solver {solver}")
    for name, value in sorted(args.items()):
        if isinstance(value, int | float | str) and not _PARTS.fullmatch(name):
            said.append(f"{name}={value}")
    return said


def _short(text: str) -> str:
    """Return a part of a setting; the word `partial` is a mark there, and no name."""
    return re.sub(r"\bpartial\b", "part", " ".join(text.split())[:80], flags=re.I)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shots(args: dict[str, Any]) -> int | None:
    for name in _SHOTS:
        number = as_number(args.get(name))
        if number is not None and 0 <= number < 1e4 and number % 1 == 0:
            return int(number)
    return None


def _part(args: dict[str, Any]) -> str:
    parts = []
    for name, value in sorted(args.items()):
        if _PARTS.fullmatch(name):
            texts = [str(v) for v in _listed(value) if isinstance(v, int | str) and v is not True]
            texts = [t for t in texts if t.strip() and t not in ("all", "False")]
            if texts:
                parts.append(f"{name}={'+'.join(texts)}"[:200])
    return ", ".join(parts)


def _date(created: str) -> tuple[dt.date | None, str]:
    if not created:
        return None, ""
    try:
        moment = dt.datetime.fromisoformat(created)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None, created
    return moment.date(), ""


def _model(name: str) -> tuple[str, str]:
    """Return a model's name without the provider that ran it, and the provider.

    ``openai/gpt-4o`` stays, ``vllm/owner/name`` is ``owner/name``, and ``openai/azure/gpt-4o`` is
    ``openai/gpt-4o``.
    """
    parts = [p for p in name.split("/") if p]
    if parts[:1] == ["none"]:
        return "", ""
    if len(parts) < 3:
        return "/".join(parts), ""
    if parts[1] in _SERVICES:
        return "/".join([parts[0], *parts[2:]]), parts[1]
    return "/".join(parts[1:]), parts[0]
