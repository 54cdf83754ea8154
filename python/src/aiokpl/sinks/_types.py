"""What a metrics sink is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from aiokpl.metrics import MetricEvent, MetricSnapshot


@runtime_checkable
class MetricsSink(Protocol):
    """Where metrics go: an object with an async method `export`. It may be a context manager, async or not: it is
    entered with the producer and left after the last export. An exception means that nothing was taken: it is logged,
    and the same data come again, added to what came meanwhile."""

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> Any:
        """Takes what came since the last export. Runs in the producer's event loop."""


@runtime_checkable
class EventfulMetricsSink(Protocol):
    """A sink that also wants each series as an event, after each export."""

    def record(self, event: MetricEvent) -> None:
        """Takes one series, in the producer's event loop."""


__all__ = ["EventfulMetricsSink", "MetricEvent", "MetricSnapshot", "MetricsSink"]
