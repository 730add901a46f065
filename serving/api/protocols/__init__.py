"""Foreign protocols: MLflow's scoring server and Open Inference v2.

Their shapes end here; behind them the use cases are those of the API.
"""

__all__: list[str] = []
