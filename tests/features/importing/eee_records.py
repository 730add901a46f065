"""Every Eval Ever records that the tests make: one that is right, and changes of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from features.importing.eee import read_eee
from tests.features.importing.reading import Found, read_with

UUID = "0b7c9a52-1111-4222-8333-444455556666"
RESULT: dict[str, Any] = {
    "evaluation_result_id": "gsm8k/acc",
    "evaluation_name": "GSM8K",
    "source_data": {
        "dataset_name": "gsm8k",
        "source_type": "hf_dataset",
        "hf_repo": "openai/gsm8k",
        "hf_split": "test",
        "samples_number": 1319,
    },
    "evaluation_timestamp": "1717200000",
    "metric_config": {
        "metric_id": "exact-match",
        "metric_name": "exact_match",
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 1,
    },
    "score_details": {
        "score": 0.62,
        "uncertainty": {"standard_error": {"value": 0.0133}, "num_samples": 1319},
    },
    "generation_config": {
        "generation_args": {"temperature": 0.0},
        "additional_details": {"num_fewshot": "5"},
    },
}
RECORD: dict[str, Any] = {
    "schema_version": "0.3.0",
    "evaluation_id": "gsm8k/org_Tiny-7B/1732000000",
    "retrieved_timestamp": "1732000000",
    "source_metadata": {
        "source_name": "A board",
        "source_type": "documentation",
        "source_organization_name": "Org",
        "source_organization_url": "https://example.org",
        "evaluator_relationship": "third_party",
    },
    "eval_library": {"name": "lm_eval", "version": "0.4.8"},
    "model_info": {
        "name": "Tiny 7B",
        "id": "org/Tiny-7B",
        "developer": "Org",
        "additional_details": {
            "deployment_type": "self_deployed",
            "model_availability": "open_weights",
            "num_parameters": "7241732096",
        },
    },
    "evaluation_results": [RESULT],
}


def record(**changes: Any) -> dict[str, Any]:
    """Return a record whose one result is changed: ``metric_config__max_score=100``."""
    made = copy.deepcopy(RECORD)
    for path, value in changes.items():
        *keys, last = path.split("__")
        top = keys[0] if keys else last
        at: Any = made if top in made else made["evaluation_results"][0]
        for key in keys:
            at = at[key]
        if value is ...:
            at.pop(last, None)
        else:
            at[last] = value
    return made


def read(tmp_path: Path, made: Any, **options: Any) -> Found:
    path = tmp_path / f"{UUID}.json"
    path.write_text(json.dumps(made))
    return read_with(read_eee.read, path, **options)


def key_of(tmp_path: Path, **changes: Any) -> Any:
    return read(tmp_path, record(**changes)).rows["key"][0]


def both(*results: dict[str, Any]) -> dict[str, Any]:
    return record(evaluation_results=list(results))


def changed(**changes: Any) -> dict[str, Any]:
    result: dict[str, Any] = record(**changes)["evaluation_results"][0]
    return result
