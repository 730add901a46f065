"""A process that writes to a store: ``python -m tests.features.store.writer WHERE NAME HOW``.

HOW ``die``: stop after the rows are in, before the transaction is committed, and wait to be
killed. HOW ``ask``: the same with a request under the key "k". HOW ``whole``: say "done" once
the import is acknowledged, and wait to be killed. HOW ``many``: three small imports, one after
the other.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from features.store import open_store
from features.store import store as module
from tests.features.store.small import CHECK, ask, table


def main(where: str, name: str, how: str) -> None:
    """Write as asked."""
    if how == "die":
        real = module.add

        def add(*args: Any, **kw: Any) -> Any:
            batch = real(*args, **kw)
            _wait("written")
            return batch

        module.add = add
    store = open_store(where, create=True)
    if how == "ask":
        real_perform = module.perform

        def perform(*args: Any, **kw: Any) -> Any:
            answered = real_perform(*args, **kw)
            _wait("written")
            return answered

        module.perform = perform
        ask(store, ("gamma", "MMLU", 70.0), checks=[CHECK])
    n = 3 if how == "many" else 1
    for i in range(n):
        rows = [(f"{name}-{i}-{j}", "MMLU", float(j)) for j in range(100)]
        store.add(table(*rows, ("common", "MMLU", 1.0)), importer=name)
    if how == "whole":
        _wait("done")


def _wait(word: str) -> None:
    print(word, flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
