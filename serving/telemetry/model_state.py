"""What is worked out when somebody looks at the metrics: the model, its data, the audit loop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from features.errors import BenchcastError

if TYPE_CHECKING:
    from serving.engine.current import Current
    from serving.engine.live import Live


class ModelState(Collector):
    """Gauges of what answers now.

    Parameters
    ----------
    live : Live
    """

    def __init__(self, live: Live) -> None:
        self.live = live
        self._of_grid: tuple[Current, float, float] | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; called at each look."""
        ready = self.live.ready.ok
        yield _gauge("ready", "Whether answers can be given.", float(ready))
        if not ready:
            return
        current = self.live.current
        info = GaugeMetricFamily(
            "benchcast_model_info",
            "What answers: always 1.",
            labels=["version", "predictor", "snapshot"],
        )
        about = current.about
        info.add_metric([current.version, about["predictor"] or "", current.snapshot.id], 1.0)
        yield info
        now = time.time()
        if about["trained"]:
            yield _gauge(
                "model_age_seconds",
                "Time since the model was trained.",
                now - _at(about["trained"]),
            )
        yield _gauge(
            "model_loaded_timestamp_seconds",
            "When the model was loaded, since 1970.",
            current.loaded_at.timestamp(),
        )
        newest = current.snapshot.newest_score or current.snapshot.retrieved
        if newest:
            yield _gauge(
                "data_age_seconds",
                "Time since the newest score, or since the data were retrieved.",
                now - _at(str(newest)),
            )
        failed = self.live.last_reload_error is not None
        yield _gauge("model_reload_failing", "Whether another champion cannot be loaded.", failed)
        failed = self.live.last_refresh_error is not None
        yield _gauge("store_refresh_failing", "Whether the score store cannot be read.", failed)
        yield from self._grid(current)
        yield from self._audit()

    def _grid(self, current: Current) -> Iterator[Metric]:
        """Tell of all cells of the known models and tasks, if they are at hand."""
        if not current.grid.whole:
            return
        if self._of_grid is None or self._of_grid[0] is not current:
            self._of_grid = (current, *_width_and_support(current))
        _, width, unsupported = self._of_grid
        if width == width:
            yield _gauge(
                "grid_interval_width_points", "Median width of the intervals of all cells.", width
            )
        yield _gauge(
            "grid_out_of_support_ratio",
            "Share of the unmeasured cells whose model or task has no known score.",
            unsupported,
        )

    def _audit(self) -> Iterator[Metric]:
        """Tell how submitted scores compare with what had been predicted of them."""
        if self.live.store is None:
            return
        try:
            found = self.live.store.check_summary()
        except BenchcastError:
            # told by store_refresh_failing; the rest of the metrics is worth having
            return
        yield _gauge("audit_cells", "Predicted cells measured since.", found["n"])
        for name, key, text in (
            ("coverage_ratio", "covered", "Share of them whose score lies in its interval."),
            ("expected_coverage_ratio", "level", "Share that the intervals are meant to hold."),
            ("median_abs_error_points", "median_abs_error", "Median error, in points."),
            ("mean_error_points", "mean_error", "Mean of prediction minus score, in points."),
        ):
            if found.get(key) is not None:
                yield _gauge(f"audit_{name}", text, float(found[key]))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"benchcast_{name}", text, value=float(value))


def _at(when: str) -> float:
    then = datetime.fromisoformat(when)
    return (then if then.tzinfo is not None else then.replace(tzinfo=UTC)).timestamp()


def _width_and_support(current: Current) -> tuple[float, float]:
    """Return the median width of predicted cells in points, and the share out of support."""
    import numpy as np

    from serving.engine.columns import KINDS

    grid, data = current.grid, current.predictor.data_
    asked = grid.kind != KINDS.index("observed")
    if not asked.any():
        return float("nan"), 0.0
    scale = np.array([s.points_per_unit() if s.in_points else np.nan for s in data.scales])
    widths = ((grid.upper - grid.lower) * scale)[asked]
    widths = widths[np.isfinite(widths)]
    alone = (np.asarray(data.k) == 0)[:, None] | (np.asarray(data.n) == 0)[None, :]
    median = float(np.median(widths)) if len(widths) else float("nan")
    return median, float(alone[asked].mean())
