"""The scorecard of a new checkpoint, from three scores and what is known of its design.

Run it as it is (``python tests/examples/new_checkpoint.py``), or cell by cell in a notebook.
"""

# %% Learn from the shipped leaderboard; "blend" is more accurate and takes half a minute
import pandas as pd

import cpp
import features
from cpp.explain import explain

leaderboard = features.load_leaderboard()
predictor = cpp.make_predictor("fast").fit(leaderboard)

# %% What was measured of the checkpoint, and what is known of it
scores = {"MMLU (5-shot)": 66.1, "GSM8K (5-shot)": 52.0, "HumanEval (0-shot, pass@1)": 31.5}
rows = [("ours-8b", task, score) for task, score in scores.items()]
factors = {"params": 8e9, "training_tokens": 2e12, "release_date": "2024-02-01"}
checkpoint = features.ScoreTable(
    pd.DataFrame(rows, columns=["model", "task", "score"]),
    pd.DataFrame(factors, index=["ours-8b"]),
    leaderboard.tasks,
)
wiser = predictor.fold_in(checkpoint)  # milliseconds: nothing is fitted again

# %% The scorecard: every task with a 90 % interval, the surest first
cells = pd.DataFrame({"model": "ours-8b", "task": wiser.tasks_})
card = wiser.predict(cells, level=0.9).frame
card["width"] = card["upper"] - card["lower"]
card = card.sort_values("width")
print(card[["task", "prediction", "lower", "upper", "kind"]].head(12).round(1).to_string())

# %% Does it pass 30 on MMLU-Pro? Is it better than Llama 2 13B there?
task = "MMLU-Pro (5-shot)"
cell = pd.DataFrame({"model": ["ours-8b"], "task": [task]})
print(f"above 30 with probability {wiser.probability_above(cell, 30)[0]:.2f}")
better = wiser.probability_better("ours-8b", "Llama 2 13B", task)
print(f"better than Llama 2 13B with probability {better:.2f}")

# %% Why that number? An account in points that adds up to the prediction
why = explain(wiser, "ours-8b", task)
print(why)
