"""Where metrics go."""

from __future__ import annotations

from aiokpl.sinks._types import EventfulMetricsSink, MetricEvent, MetricSnapshot, MetricsSink
from aiokpl.sinks.memory import InMemorySink
from aiokpl.sinks.null import NullSink

__all__ = [
    "EventfulMetricsSink",
    "InMemorySink",
    "MetricEvent",
    "MetricSnapshot",
    "MetricsSink",
    "NullSink",
]
