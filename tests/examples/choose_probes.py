"""Which benchmarks to run on the next checkpoints, and in which order.

Run it as it is (``python tests/examples/choose_probes.py``), or cell by cell in a notebook.
"""

# %% Learn from the shipped leaderboard
import pandas as pd

import cpp
import features
from cpp.acquisition import choose_cells, choose_next, choose_probes

leaderboard = features.load_leaderboard()
predictor = cpp.make_predictor("fast").fit(leaderboard)

# %% What a run costs, in hours of your machines; everything else is taken to cost 1
costs = {"SWE-bench Verified": 20.0, "METR task suite (mean score)": 40.0, "Aider polyglot": 6.0}

# %% A fixed set of probes for every model to come
probes = choose_probes(predictor, costs=costs, budget=5)
shown = ["order", "task", "total_cost", "error_before", "error_after"]
print(probes.frame[shown].round(2).to_string())

# %% One checkpoint of which something is known already: what next, if math is what matters?
known = features.ScoreTable(
    pd.DataFrame([("ours-8b", "MMLU (5-shot)", 66.1)], columns=["model", "task", "score"]),
    pd.DataFrame({"params": 8e9, "release_date": "2024-02-01"}, index=["ours-8b"]),
    leaderboard.tasks,
)
choice = choose_next(
    predictor.fold_in(known), models=["ours-8b"], targets=["ability:math"], budget=3
)
print(choice.frame[["order", "task", "gain", "why"]].round(2).to_string())

# %% And over the whole leaderboard: whose score would help all others most?
field = choose_cells(predictor, budget=5)
print(field.frame[["order", "model", "task", "gain", "why"]].round(2).to_string())
