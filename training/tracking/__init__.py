"""MLflow as benchcast uses it: where it is, runs and their files, the registry.

It records and reads back; it decides nothing about a model.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["locations", "registry"],
    submod_attrs={
        "client": ["TrackedRun", "Tracking", "explained"],
        "locations": [
            "DATABASE", "database_path", "resolve_tracking_uri", "safe_uri", "store_lock",
        ],
        "registry": ["FOLD_PREDICTIONS", "VersionInfo", "load_champion", "load_version"],
        "runs": [
            "RunRecord", "find_run", "find_run_on", "list_files", "read_file", "read_frame",
            "read_json", "read_training_data", "tracked",
        ],
    },
)  # fmt: skip
