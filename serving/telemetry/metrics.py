"""Counters of requests, answers and changes, and the text at ``/metrics``.

With several workers, prometheus_client keeps the counters in files of
``PROMETHEUS_MULTIPROC_DIR`` (``benchcast serve`` sets it before a worker starts), so that any
worker tells the sums of all. No label names a model or a task: their number has no bound.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from serving.config.service_options import SHARED

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from serving.telemetry.answered import Answered

#: seconds: from a look-up to the longest work that is let run
LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: points, 0-100
WIDTHS = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: slugs of problems that mean: refused before any work, or cut off
_SHED = {
    "overloaded": "concurrency",
    "too-many-requests": "rate",
    "body-too-large": "body",
    "deadline-exceeded": "deadline",
    "unauthenticated": "key",
    "forbidden": "scope",
    "misdirected-request": "host",
}

# a second series beside each counter, of when it was made, is worth nothing here
disable_created_metrics()


class Metrics:
    """The metrics of one process.

    Parameters
    ----------
    state : collectors, optional
        What is worked out when somebody looks (:class:`serving.telemetry.model_state.ModelState`).
    """

    def __init__(self, state: Iterable[Collector] = ()) -> None:
        self.shared = os.environ.get(SHARED)
        self.registry = CollectorRegistry()
        self._state = list(state)
        new: dict[str, Any] = {"registry": self.registry}
        self._requests = Counter(
            "benchcast_http_requests", "Requests answered.", ["method", "route", "status"], **new
        )
        self._seconds = Histogram(
            "benchcast_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ["route"],
            buckets=LATENCY,
            **new,
        )
        self._in_flight = Gauge(
            "benchcast_http_requests_in_flight",
            "Requests at work.",
            multiprocess_mode="livesum",
            **new,
        )
        self._shed = Counter(
            "benchcast_http_requests_shed",
            "Requests refused before any work, or cut off, by reason.",
            ["reason"],
            **new,
        )
        self._reloads = Counter(
            "benchcast_model_reloads", "Other champions found, by outcome.", ["outcome"], **new
        )
        self._refreshes = Counter(
            "benchcast_store_refreshes", "New scores found, by outcome.", ["outcome"], **new
        )
        self._cells = Counter(
            "benchcast_cells_answered", "Cells answered, by kind.", ["kind"], **new
        )
        self._unsupported = Counter(
            "benchcast_cells_out_of_support",
            "Predicted cells answered of models without any known score.",
            **new,
        )
        self._widths = Histogram(
            "benchcast_interval_width_points",
            "Width of the intervals answered, in points (0-100) of the task's range.",
            buckets=WIDTHS,
            **new,
        )
        for reason in _SHED.values():
            self._shed.labels(reason)
        # by route: finding a child by its labels costs more than counting
        self._observers: dict[str, Callable[[float], None]] = {}
        self._flying = -1

    def requests(self, answered: Iterable[Answered]) -> None:
        """Count requests that were answered."""
        counts: dict[tuple[str, str, int], int] = {}
        observers = self._observers
        for one in answered:
            path = getattr(one.route, "path", "") or _named(one)
            key = (one.method, path, one.status)
            counts[key] = counts.get(key, 0) + 1
            observe = observers.get(path)
            if observe is None:
                observe = observers[path] = self._seconds.labels(path).observe
            observe(one.seconds)
        for (method, path, status), n in counts.items():
            shown = method if method in _METHODS else "other"
            self._requests.labels(shown, path, str(status)).inc(n)

    def in_flight(self, n: int) -> None:
        """Tell how many requests are at work."""
        if n != self._flying:
            self._flying = n
            self._in_flight.set(n)

    def shed(self, slug: str) -> None:
        """Count a refusal, by the slug of its problem."""
        reason = _SHED.get(slug)
        if reason is not None:
            self._shed.labels(reason).inc()

    def event(self, event: str, details: Mapping[str, Any]) -> None:
        """Hear what happened to the model (`Live.subscribe`)."""
        outcome = str(details.get("outcome", "unknown"))
        if event == "reload":
            self._reloads.labels(outcome).inc()
        elif event == "refresh":
            self._refreshes.labels(outcome).inc()

    def answered(
        self, kinds: Mapping[str, int], widths: Iterable[float] = (), unsupported: int = 0
    ) -> None:
        """Count cells of an answer.

        Parameters
        ----------
        kinds : mapping of str to int
            How many cells are of which kind.
        widths : iterable of float
            Widths of their intervals, in points; a few of a large answer will do.
        unsupported : int
            Cells of models without any known score.
        """
        for kind, n in kinds.items():
            if n:
                self._cells.labels(kind).inc(n)
        if unsupported:
            self._unsupported.inc(unsupported)
        for width in widths:
            self._widths.observe(width)

    def text(self) -> tuple[bytes, str]:
        """Return all metrics, of all workers, and their media type."""
        if self.shared is None:
            registry = self.registry
            if not getattr(self, "_whole", False):
                self._whole = True
                ProcessCollector(namespace="benchcast", registry=registry)
                for collector in self._state:
                    registry.register(collector)
        else:
            from prometheus_client.multiprocess import MultiProcessCollector

            _forget_dead(self.shared)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self.shared)
            for collector in self._state:
                registry.register(collector)
        return generate_latest(registry), CONTENT_TYPE_LATEST


def _named(one: Answered) -> str:
    """Return what stands for the route of a request that reached none."""
    if one.path == "/metrics":
        return one.path
    return "/static" if one.path.startswith("/static/") and one.status < 400 else "none"


def _forget_dead(directory: str) -> None:
    """Drop what workers that are gone had at work, so that it is not counted for ever."""
    from prometheus_client.multiprocess import mark_process_dead

    pids = {
        int(name.rpartition("_")[2].removesuffix(".db"))
        for name in os.listdir(directory)
        if name.startswith("gauge_live") and name.rpartition("_")[2].removesuffix(".db").isdigit()
    }
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, directory)
        except PermissionError:
            continue
