"""What a producer measures, and its way to sinks that are written in Python."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
    MetricSnapshot,
    MetricsLevel,
    NullSink,
    Producer,
    SyncProducer,
)
from aiokpl.metrics import bucket_bounds, metric_infos
from metrics_support import config, counts, kinesis, patience, put, run, sums

__all__ = ["kinesis"]
backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])
#: Exports come this often in tests that wait for several.
often = {"metrics_upload_interval_ms": 100.0}


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < patience


def put_in_thread(producer: SyncProducer, records: int = 40) -> None:
    outcomes = producer.put_records(stream="s", records=[(f"key-{i}", b"x" * (i + 1)) for i in range(records)])
    assert all(result.success for result in outcomes.wait(patience))


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


class Recording:
    """Writes down what happens to it. `failures`: what its first exports raise."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.taken: list[tuple[MetricSnapshot, ...]] = []
        self.events: list[str] = []
        self.threads: set[int] = set()

    async def __aenter__(self) -> Recording:
        self.events.append("entered")
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await anyio.lowlevel.checkpoint()
        self.events.append("left")

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        await anyio.sleep(0)
        self.threads.add(threading.get_ident())
        if self.failures:
            self.events.append("raised")
            raise self.failures.pop(0)
        self.events.append("taken")
        self.taken.append(tuple(snapshots))

    def of(self, name: str) -> float:
        return sum(one.sum for export in self.taken for one in export if one.name == name)


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(patience):
        while not condition():
            await anyio.sleep(0.01)


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


# Ends in the middle of an export.


class Stuck(Recording):
    """Its exports end when `go` is set, or when they are cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go = threading.Event()

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        self.begun.set()
        try:
            while not self.go.is_set():
                await anyio.sleep(0.01)
        except BaseException:
            self.events.append("cancelled")
            raise
        await super().export(snapshots)


async def _put_until_stuck(producer: Producer, sink: Stuck) -> None:
    await put(producer, 5)
    await until(sink.begun.is_set)


@backends
def test_leaving_waits_for_an_export_that_ends(kinesis: str, backend: str) -> None:
    sink = Stuck()

    async def work() -> None:
        async with anyio.create_task_group() as group:
            async with Producer(config(kinesis, sink, **often)) as producer:
                await _put_until_stuck(producer, sink)

                async def release() -> None:
                    await until(lambda: not producer._is_open or producer.metrics.failed_exports == 0)
                    sink.go.set()

                group.start_soon(release)

    anyio.run(work, backend=backend)
    assert sink.of("UserRecordsPut") == 5
    assert "cancelled" not in sink.events and sink.events[-1] == "left"


@backends
def test_leaving_cancels_an_export_that_does_not_end(
    kinesis: str, backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Stuck()

    async def work() -> None:
        async with Producer(config(kinesis, sink, **often)) as producer:
            await _put_until_stuck(producer, sink)

    anyio.run(work, backend=backend)
    # And nothing is begun after it was left.
    assert sink.events == ["entered", "cancelled", "left"]


def test_a_sync_producer_cancels_it_too(kinesis: str) -> None:
    sink = Stuck()
    with SyncProducer(config(kinesis, sink, **often)) as producer:
        put_in_thread(producer, 5)
        assert sink.begun.wait(patience)
    assert sink.events == ["entered", "cancelled", "left"]


def test_an_exception_inside_while_an_export_is_under_way(kinesis: str) -> None:
    sink = Stuck()

    async def work() -> None:
        async with Producer(config(kinesis, sink, **often)) as producer:
            await _put_until_stuck(producer, sink)
            raise KeyError("of the program")

    with pytest.raises(KeyError, match="of the program"):
        anyio.run(work)
    assert sink.events == ["entered", "cancelled", "left"]


@backends
def test_a_cancelled_program_has_its_last_export(kinesis: str, backend: str) -> None:
    sink = Recording()

    async def work() -> None:
        with anyio.CancelScope() as scope:
            async with Producer(config(kinesis, sink)) as producer:
                await put(producer, 5)
                scope.cancel()
                await anyio.sleep_forever()

    started = time.monotonic()
    anyio.run(work, backend=backend)
    assert sink.events == ["entered", "taken", "left"] and sink.of("UserRecordsPut") == 5
    assert time.monotonic() - started < 2


def test_a_blocking_sink_is_left_behind(
    kinesis: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()

    class Blocking:
        async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
            begun.set()
            go.wait(patience)

    monkeypatch.setattr("aiokpl._sink_thread._patience", 0.2)
    with SyncProducer(config(kinesis, Blocking(), **often)) as producer:
        put_in_thread(producer, 5)
        assert begun.wait(patience)
    assert "the metrics sink blocks its event loop: it is left behind" in caplog.text
    go.set()


def _sink_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "aiokpl metrics sink"]


def test_the_thread_of_a_sink_ends_with_its_producer(kinesis: str) -> None:
    def forgotten() -> None:
        SyncProducer(config(kinesis, sink)).__enter__()

    sink = Recording()
    gc.collect()
    anyio.run(until, lambda: not _sink_threads())
    with SyncProducer(config(kinesis, sink)):
        assert len(_sink_threads()) == 1
    assert not _sink_threads()
    forgotten()
    gc.collect()
    anyio.run(until, lambda: not _sink_threads())


def test_a_loop_that_is_closed_under_its_producer(kinesis: str) -> None:
    sink = Stuck()
    kept: list[Producer] = []

    async def work() -> None:
        producer = Producer(config(kinesis, sink, **often))
        await producer.__aenter__()  # never left
        kept.append(producer)
        await _put_until_stuck(producer, sink)
        raise KeyError("of the program")

    with pytest.raises(KeyError):
        asyncio.run(work())
    assert "cancelled" in sink.events
    started = time.monotonic()
    kept.pop()._shut_down()
    assert time.monotonic() - started < 2


def ended(program: str, kinesis: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, for what happens at its end."""
    words = [sys.executable, "-c", textwrap.dedent(program), kinesis]
    return subprocess.run(words, capture_output=True, text=True, timeout=patience, check=False)


