"""Puts records into Amazon Kinesis Data Streams: aggregated, paced, retried, each with an outcome."""

from __future__ import annotations

from aiokpl import _core
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
from aiokpl.metrics import MetricEvent, MetricKey, MetricSnapshot, MetricsLevel
from aiokpl.producer import Producer
from aiokpl.result import Attempt, RecordResult
from aiokpl.sinks import EventfulMetricsSink, InMemorySink, MetricsSink, NullSink
from aiokpl.sync import SyncOutcome, SyncOutcomeCancelled, SyncOutcomes, SyncProducer

__version__: str = _core.version

__all__ = [
    "MAGIC",
    "Attempt",
    "Config",
    "Core",
    "DecodedRecord",
    "EventfulMetricsSink",
    "InMemorySink",
    "MetricEvent",
    "MetricKey",
    "MetricSnapshot",
    "MetricsLevel",
    "MetricsSink",
    "NullSink",
    "Outcome",
    "Outcomes",
    "Producer",
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
