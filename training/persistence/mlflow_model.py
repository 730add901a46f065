"""A predictor as a directory that MLflow loads: state, signature, input example, requirements."""

from __future__ import annotations

import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.persistence.environment import REQUIREMENTS, package_version, quiet_mlflow

if TYPE_CHECKING:
    import pandas as pd

    from cpp import Predictor

#: where the predictor's state lies in a model directory
STATE_IN_MODEL = "data/predictor"


def write_model(
    predictor: Predictor,
    directory: Path,
    *,
    example: pd.DataFrame,
    run_id: str | None = None,
    logged: Any = None,
) -> None:
    """Write an MLflow model directory (``MLmodel``, the state, signature, input example).

    Parameters
    ----------
    predictor : Predictor
        Fitted.
    directory : Path
        Does not exist yet.
    example : DataFrame, columns model, task
        Some cells.
    run_id, logged : optional
        The run and MLflow's LoggedModel it belongs to.
    """
    quiet_mlflow()
    import mlflow.pyfunc
    from mlflow.models import Model

    from training.persistence.state_files import save_predictor

    about: dict[str, Any] = {}
    if logged is not None:
        about = {
            "artifact_path": logged.artifact_location,
            "model_uuid": logged.model_id,
            "model_id": logged.model_id,
            "run_id": run_id,
        }
    with tempfile.TemporaryDirectory(prefix="benchcast-") as beside:
        state = Path(beside) / Path(STATE_IN_MODEL).name
        save_predictor(predictor, state)
        mlflow.pyfunc.save_model(
            path=str(directory),
            loader_module="training.pyfunc",
            data_path=str(state),
            mlflow_model=Model(**about),
            signature=signature(),
            input_example=example[["model", "task"]].astype(object).reset_index(drop=True),
            pip_requirements=requirements(),
            metadata={"predictor": predictor.name, "benchcast": package_version()},
            # Otherwise a uv.lock that happens to lie in the working directory is copied.
            uv_project_path=beside,
        )


def signature() -> Any:
    """Return the MLflow signature: model and task in, predictions out, parameter `level`."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

    from training.persistence.signature import DEFAULT_LEVEL, INPUT, OUTPUT

    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, column) for column in INPUT]),
        outputs=Schema([ColSpec(DataType[kind], column) for column, kind in OUTPUT.items()]),
        params=ParamSchema([ParamSpec("level", DataType.double, DEFAULT_LEVEL)]),
    )


def requirements() -> list[str]:
    """Return what a loaded model needs, as installed here.

    Stated, because MLflow would otherwise load the model to see what it imports. benchcast
    itself is not listed: MLflow would ask a package index for that name.
    """
    return [f"{name}=={metadata.version(name)}" for name in REQUIREMENTS]