@pytest.mark.parametrize("sink", ["Slow()", "InMemorySink()", "Deaf()"])
@pytest.mark.parametrize("kind", ["Producer", "SyncProducer"])
def test_a_program_that_forgot_its_producer_ends(kinesis: str, sink: str, kind: str) -> None:
    program = f"""
        import asyncio, sys, time
        from aiokpl import *
        class Slow:
            async def export(self, snapshots):
                await asyncio.sleep(0.2)
        class Deaf:
            async def export(self, snapshots):
                print("begun", flush=True)
                while time.monotonic() < until:
                    try:
                        await asyncio.sleep(0.05)
                    except asyncio.CancelledError:
                        pass
        until = time.monotonic() + 3
        config = Config(region="r", endpoint_url=sys.argv[1], aws_access_key_id="i", aws_secret_access_key="s",
                        metrics_level=MetricsLevel.SUMMARY, metrics_upload_interval_ms=100, metrics_sink={sink})
        async def work(producer):
            await producer.__aenter__()
            outcome = await producer.put_record(stream="s", partition_key="k", data=b"d")
            await outcome.wait()
            await asyncio.sleep(0.15)
        producer = {kind}(config)
        if {kind} is Producer:
            asyncio.run(work(producer))
        else:
            producer.__enter__().put_record(stream="s", partition_key="k", data=b"d").wait()
            time.sleep(0.15)
        print("end of the program")
        """
    done = ended(program, kinesis)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("end of the program\n") or "begun" in done.stdout
    assert "was not left by the end of the program" in done.stderr
    assert "terminate" not in done.stderr and "Fatal" not in done.stderr
