"""The public API as its users write it, for type checkers: nobody runs this. See test_typing.py."""

# pyright: strict

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from typing_extensions import assert_type

import aiokpl
from aiokpl import (
    MAGIC,
    Attempt,
    Config,
    Core,
    DecodedRecord,
    EventfulMetricsSink,
    InMemorySink,
    MetricEvent,
    MetricKey,
    MetricSnapshot,
    MetricsLevel,
    MetricsSink,
    NullSink,
    Outcome,
    Outcomes,
    Producer,
    RecordResult,
    SyncOutcome,
    SyncOutcomeCancelled,
    SyncOutcomes,
    SyncProducer,
    Tag,
    UserRecord,
    decode_aggregated,
    encode_aggregated,
    is_aggregated,
    md5_hash_key,
    parse_explicit_hash_key,
)
from aiokpl.local import (
    ConsumedRecord,
    Counters,
    Faults,
    LocalKinesis,
    ShardInfo,
    StoredRecord,
    StreamSpec,
)
from aiokpl.metrics import Metrics, bucket_bounds


async def puts(config: Config) -> None:
    async with Producer(config) as producer:
        assert_type(producer, Producer)
        outcome = await producer.put_record(stream="events", partition_key="user-1", data=b"hello")
        assert_type(outcome, Outcome[RecordResult])
        assert_type(await outcome.wait(), RecordResult)
        assert_type(await outcome, RecordResult)
        assert_type(outcome.is_set(), bool)
        await producer.put_record(
            stream="events", partition_key="u", data=bytearray(b"x"), explicit_hash_key=2**127, tags=(Tag("a"),)
        )
        await producer.put_record(stream="events", partition_key=None, data=memoryview(b"x"), explicit_hash_key="7")
        await producer.put_record(stream="events", partition_key="u", data=array("d", [1.0]), tags=[Tag("a", "b")])
        await producer.flush()
        await producer.flush(stream="events")
        assert_type(producer.outstanding_records, int)
        assert_type(producer.outstanding_bytes, int)
        assert_type(producer.oldest_record_age, float)
        assert_type(producer.retried_records, int)
        assert_type(producer.config, Config)
        assert_type(producer.metrics, Metrics)


async def bulk_puts(producer: Producer) -> None:
    outcomes = await producer.put_records(
        stream="events", records=[UserRecord("u", b"x"), ("v", b"y"), ("w", b"z", 7), ("w", b"z", None, [Tag("t")])]
    )
    assert_type(outcomes, Outcomes)
    assert_type(await outcomes, list[RecordResult])
    assert_type(await outcomes.wait(), list[RecordResult])
    assert_type(outcomes[0], Outcome[RecordResult])
    assert_type(outcomes[1:], list[Outcome[RecordResult]])
    assert_type([one.is_set() for one in outcomes], list[bool])
    assert_type(len(outcomes), int)
    assert_type(outcomes.is_set(), bool)
    await producer.put_records(stream="events", records=((str(key), b"x") for key in range(10)))


async def in_tasks(producer: Producer) -> None:
    task = asyncio.create_task(producer.put_record(stream="events", partition_key="u", data=b"x"))
    assert_type(await task, Outcome[RecordResult])
    waits = [one.wait() for one in [await task]]
    assert_type(await asyncio.gather(*waits), list[RecordResult])


def sync_puts(config: Config) -> None:
    with SyncProducer(config, backend="trio") as producer:
        assert_type(producer, SyncProducer)
        outcome = producer.put_record(stream="events", partition_key="u", data=b"x")
        assert_type(outcome, SyncOutcome[RecordResult])
        try:
            assert_type(outcome.wait(timeout=5.0), RecordResult)
            assert_type(outcome.wait(5), RecordResult)
        except (TimeoutError, SyncOutcomeCancelled):
            assert_type(outcome.cancel(), bool)
        assert_type(outcome.done(), bool)
        outcomes = producer.put_records(stream="events", records=[("u", b"x")])
        assert_type(outcomes, SyncOutcomes)
        assert_type(outcomes.wait(timeout=None), list[RecordResult])
        assert_type(outcomes[-1], SyncOutcome[RecordResult])
        assert_type(outcomes[:2], list[SyncOutcome[RecordResult]])
        assert_type(outcomes.done(), bool)
        producer.flush(timeout=1)
        producer.flush(stream="events")
        assert_type(producer.metrics.snapshots(), tuple[MetricSnapshot, ...])


def results(result: RecordResult) -> str:
    assert_type(result.attempts, tuple[Attempt, ...])
    match result:
        case RecordResult(success=True, shard_id=str(shard), sequence_number=number):
            assert_type(number, str | None)
            return shard
        case RecordResult(attempts=(*_, Attempt(error_code=code))):
            assert_type(code, str | None)
        case _:
            pass
    assert_type(result.attempts[-1].ended_at, float)
    assert_type(result.attempts_omitted, int)
    return repr(replace(result, success=False))


