"""Producers that end while a sink has an export, and programs that end while they have producers."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence

import anyio
import pytest
from aiokpl import MetricSnapshot, Producer, SyncProducer
from metrics_support import Recording, config, kinesis, often, patience, put, put_in_thread, until

__all__ = ["kinesis"]
backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < patience


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


def test_a_child_of_a_fork_ends(kinesis: str) -> None:
    program = """
        import os, sys
        from aiokpl import *
        config = Config(region="r", endpoint_url=sys.argv[1], aws_access_key_id="i", aws_secret_access_key="s",
                        metrics_level=MetricsLevel.SUMMARY, metrics_upload_interval_ms=50, metrics_sink=InMemorySink())
        with SyncProducer(config) as producer:
            producer.put_record(stream="s", partition_key="k", data=b"d").wait()
            child = os.fork()
            if child == 0:
                # All of Python's end, with what the parent's threads held.
                sys.exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        print(sum(one.sum for one in config.metrics_sink.by_name("UserRecordsPut")))
        """
    done = ended(program, kinesis)
    assert (done.returncode, done.stdout) == (0, "7\n1.0\n"), done.stderr
