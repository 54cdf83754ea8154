"""Where metrics go."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aiokpl._core import ExportDeferred
from aiokpl.sinks._types import EventfulMetricsSink, MetricEvent, MetricSnapshot, MetricsSink
from aiokpl.sinks.cloudwatch import CloudWatchSink
from aiokpl.sinks.datadog import DatadogSink
from aiokpl.sinks.memory import InMemorySink
from aiokpl.sinks.null import NullSink
from aiokpl.sinks.otlp import OtlpSink
from aiokpl.sinks.prometheus import PrometheusSink

if TYPE_CHECKING:
    from aiokpl.sinks.opentelemetry import OpenTelemetrySink

__all__ = [
    "CloudWatchSink",
    "DatadogSink",
    "EventfulMetricsSink",
    "ExportDeferred",
    "InMemorySink",
    "MetricEvent",
    "MetricSnapshot",
    "MetricsSink",
    "NullSink",
    "OtlpSink",
    "PrometheusSink",
]


def _has_opentelemetry() -> bool:
    try:
        return find_spec("opentelemetry") is not None
    except ImportError:
        return False


# Not where it is missing, since `import *` would ask for it.
if _has_opentelemetry():
    __all__ += ["OpenTelemetrySink"]


def __getattr__(name: str) -> Any:
    # Of a package that not everybody has, and that takes longer to import than all of aiokpl.
    if name == "OpenTelemetrySink":
        from aiokpl.sinks.opentelemetry import OpenTelemetrySink

        return OpenTelemetrySink
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