class PrintingSink:
    """A sink of a user's own."""

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        for one in snapshots:
            print(one.name, one.mean, one.kind, one.unit, one.buckets, one.dimensions)

    def record(self, event: MetricEvent) -> None:
        print(event.name, event.value, event.timestamp, event.dimensions)


def configuration() -> Config:
    sink: MetricsSink = PrintingSink()
    eventful: EventfulMetricsSink = PrintingSink()
    assert isinstance(sink, MetricsSink) and eventful
    memory = InMemorySink()
    assert_type(memory.by_name("UserRecordsPut"), tuple[MetricSnapshot, ...])
    assert_type(memory.exports, tuple[tuple[MetricSnapshot, ...], ...])
    assert_type(memory.all_snapshots, tuple[MetricSnapshot, ...])
    for one in (sink, memory, NullSink(), None):
        Config(region="us-east-1", metrics_sink=one, metrics_level=MetricsLevel.SUMMARY)
    return replace(
        Config(
            region="us-east-1",
            aggregation_enabled=True,
            record_max_buffered_time_ms=25,
            record_ttl_ms=5_000,
            max_outstanding_records=10_000,
            endpoint_url="http://127.0.0.1:4567",
            verify_ssl=False,
            record_distribution_strategy="detect",
            wire_protocol="cbor",
            metrics_granularity="shard",
        ),
        record_ttl_ms=30_000,
    )


def metrics(producer: Producer) -> None:
    assert_type(producer.metrics.level, MetricsLevel)
    assert_type(producer.metrics.sink, MetricsSink)
    assert_type(producer.metrics.failed_exports, int)
    assert_type(producer.metrics.snapshots(window=10), tuple[MetricSnapshot, ...])
    assert_type(producer.metrics.snapshot(), dict[MetricKey, tuple[int, float, float, float]])
    assert_type(bucket_bounds(), tuple[float, ...])


def codec() -> None:
    packed = encode_aggregated([UserRecord("u", b"x", "7", (Tag("a"),)), ("v", b"y")])
    assert_type(packed, bytes)
    assert packed.startswith(MAGIC)
    assert_type(decode_aggregated(packed), list[DecodedRecord])
    assert_type(is_aggregated(memoryview(packed)), bool)
    assert_type(md5_hash_key("u"), int)
    assert_type(parse_explicit_hash_key("7"), int)
    assert_type(aiokpl.core, Core)
    assert_type(aiokpl.core.libraries, tuple[tuple[str, str], ...])
    assert_type(aiokpl.__version__, str)


async def local(**overrides: Any) -> None:
    with LocalKinesis(streams={"orders": 4, "spread": "auto"}, tls=True, faults=Faults(throttle_rate=0.1)) as kinesis:
        assert_type(kinesis, LocalKinesis)
        assert_type(kinesis.config(**overrides), Config)
        kinesis.create_stream("logs", 2)
        kinesis.create_stream(StreamSpec("big", max_record_size_kib=2048))
        kinesis.fail_next("PutRecords", "throttle_records", times=2)
        kinesis.set_faults(replace(kinesis.faults(), latency_ms=5))
        with kinesis.stalled():
            pass
        assert_type(kinesis.streams(), list[str])
        assert_type(kinesis.shards("orders"), list[ShardInfo])
        assert_type(kinesis.records("orders"), list[StoredRecord])
        assert_type(kinesis.user_records("orders"), list[ConsumedRecord])
        assert_type(kinesis.counters(), Counters)
        assert_type(kinesis.certificate_file, str | None)
    async with LocalKinesis(["orders:4", StreamSpec("logs")]) as another:
        assert_type(another.endpoint_url, str)
        assert_type(another.port, int)


def refused(producer: Producer, sync: SyncProducer) -> None:
    """Each of these has to be an error: the checkers complain of an `ignore` that nobody needed."""
    producer.put_record("events", "u", b"x")  # type: ignore # pyright: ignore
    sync.put_record(stream="events", partition_key="u", data="text")  # type: ignore # pyright: ignore
    sync.put_record(stream="events", data=b"x")  # type: ignore # pyright: ignore
    sync.put_records(stream="events", records=[b"x"])  # type: ignore # pyright: ignore
    Config(region="us-east-1", wire_protocol="xml")  # type: ignore # pyright: ignore
    LocalKinesis(streams=3)  # type: ignore # pyright: ignore
    RecordResult(True, None, None, ()).success = False  # type: ignore # pyright: ignore
