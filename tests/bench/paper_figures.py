"""The figures the paper prints (arXiv 2407.01300), to stand beside ours."""

from __future__ import annotations

#: Table 1, cpp_paper with about 5 % of the known cells held out, 5 random splits:
#: method -> MSE and L1 on scores normalised per row, exact rank (%), rank off by at most 2 (%)
TABLE_1: dict[str, tuple[float, float, float, float]] = {
    "matrix factorisation": (2.16e-2, 9.47e-2, 44.33, 83.16),
    "NCF": (1.58e-2, 8.94e-2, 41.76, 84.98),
    "NCF with factors": (1.25e-2, 7.88e-2, 45.45, 84.54),
    "factors only": (1.75e-2, 8.57e-2, 33.47, 84.08),
}
#: MSE of one left-out model with 0 and with 2 known scores (CPP-0, CPP-2), by our id of it
NEW_MODELS: dict[str, tuple[float, float]] = {
    "LLama-2-70B": (1.34e-2, 1.79e-2),
    "Llama 3 70B": (5.63e-2, 1.7e-2),
    "Falcon-180B": (5.0e-2, 3.2e-2),
    "Gopher - 280B": (14.5e-2, 10.9e-2),
}
#: the same of one left-out task; HellaSwag has two shot counts in the matrix, the paper names one
NEW_TASKS: dict[str, tuple[float, float]] = {
    "BoolQ(0-shot)": (0.0220, 0.0182),
    "BIG-bench hard(3-shot)": (0.0710, 0.0073),
    "HellaSwag(0-shot)": (0.0341, 0.0251),
    "HumanEval(pass@1)": (0.124, 0.076),
}
