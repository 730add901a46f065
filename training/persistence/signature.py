"""What goes into a registered model and what comes out: columns, types, the default level."""

from __future__ import annotations

INPUT = ("model", "task")
#: column -> MLflow type of the output, in order
OUTPUT = {
    "model": "string",
    "task": "string",
    "prediction": "double",
    "lower": "double",
    "upper": "double",
    "level": "double",
    "kind": "string",
    "support": "long",
    "reason": "string",
}
DEFAULT_LEVEL = 0.9
