"""Metrics to the program's own OpenTelemetry SDK."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from aiokpl import _core
from aiokpl.metrics import MetricSnapshot, bucket_bounds, metric_infos

try:
    from opentelemetry import metrics as _api
except ImportError as error:
    raise ImportError(
        'OpenTelemetrySink requires opentelemetry-api, which is not installed: pip install "aiokpl[otel]"'
    ) from error

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, Meter, UpDownCounter

#: More values of a distribution than this in one export are fed as a sample of so many.
_most_values = 1_000

_units = {"milliseconds": "ms", "bytes": "By", "count": "1"}


class OpenTelemetrySink:
    """Feeds the instruments of the program's OpenTelemetry SDK, whose matter exporters and resources are.

    Counts become Counters, gauges UpDownCounters, distributions Histograms. Attributes are "stream", "shard" and
    "error_code", where they apply, and dimensions of one's own. `meter`: where the instruments are made; None is
    `opentelemetry.metrics.get_meter("aiokpl")`. `instrument_prefix` stands before every name; Python's SDK writes
    names in small letters.

    A Histogram takes single values, and a snapshot has them added up: for each value that was measured one is recorded
    that lies in the same bucket (where the metric has buckets), so that count, sum, least and greatest are right. Of
    more than 1,000 values in one series and export 1,000 are recorded, in the same proportions: the histogram's count
    is then smaller than the true one, its mean and percentiles are not changed.

    Producers may share one, whose counts then add up. A gauge of two producers is the state of the one that exported
    last, unless a dimension of their own tells them apart.
    """

    def __init__(self, *, meter: Meter | None = None, instrument_prefix: str = "aiokpl.") -> None:
        if not isinstance(instrument_prefix, str):
            raise TypeError(f"instrument_prefix: must be str, got {instrument_prefix!r}")
        if meter is not None and not callable(getattr(meter, "create_histogram", None)):
            raise TypeError(f"meter: must be an opentelemetry.metrics.Meter, got {meter!r}")
        self._meter = _api.get_meter("aiokpl", _core.version) if meter is None else meter
        self._instrument_prefix = instrument_prefix
        self._lock = threading.Lock()
        self._counters: dict[str, Counter] = {}
        self._up_down_counters: dict[str, UpDownCounter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._states: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}

    @property
    def instrument_prefix(self) -> str:
        """What stands before every name."""
        return self._instrument_prefix

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        """Records the snapshots, in a worker thread: that may be many calls of the SDK's."""
        await anyio.to_thread.run_sync(self._record_all, tuple(snapshots))

    def _record_all(self, snapshots: tuple[MetricSnapshot, ...]) -> None:
        with self._lock:
            for snapshot in snapshots:
                self._record(snapshot)

    def _record(self, snapshot: MetricSnapshot) -> None:
        attributes = dict(snapshot.dimensions)
        if snapshot.kind == "distribution":
            histogram = self._histogram(snapshot)
            for value, times in _core.representative_values(snapshot, _most_values):
                for _ in range(times):
                    histogram.record(value, attributes)
        elif snapshot.kind == "gauge":
            series = (snapshot.name, frozenset(snapshot.dimensions))
            change = snapshot.last - self._states.get(series, 0.0)
            self._up_down_counter(snapshot).add(_number(snapshot, change), attributes)
            self._states[series] = snapshot.last
        else:
            self._counter(snapshot).add(_number(snapshot, snapshot.sum), attributes)

    def _counter(self, snapshot: MetricSnapshot) -> Counter:
        found = self._counters.get(snapshot.name)
        if found is None:
            found = self._meter.create_counter(**self._described(snapshot))
            self._counters[snapshot.name] = found
        return found

    def _up_down_counter(self, snapshot: MetricSnapshot) -> UpDownCounter:
        found = self._up_down_counters.get(snapshot.name)
        if found is None:
            found = self._meter.create_up_down_counter(**self._described(snapshot))
            self._up_down_counters[snapshot.name] = found
        return found

    def _histogram(self, snapshot: MetricSnapshot) -> Histogram:
        found = self._histograms.get(snapshot.name)
        if found is None:
            found = self._make_histogram(snapshot)
            self._histograms[snapshot.name] = found
        return found

    def _make_histogram(self, snapshot: MetricSnapshot) -> Histogram:
        described = self._described(snapshot)
        if snapshot.buckets:
            try:
                return self._meter.create_histogram(
                    **described, explicit_bucket_boundaries_advisory=list(bucket_bounds())
                )
            except TypeError:
                # An older API, which leaves the bounds to the SDK.
                pass
        return self._meter.create_histogram(**described)

    def _described(self, snapshot: MetricSnapshot) -> dict[str, Any]:
        info = metric_infos().get(snapshot.name)
        return {
            "name": self._instrument_prefix + snapshot.name,
            "unit": _unit(snapshot),
            "description": "" if info is None else info.meaning,
        }

    def __repr__(self) -> str:
        return f"OpenTelemetrySink(instrument_prefix={self._instrument_prefix!r})"


def _number(snapshot: MetricSnapshot, value: float) -> int | float:
    # What is counted is whole; a time is not.
    return value if snapshot.unit == "milliseconds" or not value.is_integer() else int(value)


def _unit(snapshot: MetricSnapshot) -> str:
    if snapshot.unit != "count" or snapshot.name not in metric_infos():
        return _units[snapshot.unit]
    return {"ErrorsByCode": "{error}", "AllErrors": "{error}", "RetriesPerRecord": "{retry}"}.get(
        snapshot.name, "{record}"
    )


__all__ = ["OpenTelemetrySink"]
