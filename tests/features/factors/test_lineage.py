"""Groups of variants: what belongs together, and what does not."""

from __future__ import annotations

import pandas as pd
import pytest

from features.factors.lineage import model_groups, task_groups


def groups(*names: str, **columns: list) -> pd.Series:
    return model_groups(pd.DataFrame(columns, index=pd.Index(names, name="model")))


@pytest.mark.parametrize(
    "names",
    [
        ("gpt-5-2025-08-07_high", "gpt-5-2025-08-07_low", "gpt-5"),
        ("O4-Mini (High)", "o4-mini_low", "o4-mini"),
        (
            "claude-opus-4-20250514_1K",
            "claude-opus-4-20250514",
            "claude-opus-4-20250514 (thinking)",
        ),
        ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B#no-thinking", "chutes/qwen3-8b"),
        ("Llama-2-13B", "TheBloke/Llama-2-13B-GPTQ", "Llama-2-13B-AWQ"),
        ("gpt-4-0314", "gpt-4-0613", "GPT-4 (0613)"),
        ("mistral-large-2402", "mistral-large-2407"),
        ("X-7B (0-shot)", "X-7B (5-shot)", "X-7B"),
        ("gemini-1.5-pro-001", "gemini-1.5-pro-002"),
        ("m:27b-it-fp16", "m:27b-it-q4_K_M"),
    ],
)
def test_variants_stay_together(names: tuple[str, ...]) -> None:
    assert groups(*names).nunique() == 1


def test_different_models_stay_apart() -> None:
    names = (
        "Llama-2-7B",
        "Llama-2-13B",
        "Llama-2-7B-chat",
        "Llama-3-7B",
        "phi-3-mini",
        "phi-3-medium",
        "gpt-4",
        "gpt-4o",
        "gpt-4o-mini",
        "claude-opus-4",
        "claude-opus-4-1",
        "o1",
        "o1-preview",
        "o1-mini",
        "text-davinci-002",
        "text-davinci-003",
        "kimi-k2-thinking",
        "kimi-k2",
    )
    assert groups(*names).is_unique


def test_base_model_marks_checkpoints_but_not_tuned_models() -> None:
    names = ("run@step1", "run@step1000", "Y-8B", "Y-8B-Instruct", "Y-8B (chat)")
    found = groups(*names, base_model=["run", "run", None, "Y-8B", "Y-8B"])
    assert found["run@step1"] == found["run@step1000"] == "run"
    assert len({found["Y-8B"], found["Y-8B-Instruct"], found["Y-8B (chat)"]}) == 3


def test_sizes_split_a_group() -> None:
    found = groups("m_low", "m_high", "m", params=[7e9, 70e9, None])
    assert found["m_low"] == found["m"] != found["m_high"]
    near = groups("m_low", "m_high", params=[7e9, 7.2e9])
    assert near.nunique() == 1


def test_order_does_not_matter_and_input_is_untouched() -> None:
    frame = pd.DataFrame({"params": [7e9, 70e9, 71e9]}, index=["m_low", "m_high", "m"])
    before = frame.copy()
    one = model_groups(frame)
    assert one.equals(model_groups(frame.iloc[::-1]).reindex(frame.index))
    pd.testing.assert_frame_equal(frame, before)


def test_task_groups() -> None:
    names = [
        "HellaSwag(0-shot)",
        "HellaSwag(10-shot)",
        "hellaswag",
        "arc_easy_0shot",
        "arc_easy_5shot",
        "BoolQ - EM",
        "MS MARCO (TREC) - NDCG@10",
        "mmlu_law",
        "Mbpp/3",
    ]
    families = [None] * 7 + ["MMLU", "Mbpp"]
    found = task_groups(pd.DataFrame({"family": families}, index=names))
    assert found.tolist() == [
        "hellaswag",
        "hellaswag",
        "hellaswag",
        "arc_easy",
        "arc_easy",
        "boolq",
        "ms marco",
        "mmlu",
        "mbpp",
    ]
    assert task_groups(pd.DataFrame(index=["a", "a (CoT)"])).nunique() == 1
