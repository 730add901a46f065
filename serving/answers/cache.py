"""What is worked out once per model and snapshot, and forgotten with it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
#: results that are kept per model and snapshot
KEPT = 64

_kept: WeakKeyDictionary[Any, OrderedDict[Hashable, Any]] = WeakKeyDictionary()
_lock = threading.Lock()


def once(current: Any, key: Hashable, work: Callable[[], T]) -> T:
    """Return ``work()``, worked out once for `current` and `key`.

    Two requests at the same moment may both work it out; the result is the same. The results
    go when `current` is replaced and its last request is answered; of many keys the
    one used longest ago goes first.

    Parameters
    ----------
    current : Current
        What the result was worked out with.
    key : hashable
        What it is.
    work : callable
        Works it out; runs in the caller's thread, without a lock.
    """
    with _lock:
        mine = _kept.setdefault(current, OrderedDict())
        if key in mine:
            mine.move_to_end(key)
            return mine[key]
    found = work()
    with _lock:
        mine[key] = found
        while len(mine) > KEPT:
            mine.popitem(last=False)
    return found
