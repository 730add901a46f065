"""Only what is surely the same is matched; settings, dates and tunings stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import load_catalogue
from features.catalogue.labels import read_written
from features.catalogue.normalise import normalise_name
from features.errors import ConfigError

CATALOGUE = load_catalogue()


def model(name: str) -> str | None:
    found = CATALOGUE.model(name)
    return found and found.model


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("meta-llama/Llama-2-13b-hf", "Llama 2 13B"),
        ("llama2-13b", "Llama 2 13B"),
        ("Llama 2 (13B)", "Llama 2 13B"),
        ("Meta Llama 2 13B", "Llama 2 13B"),
        ("vllm/meta-llama/Llama-2-13b-hf", "Llama 2 13B"),
        ("Llama-2-13b-chat-hf", "Llama 2 13B Chat"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "Llama 3 8B Instruct"),
        ("huggyllama/llama-30b", "LLaMA 33B"),
        ("openai/gpt-4o-2024-08-06", "GPT-4o (Aug 2024)"),
        ("GPT-4 (0613)", "GPT-4 (Jun 2023)"),
        ("gpt-5-2025-08-07_high", "GPT-5 (high)"),
        ("o3-mini-2025-01-31_medium", "o3-mini (medium)"),
        ("anthropic/claude-3-5-sonnet-20241022", "Claude 3.5 Sonnet (Oct 2024)"),
        ("EleutherAI/pythia-1.4b-deduped", "Pythia 1.4B"),
        ("microsoft/phi-1_5", "Phi-1.5"),
        ("bigscience/bloom-7b1", "BLOOM 7.1B"),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", "Qwen2.5 7B Instruct (GPTQ INT4)"),
        ("qwen2.5-7b-instruct-awq", "Qwen2.5 7B Instruct (AWQ)"),
    ],
)
def test_names_of_one_model(name: str, id: str) -> None:
    assert model(name) == id


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o",  # which one?
        "gpt-4",
        "TheBloke/Llama-2-13B-GPTQ",  # who knows what somebody quantised
        "somebody/Llama-2-13b-hf",
        "Llama-2-13b-hf-finetuned",
        "llama-21-3b",
        "Llama-2-13b-chat-v2",
        "claude-opus-4-20250514_16K",  # a thinking budget
        "Qwen25-7B",
        "",
        "/",
        "GPTQ",
    ],
)
def test_what_is_not_sure_is_not_matched(name: str) -> None:
    assert model(name) is None


def test_a_quantised_model_is_based_on_the_other() -> None:
    found = CATALOGUE.model("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4")
    assert found is not None
    assert found.factors["base_model"] == "Qwen2.5 7B Instruct"
    assert (found.family, found.organization) == ("Qwen2.5", "Alibaba")
    assert "quantised" in found.why and "models.csv, line" in found.why


@pytest.mark.parametrize(
    ("given", "id"),
    [
        (("mmlu", "acc", "none", 5), "MMLU (5-shot)"),
        (("mmlu", "acc", "none", 0), "MMLU (0-shot)"),
        (("mmlu", "acc", "none", 3), None),
        (("mmlu", "acc_norm", "none", 5), None),
        (("hellaswag", "acc_norm", "none", 10), "HellaSwag (10-shot)"),
        (("hellaswag", "acc", "none", 10), None),
        (("gsm8k", "exact_match", "strict-match", 5), "GSM8K (5-shot)"),
        (("gsm8k", "exact_match", "flexible-extract", 5), "GSM8K (5-shot, flexible extraction)"),
        (("gsm8k", "acc", "", 5), "GSM8K (5-shot)"),  # before 0.4
        (("ifeval", "prompt_level_strict_acc", "none", 0), "IFEval (prompt level, strict)"),
        (("ifeval", "prompt_level_loose_acc", "none", 0), "IFEval (prompt level, loose)"),
        (("gpqa_diamond_zeroshot", "acc", "none", 0), "GPQA Diamond (0-shot, likelihood)"),
        (("leaderboard_gpqa", "acc_norm", "none", 0), "GPQA (0-shot)"),
        (("truthfulqa_mc2", "acc", "none", 0), "TruthfulQA (0-shot, MC2)"),
        (("mmlu_anatomy", "acc", "none", 5), None),
        (("GPQA Diamond", "acc", "none", 0), None),  # a name as people write it: not lm-eval's
    ],
)
def test_tasks_of_lm_eval(given: tuple, id: str | None) -> None:
    name, metric, filter, shots = given
    found = CATALOGUE.task(name, metric=metric, filter=filter, shots=shots, harness="lm-eval")
    assert (found and found.task) == id


@pytest.mark.parametrize(
    ("harness", "name", "given", "id"),
    [
        (
            "helm",
            "gsm",
            {"metric": "final_number_exact_match", "split": "test", "shots": 5},
            "GSM8K (HELM, 5-shot)",
        ),
        ("helm", "narrative_qa", {"metric": "f1_score", "split": "valid"}, None),
        ("helm", "mmlu", {"metric": "exact_match", "split": "test", "config": "anatomy"}, None),
        ("open-llm", "MMLU-PRO Raw", {}, "MMLU-Pro (5-shot)"),
        ("open-llm", "MMLU-PRO", {}, "MMLU-Pro (Open LLM Leaderboard v2, normalised)"),
        ("open-llm", "GPQA", {"metric": "raw"}, "GPQA (0-shot)"),
        ("inspect", "inspect_evals/gpqa_diamond", {"metric": "accuracy"}, "GPQA Diamond"),
        ("inspect", "gsm8k", {"metric": "accuracy", "shots": 5}, None),
        ("inspect", "mmlu_0_shot", {"metric": "accuracy", "shots": 0}, None),
        (
            "hf",
            "MMLU",
            {"metric": "acc", "shots": 5, "split": "test", "config": "all"},
            "MMLU (5-shot)",
        ),
        ("hf", "MMLU", {"metric": "acc", "shots": 5, "config": "anatomy"}, None),
        ("hf", "GPQA (0-shot)", {"metric": "acc_norm"}, None),  # normalised or raw?
        ("hf", "Idavidrein/gpqa", {"config": "diamond"}, "GPQA Diamond"),
        ("eee", "AIME 2025", {}, "AIME 2025"),
        ("eee", "gsm8k", {"shots": 5, "filter": "flexible-extract"}, None),
        (
            "hf",
            "SWE-bench_Verified",
            {"dataset": "SWE-bench/SWE-bench_Verified"},
            "SWE-bench Verified (all 500)",
        ),
        ("eee", "Abstract algebra", {"shots": 5, "dataset": "cais/mmlu"}, None),
        ("eee", "mmlu", {"shots": 5, "dataset": "cais/mmlu"}, "MMLU (5-shot)"),
        ("hf", "", {"dataset": "openai/gsm8k", "shots": 5, "config": "main"}, "GSM8K (5-shot)"),
        ("", "MMLU", {}, None),
        ("", "ARC-c(25-shot)", {}, "ARC-Challenge (25-shot)"),
        ("", "ARC-c(25-shot)", {"shots": 0}, None),
        ("", "MMLU (5-shot)", {"shots": 0}, None),
        ("", "MMLU-Redux 2.0", {}, "MMLU-Redux 2.0"),
        ("", "HumanEval+", {}, "HumanEval+ (0-shot, pass@1)"),
        ("", "AIME24", {}, "AIME 2024"),
        ("", "LiveCodeBench", {}, None),
        ("", "SWE-bench Verified", {}, "SWE-bench Verified"),
    ],
)
def test_tasks_of_others(harness: str, name: str, given: dict, id: str | None) -> None:
    found = CATALOGUE.task(name, harness=harness, **given)
    assert (found and found.task) == id


def test_another_setting_keeps_the_family_and_says_what_is_in_the_way() -> None:
    family = CATALOGUE.family("mmlu", harness="lm-eval")
    assert (family["family"], family["ability"]) == ("MMLU", "knowledge")
    assert CATALOGUE.family("mmlu_anatomy", harness="lm-eval")["family"] == "MMLU"
    why = CATALOGUE.why_not("mmlu", metric="acc", filter="none", shots=3, harness="lm-eval")
    assert "shots 3 instead of" in why
    assert CATALOGUE.family("no such benchmark") == {}


def test_parts_and_headlines() -> None:
    assert CATALOGUE.is_part("lm-eval", "mmlu_anatomy") == "mmlu"
    assert CATALOGUE.is_part("lm-eval", "hendrycksTest-anatomy") == "mmlu"
    assert CATALOGUE.is_part("lm-eval", "mmlu_pro") is None
    assert CATALOGUE.headline("helm", "narrative_qa") == ("f1_score", "test")
    assert CATALOGUE.headline("helm", "natural_qa_closedbook") == ("f1_score", "valid")
    assert CATALOGUE.headline("helm", "no such group") is None


def test_near_misses_are_suggested_and_never_matched() -> None:
    assert CATALOGUE.suggest("model", "Lama-2-13b")[0] == "Llama 2 13B"
    assert "GPT-4o (Aug 2024)" in CATALOGUE.suggest("model", "openai/gpt-4o", n=4)
    assert "HellaSwag (10-shot)" in CATALOGUE.suggest("task", "helaswag 10-shot")
    assert CATALOGUE.suggest("task", "xyzzy") == []
    with pytest.raises(ConfigError):
        CATALOGUE.suggest("models", "x")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Llama-2-13B", "llama 2 13b", True),
        ("LLAMA2_13b", "Llama 2 13B", True),
        ("HumanEval+", "HumanEval", False),
        ("Command R+", "Command R", False),
        ("Qwen2.5", "Qwen25", False),
        ("Phi-3.5", "Phi-3-5", False),
        ("ＭＭＬＵ", "MMLU", True),
    ],
)
def test_folding(one: str, other: str, same: bool) -> None:
    assert (normalise_name(one) == normalise_name(other)) is same


@given(st.text(max_size=60), st.sampled_from(["", "lm-eval", "helm", "hf", "nobody"]))
@settings(max_examples=200, deadline=None)
def test_any_text_may_be_asked(text: str, harness: str) -> None:
    assert normalise_name(normalise_name(text)) == normalise_name(text)
    parts = {"harness": harness, **read_written(text, ["lm-eval", "helm"])}
    found = CATALOGUE.task(**parts)
    assert found is None or found.task in CATALOGUE.benchmarks
    assert isinstance(CATALOGUE.why_not(**parts), str)
    CATALOGUE.family(text, harness=harness)
    CATALOGUE.model(text)
    assert len(CATALOGUE.suggest("model", text)) <= 3
