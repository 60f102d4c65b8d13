"""Where a run's numbers go when it runs on Ray: to the agent of its node, which Prometheus asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from ray.util.metrics import Counter, Gauge, Histogram

from jobs.reporting.metrics import METRICS, Metric

SEGMENT_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Bounds of the histogram: from `animatic` on a good processor to a full-size step on a bad one."""


@dataclass(slots=True)
class RaySink:
    """Ray's own metrics, each made when it is first used: Ray must run by then."""

    _made: dict[str, Counter | Gauge | Histogram] = field(default_factory=dict)

    def __call__(self, name: str, label: str, value: float) -> None:
        metric = METRICS[name]
        if name not in self._made:
            self._made[name] = make(name, metric)
        tags = {metric.label: label}
        match self._made[name]:
            case Counter() as counter:
                counter.inc(value, tags)
            case Gauge() as gauge:
                gauge.set(value, tags)
            case Histogram() as histogram:
                histogram.observe(value, tags)


def make(name: str, metric: Metric) -> Counter | Gauge | Histogram:
    keys = (metric.label,)
    match metric.kind:
        case "counter":
            return Counter(name, description=metric.description, tag_keys=keys)
        case "gauge":
            return Gauge(name, description=metric.description, tag_keys=keys)
        case "histogram":
            bounds = list(SEGMENT_S)
            return Histogram(name, description=metric.description, boundaries=bounds, tag_keys=keys)
