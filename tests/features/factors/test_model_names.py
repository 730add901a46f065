"""What names say, and what they do not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.factors.model_names import family_name, parse_name, without_dates, without_settings


@pytest.mark.parametrize(
    ("name", "params", "active"),
    [
        ("Llama-2-7B", 7e9, None),
        ("llama-2-70b-chat", 70e9, None),
        ("TinyLlama-1.1b", 1.1e9, None),
        ("bloom-560m", 560e6, None),
        ("Gopher - 44M", 44e6, None),
        ("GPT-3 6.7B", 6.7e9, None),
        ("Falcon (40B)", 40e9, None),
        ("rwkv-4-1b5-pile", 1.5e9, None),
        ("bloom-7b1", 7.1e9, None),
        ("stablelm-2-1_6b", 1.6e9, None),
        ("Qwen3-30B-A3B-Instruct-2507", 30e9, 3e9),
        ("qwen3-235b-a22b", 235e9, 22e9),
        ("Llama-4-Scout-17B-16E-Instruct", None, 17e9),
        ("gemma3:27b-it", 27e9, None),
        ("orca_mini_v3_7b", 7e9, None),
        ("falcon7b", 7e9, None),
        ("Qwen2.5-7B-Instruct-1M", 7e9, None),
        # no sizes: versions, contexts, bits, dates, tokens seen
        ("gpt-4-0613", None, None),
        ("Phi-3-medium-128k-instruct", None, None),
        ("model-4bit", None, None),
        ("claude-3-5-sonnet-20240620", None, None),
        ("comma-v0.1-2t", None, None),
        ("bert-pile-1M-steps", None, None),
    ],
)
def test_sizes(name: str, params: float | None, active: float | None) -> None:
    facts = parse_name(name)
    assert facts.params == pytest.approx(params) if params else facts.params is None
    assert facts.active_params == active


def test_mixtures_are_near_their_published_sizes() -> None:
    small, large = parse_name("Mixtral-8x7B-v0.1"), parse_name("mixtral-8x22b")
    assert small.params == pytest.approx(46.7e9, rel=0.05)
    assert small.active_params == pytest.approx(12.9e9, rel=0.05)
    assert large.params == pytest.approx(141e9, rel=0.05)
    assert large.active_params == pytest.approx(39e9, rel=0.05)


@pytest.mark.parametrize(
    ("name", "tuning"),
    [
        ("gemma-2-9b-it", "instruct"),
        ("Llama-3.1-8B-Instruct", "instruct"),
        ("Yi-34B-Chat", "chat"),
        ("deepseek-coder-33b-base", "base"),
        ("Qwen-7B", None),
        ("with-title", None),
    ],
)
def test_tuning(name: str, tuning: str | None) -> None:
    assert parse_name(name).tuning == tuning


@pytest.mark.parametrize(
    ("name", "reasoning", "effort", "tokens"),
    [
        ("o1-2024-12-17_low", True, "low", None),
        ("O4-Mini (High)", True, "high", None),
        ("o3-mini-high", True, "high", None),
        ("openai/gpt-oss-20b#medium", True, "medium", None),
        ("gpt-5.4-mini-2026-03-17#none", False, "none", None),
        ("claude-sonnet-4-20250514_59K", True, None, 59e3),
        ("gemini-2.5-flash-preview-04-17 (24K thinking)", True, None, 24e3),
        ("claude-3-7-sonnet-16K thinking", True, None, 16e3),
        ("Qwen/Qwen3-8B#no-thinking", False, None, None),
        ("DeepSeek-R1", True, None, None),
        ("Phi-3-medium-4k-instruct", None, None, None),
        ("mistral-medium", None, None, None),
        ("chatglm2_32k", None, None, None),
    ],
)
def test_reasoning(name: str, reasoning: bool | None, effort: str | None, tokens: float) -> None:
    facts = parse_name(name)
    assert (facts.reasoning, facts.effort, facts.thinking_tokens) == (reasoning, effort, tokens)


@pytest.mark.parametrize(
    ("name", "quantisation"),
    [
        ("TheBloke/Llama-2-13B-GPTQ", "gptq"),
        ("x-AWQ", "awq"),
        ("x-int4", "int4"),
        ("Magistral-Small-2506-fp8", "fp8"),
        ("gemma3:27b-it-q4_K_M", "q4_k_m"),
        ("Model-8bit", "8bit"),
        ("gemma3:27b-it-fp16", None),
        ("Qwen2-7B", None),
    ],
)
def test_quantisation(name: str, quantisation: str | None) -> None:
    assert parse_name(name).quantisation == quantisation


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("gpt-4o-2024-08-06", "2024-08-06"),
        ("claude-3-opus-20240229", "2024-02-29"),
        ("claude-3-opus-20230229", None),  # no leap year
        ("mistral-large-2407", "2024-07-01"),
        ("Qwen3-30B-A3B-Instruct-2507", "2025-07-01"),
        ("chatgpt-4o-03-27-2025", "2025-03-27"),
        ("Cohere large v20220720 (13.1B)", "2022-07-20"),
        ("gpt-4-0613", None),  # a day without a year
        ("gpt-4-1106-preview", None),
        ("x-4096", None),
        ("tokens=28795904000", None),
    ],
)
def test_dates(name: str, date: str | None) -> None:
    assert parse_name(name).date == (dt.date.fromisoformat(date) if date else None)


def test_versions_and_organizations() -> None:
    assert parse_name("Qwen/Qwen2.5-7B").version == "2.5"
    assert parse_name("gpt-4o").version == "4"
    assert parse_name("Mistral-7B-v0.3").version == "0.3"
    assert parse_name("m-int4").version is None
    assert parse_name("Qwen/Qwen2.5-7B").organization == "Qwen"
    assert parse_name("Qwen2.5-7B").organization is None


@pytest.mark.parametrize(
    ("name", "settings", "family"),
    [
        ("gpt-5-2025-08-07_high", "gpt-5-2025-08-07", "gpt-5"),
        ("Llama-2-13B-chat-GPTQ", "Llama-2-13B-chat", "llama-2"),
        ("X-70B (5-shot)", "X-70B", "x"),
        ("DeepSeek-V3.1_thinking", "DeepSeek-V3.1", "deepseek-v3.1"),
        ("Qwen3-Thinking-2507", "Qwen3-Thinking-2507", "qwen3-thinking"),
        ("phi-3-medium", "phi-3-medium", "phi-3-medium"),
        ("high", "high", "high"),
    ],
)
def test_what_is_left_of_a_name(name: str, settings: str, family: str) -> None:
    assert without_settings(name) == settings
    assert family_name(name) == family


def test_revisions_go_but_versions_stay() -> None:
    assert without_dates("gemini-1.5-pro-002") == "gemini-1.5-pro"
    assert without_dates("text-davinci-003") == "text-davinci-003"
    assert without_dates("gpt-4-0613") == without_dates("gpt-4-0314") == "gpt-4"
    assert without_dates("GPT-4 (0613)") == "GPT-4"
    assert without_dates("llama-2-4096") == "llama-2-4096"


@given(st.text(max_size=40))
def test_any_text_is_a_name(name: str) -> None:
    facts = parse_name(name)
    assert facts.params is None or facts.params >= 0
    assert without_settings(name) or not name.strip()
    assert family_name(name) is not None
