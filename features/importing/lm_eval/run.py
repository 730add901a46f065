"""What a results file of lm-evaluation-harness says of the run as a whole."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.documents.json_files import as_count, as_number, as_object, as_text

#: time stamp in the names of results and samples files
STAMP = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:[.-]\d+)?"
#: arguments that name the model, the most telling first (the harness's own order)
_NAMING = ("peft", "delta", "pretrained", "model", "path", "engine")
#: words of `config.model` that say how a model was run, not which
_BACKENDS = {
    *("hf", "hf-auto", "hf-causal", "hf-causal-experimental", "hf-seq2seq", "huggingface"),
    *("hf-mlm", "hf-multimodal", "vllm", "vllm-vlm", "vllm-causallms", "sglang", "nemo_lm"),
    *("sglang-generate", "local-completions", "local-chat-completions", "gguf", "ggml"),
    *("openai-completions", "openai-chat-completions", "anthropic", "anthropic-chat", "winml"),
    *("anthropic-completions", "anthropic-chat-completions", "anthropic-completion"),
    *("neuronx", "openvino", "sparseml", "deepsparse", "ipex", "optimum-lm", "textsynth"),
    *("watsonx_llm", "steered", "habana", "trtllm", "megatron_lm", "gpt-neox", "mamba_ssm"),
}
_RANDOM = re.compile(r"[a-z0-9]{8}")
_UNSET = {"", "None", "none", "null", "N/A", "Unknown", "auto", "main"}


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes
    ----------
    model : str
        Name as the source has it; ``""`` if it has none.
    model_place : str
        Where it stands.
    date : date or None
        UTC.
    odd_date : object
        A date that could not be read.
    setting : tuple of str
        What holds for all tasks of the run.
    limit : float or None
        Most items of a task (a share of them below 1).
    shots : int or None
        For all tasks (before version 0.4).
    factors : dict
        Standard model factors.
    """

    model: str
    model_place: str
    date: dt.date | None
    odd_date: object
    setting: tuple[str, ...]
    limit: float | None
    shots: int | None
    factors: dict[str, Any] = field(default_factory=dict)


def run_of(tree: dict[str, Any], path: Path) -> Run:
    """Return what the file says of the run; `path` tells where it does not."""
    config = as_object(tree.get("config"))
    arguments = _arguments(config.get("model_args"))
    model, place = _model(tree, config, arguments, path)
    factors: dict[str, Any] = {
        "params": as_count(config.get("model_num_parameters"))
    }  # -1: unknown
    if as_text(arguments.get("pretrained")) not in ("", model):  # an adapter on it
        factors["base_model"] = as_text(arguments["pretrained"])
    date, odd = _date(tree.get("date"), path)
    limit = as_number(config.get("limit"))
    return Run(
        model=model,
        model_place=place,
        date=date,
        odd_date=odd,
        setting=_setting(tree, config),
        limit=limit if limit is not None and limit > 0 else None,
        shots=shots_of(config.get("num_fewshot")),
        factors=factors,
    )


def shots_of(value: Any) -> int | None:
    """Return a number of shots (0 is one), or None if it is none."""
    number = as_number(value)
    return int(number) if number is not None and 0 <= number < 1e6 and number % 1 == 0 else None


def word(value: Any) -> str:
    """Return a short text for a setting, ``""`` if nothing is said."""
    if isinstance(value, float):
        value = f"{value:g}"  # a version may be 1 and 1.0
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    text = text.removeprefix("torch.")
    # the word `partial` of a setting has a meaning here, which a name must not take on
    text = re.sub(r"\bpartial\b", "part", text, flags=re.I)
    return "" if text in _UNSET or isinstance(value, bool) else text[:60]


def _arguments(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    pairs = (p.partition("=") for p in as_text(given).split(","))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def _model(
    tree: dict[str, Any], config: dict[str, Any], arguments: dict[str, Any], path: Path
) -> tuple[str, str]:
    """Return the model's name and where it stands.

    The arguments go first: where they name none, the harness makes up a `model_name` at random.
    """
    for name in _NAMING:
        if text := as_text(arguments.get(name)):
            return text, "config.model_args"
    backend = as_text(config.get("model"))
    named = as_text(tree.get("model_name"))
    if named and not (_RANDOM.fullmatch(named) and backend):
        return named, "model_name"
    if backend and backend not in _BACKENDS:
        return backend, "config.model"
    folder = path.absolute().parent.name
    if "__" in folder:  # owner__name
        return folder.replace("__", "/", 1), ""
    return "", "config.model_args"


def _date(given: Any, path: Path) -> tuple[dt.date | None, object]:
    seconds = as_number(given)
    if seconds is not None and 946_684_800 <= seconds < 4_102_444_800:  # 2000 to 2100
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date(), None
    odd = None if given is None else given
    if found := re.search(STAMP, path.name):
        try:
            return dt.date.fromisoformat(found[0][:10]), odd
        except ValueError:
            return None, odd or found[0]
    return None, odd


def _setting(tree: dict[str, Any], config: dict[str, Any]) -> tuple[str, ...]:
    version = word(tree.get("lm_eval_version"))
    git = word(tree.get("git_hash"))
    harness = f"lm-eval {version}" if version else f"lm-eval git {git[:10]}" if git else "lm-eval"
    said = [harness, word(config.get("model_dtype"))]
    if revision := word(config.get("model_revision")):
        said.append(f"revision {revision}")
    if tree.get("chat_template"):
        said.append("chat template")
    if tree.get("system_instruction"):
        said.append("system instruction")
    if tree.get("fewshot_as_multiturn") is True:
        said.append("shots as turns")
    kwargs = config.get("gen_kwargs")
    if isinstance(kwargs, dict):
        kwargs = ",".join(f"{k}={v}" for k, v in sorted(kwargs.items()))
    if kwargs := word(kwargs):
        said.append(kwargs)
    return tuple(s for s in said if s)
