"""Puts records into Amazon Kinesis Data Streams: aggregated, paced, retried, each with an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokpl import _core, sinks
from aiokpl._about import Core, core
from aiokpl._core import Outcome, Outcomes, md5_hash_key, parse_explicit_hash_key
from aiokpl.aggregation import (
    MAGIC,
    DecodedRecord,
    Tag,
    UserRecord,
    decode_aggregated,
    encode_aggregated,
    is_aggregated,
)
from aiokpl.config import Config
from aiokpl.metrics import MetricEvent, MetricInfo, MetricKey, MetricSnapshot, MetricsLevel
from aiokpl.producer import Producer
from aiokpl.result import Attempt, RecordResult
from aiokpl.sinks import (
    CloudWatchSink,
    DatadogSink,
    EventfulMetricsSink,
    ExportDeferred,
    InMemorySink,
    MetricsSink,
    NullSink,
    OtlpSink,
    PrometheusSink,
)
from aiokpl.sync import SyncOutcome, SyncOutcomeCancelled, SyncOutcomes, SyncProducer

if TYPE_CHECKING:
    from aiokpl.sinks import OpenTelemetrySink

__version__: str = _core.version

__all__ = [
    "MAGIC",
    "Attempt",
    "CloudWatchSink",
    "Config",
    "Core",
    "DatadogSink",
    "DecodedRecord",
    "EventfulMetricsSink",
    "ExportDeferred",
    "InMemorySink",
    "MetricEvent",
    "MetricInfo",
    "MetricKey",
    "MetricSnapshot",
    "MetricsLevel",
    "MetricsSink",
    "NullSink",
    "OtlpSink",
    "Outcome",
    "Outcomes",
    "Producer",
    "PrometheusSink",
    "RecordResult",
    "SyncOutcome",
    "SyncOutcomeCancelled",
    "SyncOutcomes",
    "SyncProducer",
    "Tag",
    "UserRecord",
    "core",
    "decode_aggregated",
    "encode_aggregated",
    "is_aggregated",
    "md5_hash_key",
    "parse_explicit_hash_key",
]
# Not where it is missing, since `import *` would ask for it.
if "OpenTelemetrySink" in sinks.__all__:
    __all__ += ["OpenTelemetrySink"]


def __getattr__(name: str) -> Any:
    if name == "OpenTelemetrySink":
        return getattr(sinks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
