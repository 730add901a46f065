"""Standard column names of a dataset directory, with their types and units."""

from __future__ import annotations

SCORE_REQUIRED = ("model", "task", "score")
SCORE_OPTIONAL = ("se", "n_items", "date", "source", "setting", "reported_by")
SCORE_COLUMNS = SCORE_REQUIRED + SCORE_OPTIONAL
REPORTERS = ("first_party", "third_party", "unknown")

SCALE_COLUMNS = ("scale_min", "scale_max", "chance", "higher_is_better")

#: standard model factors -> (type, unit)
MODEL_FACTORS: dict[str, tuple[str, str]] = {
    "organization": ("text", ""),
    "family": ("text", ""),
    "base_model": ("text", ""),
    "release_date": ("date", "yyyy-mm-dd"),
    "open_weights": ("flag", ""),
    "params": ("number", "count"),
    "active_params": ("number", "count"),
    "training_tokens": ("number", "count"),
    "training_flop": ("number", "FLOP"),
    "context_length": ("number", "tokens"),
    "layers": ("number", "count"),
    "hidden_size": ("number", "count"),
    "heads": ("number", "count"),
    "vocab_size": ("number", "count"),
    "architecture": ("text", ""),
    "training_data": ("text", ""),
    "finetuning": ("text", ""),
    "reasoning": ("flag", ""),
    "price_input_usd_per_mtok": ("number", "USD per million tokens"),
}

#: standard task factors -> (type, unit)
TASK_FACTORS: dict[str, tuple[str, str]] = {
    "metric": ("text", ""),
    "scale_min": ("number", "score"),
    "scale_max": ("number", "score"),
    "chance": ("number", "score"),
    "higher_is_better": ("flag", ""),
    "n_items": ("number", "count"),
    "ability": ("text", ""),
    "format": ("text", ""),
    "shots": ("number", "count"),
    "language": ("text", ""),
    "domain": ("text", ""),
    "released": ("date", "yyyy-mm-dd"),
    "family": ("text", ""),
}

#: of models and of tasks, by kind
FACTORS = {"model": MODEL_FACTORS, "task": TASK_FACTORS}

#: counts where 0 and -1 can only be a careless "unknown"
POSITIVE_MODEL_FACTORS = (
    "params",
    "active_params",
    "training_tokens",
    "training_flop",
    "context_length",
    "layers",
    "hidden_size",
    "heads",
    "vocab_size",
)
FOLD_COLUMNS = ("fold", "role", "model", "task")
ROLES = ("test", "hidden")
