"""What a producer measures of itself."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from aiokpl import _core

if TYPE_CHECKING:
    from aiokpl.sinks import MetricsSink


class MetricsLevel(enum.Enum):
    """How much is measured: nothing, what a dashboard needs, or all of it."""

    NONE = "none"
    SUMMARY = "summary"
    DETAILED = "detailed"


@dataclass(slots=True, frozen=True)
class MetricInfo:
    """What is known of a metric beforehand."""

    name: str
    #: "count", "distribution" or "gauge".
    kind: str
    #: "count", "bytes" or "milliseconds".
    unit: str
    #: The first level at which it is measured.
    level: MetricsLevel
    #: The finest that it has: "global", "stream" or "shard".
    granularity: str
    #: Whether its values are also counted in buckets.
    buckets: bool
    meaning: str


@functools.cache
def metric_infos() -> Mapping[str, MetricInfo]:
    """Every metric by its name, in a fixed order."""
    infos = (
        MetricInfo(name, kind, unit, MetricsLevel(level), granularity, buckets, meaning)
        for name, kind, unit, level, granularity, buckets, meaning in _core.metric_infos()
    )
    return MappingProxyType({info.name: info for info in infos})


@dataclass(slots=True, frozen=True)
class MetricSnapshot:
    """One series (a metric and its dimensions) over one span of time. Times are seconds since the epoch."""

    name: str
    count: int
    #: Of a count, its value.
    sum: float
    min: float
    max: float
    #: Pairs of name and value: "stream", "shard" and "error_code", where they apply, and those of one's own.
    dimensions: tuple[tuple[str, str], ...] = ()
    window_start: float = 0.0
    window_end: float = 0.0
    #: "count", "distribution" or "gauge"; where it is not given, what the metric of this name is, or "count".
    kind: str = ""
    #: "count", "bytes" or "milliseconds"; as `kind`.
    unit: str = ""
    #: Of a gauge: what was seen last.
    last: float = 0.0
    #: Of some distributions: how many values are in each bucket of `bucket_bounds()`, and above.
    buckets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind and self.unit:
            return
        info = metric_infos().get(self.name)
        if not self.kind:
            object.__setattr__(self, "kind", "count" if info is None else info.kind)
        if not self.unit:
            object.__setattr__(self, "unit", "count" if info is None else info.unit)

    @property
    def mean(self) -> float:
        """0.0 when there are no values."""
        return self.sum / self.count if self.count else 0.0


@dataclass(slots=True, frozen=True)
class MetricEvent:
    """What an `EventfulMetricsSink` gets: one series at the time of an export."""

    name: str
    value: float
    timestamp: float
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, frozen=True)
class MetricKey:
    """A metric and its dimensions, as a key of `Metrics.snapshot()`."""

    name: str
    stream: str | None = None
    shard_id: str | None = None
    error_code: str | None = None

    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """As they stand in snapshots: those that the key has."""
        pairs = (("stream", self.stream), ("shard", self.shard_id), ("error_code", self.error_code))
        return tuple((name, value) for name, value in pairs if value is not None)


class Metrics:
    """What one producer has measured; it may be asked before, during and after the producer's life, by any thread."""

    __slots__ = ("_level", "_producer", "_sink")

    def __init__(
        self,
        producer: _core.ProducerCore,
        level: MetricsLevel,
        sink: MetricsSink | None,
    ) -> None:
        self._producer = producer
        self._level = level
        self._sink = sink

    @property
    def level(self) -> MetricsLevel:
        """How much is measured."""
        return self._level

    @property
    def sink(self) -> MetricsSink:
        """Where it goes; a NullSink where none was given."""
        from aiokpl.sinks import NullSink

        return NullSink() if self._sink is None else self._sink

    @property
    def failed_exports(self) -> int:
        """Exports that ended in an exception."""
        return _core.failed_exports(self._producer)

    def snapshots(self, window: float | None = None) -> tuple[MetricSnapshot, ...]:
        """All series since the producer was entered, or over the last `window` seconds (1 to 60)."""
        if window is not None and not 1 <= window <= 60:
            raise ValueError(f"window: must be 1 to 60 seconds or None, got {window!r}")
        return _core.measured(self._producer, window)

    def snapshot(self) -> dict[MetricKey, tuple[int, float, float, float]]:
        """Count, sum, least and greatest of each series over the last minute."""
        found: dict[MetricKey, tuple[int, float, float, float]] = {}
        for one in self.snapshots(window=60):
            named = dict(one.dimensions)
            key = MetricKey(one.name, named.get("stream"), named.get("shard"), named.get("error_code"))
            found[key] = (one.count, one.sum, one.min, one.max)
        return found

    def __repr__(self) -> str:
        series = "of another process" if self._producer._is_parents else f"{len(self.snapshots())} series"
        return f"<Metrics: level {self._level.value}, {series}>"


def bucket_bounds() -> tuple[float, ...]:
    """Upper bounds of the buckets of distributions, ascending; one more bucket has what is above the last."""
    return _core.bucket_bounds()


__all__ = [
    "MetricEvent",
    "MetricInfo",
    "MetricKey",
    "MetricSnapshot",
    "Metrics",
    "MetricsLevel",
    "bucket_bounds",
    "metric_infos",
]
