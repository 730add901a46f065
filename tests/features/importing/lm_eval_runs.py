"""Runs of lm-evaluation-harness that the tests read and change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from features.importing.lm_eval import read_lm_eval
from features.importing.shared.collector import Collector
from features.importing.shared.options import Options
from tests.features.importing.fuzzing import as_bytes, check_reading

MADE = Path(__file__).parent / "made" / "lm_eval" / "example__dummy-1b"
RESULTS = next(MADE.glob("results_*.json"))
STAMP = "2024-05-01T12-34-56.789012"

#: version 0.4, a group with its members
NEW: dict[str, Any] = {
    "results": {
        "mmlu": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "mmlu"},
        "mmlu_stem": {"acc,none": 0.4, "acc_stderr,none": "N/A", "alias": " - stem"},
        "mmlu_anatomy": {"acc,none": 0.4, "acc_stderr,none": 0.04, "alias": "  - anatomy"},
        "mmlu_virology": {"acc,none": 0.6, "acc_stderr,none": 0.05, "alias": "  - virology"},
        "gsm8k": {
            "alias": "gsm8k",
            "exact_match,strict-match": 0.25,
            "exact_match_stderr,strict-match": 0.012,
            "exact_match,flexible-extract": 0.3,
            "exact_match_stderr,flexible-extract": 0.0126,
        },
        "wikitext": {
            "alias": "wikitext",
            "word_perplexity,none": 12.5,
            "word_perplexity_stderr,none": "N/A",
            "bits_per_byte,none": 0.7,
            "bits_per_byte_stderr,none": "N/A",
        },
    },
    "groups": {"mmlu": {"acc,none": 0.5, "acc_stderr,none": 0.01, "alias": "mmlu"}},
    "group_subtasks": {
        "mmlu": ["mmlu_stem", "mmlu_virology"],
        "mmlu_stem": ["mmlu_anatomy"],
        "gsm8k": [],
    },
    "configs": {
        "mmlu_anatomy": {"output_type": "multiple_choice", "num_fewshot": 5},
        "mmlu_virology": {"output_type": "multiple_choice", "num_fewshot": 5},
        "gsm8k": {"output_type": "generate_until", "dataset_path": "gsm8k", "num_fewshot": 5},
    },
    "versions": {"mmlu": 2, "gsm8k": 3.0, "wikitext": "Yaml"},
    "n-shot": {"mmlu_anatomy": 5, "mmlu_virology": 5, "gsm8k": 5, "wikitext": 0},
    "higher_is_better": {
        "gsm8k": {"exact_match": True},
        "wikitext": {"word_perplexity": False, "bits_per_byte": False},
    },
    "n-samples": {
        "mmlu_anatomy": {"original": 135, "effective": 135},
        "mmlu_virology": {"original": 166, "effective": 166},
        "gsm8k": {"original": 1319, "effective": 1319},
        "wikitext": {"original": 62, "effective": 62},
    },
    "config": {
        "model": "hf",
        "model_args": "pretrained=example/base-7b,dtype=float16",
        "model_num_parameters": 7_000_000_000,
        "model_dtype": "torch.float16",
        "model_revision": "main",
        "model_sha": "0123456789abcdef",
        "limit": None,
        "gen_kwargs": None,
    },
    "git_hash": "a1b2c3d",
    "date": 1714564800.5,
    "model_name": "example/base-7b",
}

#: before version 0.4
OLD: dict[str, Any] = {
    "results": {
        "hendrycksTest-anatomy": {"acc": 0.3, "acc_stderr": 0.04, "acc_norm": 0.31},
        "hendrycksTest-virology": {"acc": 0.35, "acc_stderr": 0.037},
        "lambada_openai": {"ppl": 5.5, "ppl_stderr": 0.1, "acc": 0.6, "acc_stderr": 0.007},
    },
    "versions": {"hendrycksTest-anatomy": 0, "hendrycksTest-virology": 0, "lambada_openai": 0},
    "config": {
        "model": "hf-causal",
        "model_args": "pretrained=example/old-1b,revision=step3000",
        "num_fewshot": 5,
        "batch_size": 8,
        "limit": None,
        "bootstrap_iters": 100000,
    },
}


def changed(tree: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a copy with other values; a key such as ``config__limit`` goes a level down."""
    tree = copy.deepcopy(tree)
    for name, value in parts.items():
        at = tree
        *above, last = name.split("__")
        for key in above:
            at = at[key]
        at[last] = value
    return tree


def run(tree: Any, folder: Path, name: str = f"results_{STAMP}.json", **asked: Any) -> Collector:
    """Read a results file and see that it adds up."""
    path = folder / name
    path.write_bytes(as_bytes(tree))
    into = check_reading(read_lm_eval.read, path, Options(**asked))
    assert read_lm_eval.claims(path)
    return into


def kept(into: Collector) -> dict[str, Any]:
    """Return rows by the plain names of their tasks."""
    return {into.keys[r.task].plain_name(): r for r in into.rows().itertuples()}


def aside(into: Collector) -> dict[str, str]:
    return {e.place: e.reason for e in into.ledger.of("set_aside")}
