"""Which design factors matter among open-weight models, and what a change of one would do.

Run it as it is (``python tests/examples/design_factors.py``), or cell by cell in a notebook.
"""

# %% Open-weight models of the shipped leaderboard
import pandas as pd

import cpp
import features
from cpp.importance import partial_dependence_of
from training.analyses import Work
from training.analyses.importance.analysis import analyse_importance

leaderboard = features.load_leaderboard()
is_open = leaderboard.models["open_weights"].fillna(False).astype(bool)
scores = leaderboard.scores[leaderboard.scores["model"].map(is_open)]
table = features.ScoreTable(
    scores, leaderboard.models[is_open], leaderboard.tasks, name="open models"
)

# %% Three views of every group of factors, with error bars; `benchcast analyse` does it thoroughly
found = analyse_importance(table, work=Work(), sampled=True, sides=["model"])
of_all = found.tables["importance"].query("ability == 'all' and regime == 'new models'")
print(of_all.pivot(index="group", columns="view", values="points").round(2).to_string())
for note in found.notes:
    print("-", note)

# %% What the predictor says when only the number of training tokens changes
predictor = cpp.make_predictor("fast").fit(table)
curve = partial_dependence_of(predictor, "log10_training_tokens")
print(curve.query("ability == 'all'")[["value", "points", "supported"]].round(1).to_string())

# %% Two designs side by side, on every math task
designs = pd.DataFrame(
    {"params": [8e9, 70e9], "training_tokens": [15e12, 2e12], "release_date": "2024-06-01"},
    index=["8B on 15T tokens", "70B on 2T tokens"],
)
math = table.tasks.index[table.tasks["ability"] == "math"]
cells = pd.DataFrame({"model": m, "task": t} for t in math for m in designs.index)
answer = predictor.predict(cells, models=designs).frame
print(answer.pivot(index="task", columns="model", values="prediction").round(1).to_string())
