"""What a producer measures, and its way to sinks that are written in Python."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import pytest
from aiokpl import (
    Config,
    EventfulMetricsSink,
    ExportDeferred,
    InMemorySink,
    MetricEvent,
    MetricKey,
    MetricsLevel,
    MetricSnapshot,
    NullSink,
    Producer,
    SyncProducer,
)
from aiokpl.metrics import bucket_bounds, metric_infos
from metrics_support import Recording, config, counts, kinesis, often, patience, put, put_in_thread, run, sums, until

__all__ = ["kinesis"]
backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])
# Every way to run a producer with a sink that is written in Python.


def _in_loop(backend: str) -> Callable[[Config], Any]:
    return lambda settings: anyio.run(run, settings, backend=backend)


def _in_thread(backend: str) -> Callable[[Config], Any]:
    def work(settings: Config) -> Any:
        with SyncProducer(settings, backend=backend) as producer:
            put_in_thread(producer)
        return producer.metrics.snapshots()

    return work


def _in_uvloop(settings: Config) -> Any:
    return anyio.run(run, settings, backend_options={"use_uvloop": True})


ways = pytest.mark.parametrize(
    "way",
    [_in_loop("asyncio"), _in_loop("trio"), _in_uvloop, _in_thread("asyncio"), _in_thread("trio")],
    ids=["asyncio", "trio", "uvloop", "sync-asyncio", "sync-trio"],
)


@ways
def test_in_memory(kinesis: str, way: Any) -> None:
    sink = InMemorySink()
    measured = way(config(kinesis, sink, metrics_level=MetricsLevel.DETAILED))
    assert sums(sink.all_snapshots) == pytest.approx(sums(measured))
    assert counts(sink.all_snapshots) == counts(measured)
    assert sums(sink.by_name("UserRecordsPut")) == {"UserRecordsPut": 40}
    assert sums(sink.by_name("UserRecordsReceived")) == {"UserRecordsReceived": 40}
    shards = {dict(one.dimensions)["shard"] for one in sink.by_name("UserRecordsPut")}
    assert shards == {"shardId-000000000000", "shardId-000000000001"}
    assert sink.exports and sum(map(len, sink.exports)) == len(sink.all_snapshots)
    assert repr(sink) == f"<InMemorySink: {len(sink.exports)} exports>"
    sink.clear()
    assert not sink.exports


@backends
def test_what_was_not_taken_comes_again(kinesis: str, backend: str, caplog: pytest.LogCaptureFixture) -> None:
    sink = Recording(OSError("the disk is full"), ValueError())

    async def work() -> Producer:
        async with Producer(config(kinesis, sink, **often)) as producer:
            await put(producer, 5)
            await until(lambda: not sink.failures)
            await put(producer, 6)
            await until(lambda: sink.of("UserRecordsPut") == 11)
            assert producer.metrics.failed_exports == 2
        return producer

    with caplog.at_level(logging.WARNING, "aiokpl"):
        producer = anyio.run(work, backend=backend)
        anyio.run(until, lambda: "the disk is full" in caplog.text)
    assert sink.of("UserRecordsPut") == 11 == sums(producer.metrics.snapshots())["UserRecordsPut"]
    (record,) = [one for one in caplog.records if "OSError" in one.getMessage()]
    assert "metrics sink failed to export: OSError: the disk is full" in record.getMessage()
    assert sink.threads == {threading.get_ident()}


def test_what_was_deferred_does_not_come_again(kinesis: str) -> None:
    sink = Recording(ExportDeferred("it waits"))

    async def work() -> None:
        async with Producer(config(kinesis, sink, **often)) as producer:
            await put(producer, 5)
            await until(lambda: not sink.failures)
            await put(producer, 6)
            await until(lambda: sink.of("UserRecordsPut") > 0)
        assert producer.metrics.failed_exports == 1

    anyio.run(work)
    # The first export may have come between the start and the end of the first five.
    assert sink.of("UserRecordsPut") in (6, 11)


@ways
def test_a_context_manager_is_entered_and_left(kinesis: str, way: Any) -> None:
    sink = Recording()
    way(config(kinesis, sink))
    assert sink.events == ["entered", "taken", "left"]


@ways
def test_a_sync_context_manager(kinesis: str, way: Any) -> None:
    class Plain(InMemorySink):
        def __init__(self) -> None:
            super().__init__()
            self.events: list[str] = []

        def __enter__(self) -> None:
            self.events.append("entered")

        def __exit__(self, *exc: Any) -> None:
            self.events.append(f"left after {len(self.exports)}")

    sink = Plain()
    way(config(kinesis, sink))
    assert sink.events == ["entered", "left after 1"]


@backends
def test_a_sink_that_cannot_be_entered(kinesis: str, backend: str) -> None:
    class Broken(Recording):
        async def __aenter__(self) -> Recording:
            raise OSError("no way in")

    async def work() -> None:
        with pytest.raises(OSError, match="no way in"):
            async with Producer(config(kinesis, Broken())):
                raise AssertionError("entered")

    anyio.run(work, backend=backend)
    with pytest.raises(OSError, match="no way in"), SyncProducer(config(kinesis, Broken()), backend=backend):
        raise AssertionError("entered")


@backends
def test_entering_twice_leaves_the_sink_alone(kinesis: str, backend: str) -> None:
    sink = Recording()

    async def work() -> None:
        async with Producer(config(kinesis, sink)) as producer:
            with pytest.raises(RuntimeError, match="entered before"):
                await producer.__aenter__()
            assert sink.events == ["entered"]
            await put(producer)

    anyio.run(work, backend=backend)
    with SyncProducer(config(kinesis, sink), backend=backend) as producer:
        with pytest.raises(RuntimeError, match="entered before"):
            producer.__enter__()
        put_in_thread(producer)
    assert sink.events == ["entered", "taken", "left"] * 2


@ways
def test_a_plain_function_as_export(kinesis: str, way: Any) -> None:
    class Plain:
        taken: Sequence[MetricSnapshot] = ()

        def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
            self.taken = snapshots

    sink: Any = Plain()
    assert sums(way(config(kinesis, sink))) == pytest.approx(sums(sink.taken))


@ways
def test_events(kinesis: str, way: Any) -> None:
    class Eventful(Recording):
        def __init__(self) -> None:
            super().__init__()
            self.recorded: list[MetricEvent] = []

        def record(self, event: MetricEvent) -> None:
            assert self.events[-1] == "taken"
            self.recorded.append(event)

    sink = Eventful()
    assert isinstance(sink, EventfulMetricsSink)
    way(config(kinesis, sink))
    (export,) = sink.taken
    assert [(one.name, one.dimensions, one.timestamp) for one in sink.recorded] == [
        (one.name, one.dimensions, one.window_end) for one in export
    ]
    values = {one.name: one.value for one in sink.recorded}
    (delivery,) = [one for one in export if one.name == "DeliveryTime"]
    assert values["UserRecordsPut"] == 40 and values["DeliveryTime"] == delivery.mean


@ways
@pytest.mark.parametrize("sink", [None, NullSink()], ids=["none", "null"])
def test_without_a_sink(kinesis: str, way: Any, sink: Any) -> None:
    assert sums(way(config(kinesis, sink)))["UserRecordsPut"] == 40


@ways
@pytest.mark.parametrize("sink", [InMemorySink(), NullSink(), Recording()], ids=["memory", "null", "own"])
def test_nothing_is_measured_at_level_none(kinesis: str, way: Any, sink: Any) -> None:
    assert way(config(kinesis, sink, metrics_level=MetricsLevel.NONE)) == ()
    assert not getattr(sink, "exports", ()) and not getattr(sink, "events", ())


def test_asking_a_producer(kinesis: str) -> None:
    sink = InMemorySink()

    async def work() -> None:
        producer = Producer(config(kinesis, sink))
        metrics = producer.metrics
        assert (metrics.level, metrics.sink) == (MetricsLevel.SUMMARY, sink)
        assert metrics.snapshots() == () and metrics.snapshot() == {} and metrics.failed_exports == 0
        async with producer:
            await put(producer)
            (delivered,) = [one for one in metrics.snapshots() if one.name == "DeliveryTime"]
            assert (delivered.kind, delivered.unit, delivered.count) == ("distribution", "milliseconds", 40)
            assert 0 < delivered.min <= delivered.max and delivered.mean == delivered.sum / 40
            assert sum(delivered.buckets) == 40 and len(delivered.buckets) == len(bucket_bounds()) + 1
            assert delivered.window_start < delivered.window_end <= time.time() + 1
            (last,) = [one for one in metrics.snapshots(window=1) if one.name == "DeliveryTime"]
            assert dataclasses.replace(delivered, buckets=(), window_start=0, window_end=0) == dataclasses.replace(
                last, window_start=0, window_end=0
            )
            assert metrics.snapshot()[MetricKey("UserRecordsPut", "s")] == (40, 40.0, 1.0, 1.0)
            assert MetricKey("UserRecordsPut", "s").dimensions() == (("stream", "s"),)
            assert repr(metrics) == f"<Metrics: level summary, {len(metrics.snapshots())} series>"
        assert sums(metrics.snapshots())["UserRecordsPut"] == 40

    anyio.run(work)
    for window in (0, 61):
        with pytest.raises(ValueError, match=f"window: must be 1 to 60 seconds or None, got {window}"):
            Producer(config(kinesis, sink)).metrics.snapshots(window)
    assert isinstance(Producer(config(kinesis, None)).metrics.sink, NullSink)


def test_asking_a_sync_producer_from_many_threads(kinesis: str) -> None:
    with SyncProducer(config(kinesis, InMemorySink(), **often)) as producer:
        seen: list[float] = []

        def ask() -> None:
            put_in_thread(producer, 10)
            seen.append(sums(producer.metrics.snapshots())["UserRecordsPut"])

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(patience)
        assert len(seen) == 8 and sums(producer.metrics.snapshots())["UserRecordsPut"] == 80
    assert sums(producer.metrics.sink.all_snapshots)["UserRecordsPut"] == 80  # type: ignore[attr-defined]


def test_what_is_known_of_metrics() -> None:
    infos = metric_infos()
    assert infos["BufferedTime"].kind == "distribution" and infos["BufferedTime"].buckets
    assert infos["UserRecordsReceived"].level is MetricsLevel.DETAILED and infos["RequestTime"].granularity == "stream"
    assert all(info.meaning for info in infos.values())
    # A snapshot as the page has them says only a name.
    named = MetricSnapshot("UserRecordsDataPut", 1, 2.0, 2.0, 2.0)
    assert (named.kind, named.unit) == ("count", "bytes")
    assert (MetricSnapshot("OldestRecordAge", 1, 2, 2, 2).kind, MetricSnapshot("Mine", 1, 2, 2, 2).kind) == (
        "gauge",
        "count",
    )
    assert MetricSnapshot("OldestRecordAge", 1, 2, 2, 2, kind="count").unit == "milliseconds"
