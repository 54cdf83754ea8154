"""What producers leave behind; each function is run by test_memory.py in an interpreter of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiokpl
import life
import trio
import uvloop
from aiokpl import Config, MetricsLevel, Outcome, Producer, RecordResult, SyncOutcome, SyncProducer, UserRecord
from life import ask, config


def resident() -> int:
    """Bytes in memory, as the system counts them."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) - 1  # the listing's own


def names() -> list[str]:
    """What the threads and descriptors are, for those who look into a failure."""
    found = [task.joinpath("comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]
    return found + [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]


# A million records.

_step = 200_000
_data = b"x" * 200


async def _bulk(producer: Producer) -> None:
    for first in range(0, _step, 5000):
        records = [(f"key {number % 1000}", _data) for number in range(first, first + 5000)]
        results = await (await producer.put_records(stream="discarded", records=records)).wait()
        assert results[0].success and results[-1].success


async def _single(producer: Producer) -> None:
    for first in range(0, _step, 5000):
        outcomes = [
            await producer.put_record(stream="discarded", partition_key=f"key {number % 1000}", data=_data)
            for number in range(first, first + 5000)
        ]
        for outcome in outcomes:
            assert (await outcome.wait()).success


async def _dropped(producer: Producer) -> None:
    for number in range(_step):
        await producer.put_record(stream="discarded", partition_key=f"key {number % 1000}", data=_data)
    await producer.flush()


async def _in_tasks(producer: Producer) -> None:
    """Waits that really wait, each in a task of its own."""

    async def one(number: int) -> bool:
        outcome = await producer.put_record(stream="discarded", partition_key=f"key {number}", data=_data)
        return (await outcome).success

    for _ in range(0, _step // 4, 5000):
        assert all(await asyncio.gather(*(one(number) for number in range(5000))))


def million() -> None:
    """Prints the bytes in memory after each 200,000 records, the first of which makes what stays."""

    async def main() -> None:
        # Few enough that the limit is reached in each round: what a burst takes depends on how fast Kinesis is.
        limited = config(metrics_level=MetricsLevel.SUMMARY, max_outstanding_records=10_000)
        async with Producer(limited) as producer:
            for way in (_bulk, _single, _dropped, _in_tasks):
                await way(producer)
            print(resident())
            for way in (_bulk, _single, _dropped, _in_tasks, _bulk, _single):
                await way(producer)
                print(resident())

    asyncio.run(main())


def million_sync() -> None:
    with SyncProducer(config(max_outstanding_records=10_000)) as producer:
        for number in range(7):
            if number % 2 == 0:
                for _ in range(0, _step, 5000):
                    records = [UserRecord(f"key {key % 1000}", _data) for key in range(5000)]
                    producer.put_records(stream="discarded", records=records).wait(timeout=30)
            else:
                for _ in range(0, _step, 5000):
                    outcomes = [
                        producer.put_record(stream="discarded", partition_key=f"key {key % 1000}", data=_data)
                        for key in range(5000)
                    ]
                    assert all(outcome.wait(timeout=30).success for outcome in outcomes)
            if number > 0:
                print(resident())


def outstanding(way: str) -> None:
    """Prints the bytes of memory that a record takes which is outstanding, beyond its data and key."""
    key, data = "a key", b"d" * 200
    fields: Any = dict(max_outstanding_records=600_000, max_outstanding_bytes=1 << 30, record_ttl_ms=600_000)
    with SyncProducer(config(**fields)) as producer:

        def put() -> SyncOutcome[RecordResult]:
            return producer.put_record(stream="discarded", partition_key=key, data=data)

        put().wait(timeout=20)  # the shards are known from here on
        ask("stall")
        held: list[Any] = []

        def put_until(total: int) -> int:
            if way == "single":
                held.extend(put() for _ in range(total - len(held)))
            else:
                records = [(key, data)] * 10_000
                while len(held) * 10_000 < total:
                    held.append(producer.put_records(stream="discarded", records=records))
            return resident()

        first = put_until(100_000)
        last = put_until(500_000)
        assert producer.outstanding_records == 500_000
        print((last - first) / 400_000 - len(key) - len(data))
        ask("answer")


# Nothing is left.


def _cycle_of_a_producer(backend: str, sink: Any) -> None:
    more: dict[str, Any] = {"metrics_level": MetricsLevel.DETAILED, "metrics_sink": sink} if sink else {}

    async def main() -> None:
        async with Producer(config(**more)) as producer:
            outcome = await producer.put_record(stream="discarded", partition_key="k", data=b"1")
            await outcome.wait()
            await (await producer.put_records(stream="discarded", records=[("k", b"2")] * 10))

    if backend == "trio":
        trio.run(main)
    elif backend == "asyncio":
        asyncio.run(main())
    elif backend == "uvloop":
        uvloop.run(main())
    else:
        with SyncProducer(config(**more)) as producer:
            producer.put_record(stream="discarded", partition_key="k", data=b"1").wait(timeout=20)
            producer.put_records(stream="discarded", records=[("k", b"2")] * 10).wait(timeout=20)


class PythonSink:
    async def export(self, snapshots: Any) -> None:
        pass


def hundred(backend: str) -> None:
    """A hundred producers one after the other: no thread, no descriptor and no memory of theirs is left."""

    def some(count: int) -> None:
        for number in range(count):
            _cycle_of_a_producer(backend, PythonSink() if number % 2 else None)

    some(6)
    before = (threads(), descriptors())
    some(44)
    memory = resident()
    some(50)
    # The system takes a moment to forget a thread that was joined, which may have been one of those before.
    life.until(
        lambda: threads() <= before[0] and descriptors() <= before[1],
        5,
        lambda: (before, threads(), descriptors(), names()),
    )
    grown = resident() - memory
    assert grown < 8_000_000, grown


def held_outcomes() -> None:
    """Outcomes outlive their producers; no thread stays for them."""
    before = threads(), descriptors()
    held: list[Any] = []
    for _ in range(10):
        with SyncProducer(config()) as producer:
            held += [producer.put_record(stream="discarded", partition_key="k", data=b"1") for _ in range(10)]
            held[-1].wait()  # by a callback, which a thread of the core's gives
    life.until(lambda: (threads(), descriptors()) == before, 5, lambda: (before, threads(), descriptors(), names()))
    assert all(outcome.wait().success for outcome in held)
    assert all(outcome.done() for outcome in held)


def references() -> None:
    """Arguments, constants and classes have as many references as before; what was made is gone."""
    stream, key, data = "".join(["disc", "arded"]), "".join(["a ", "key"]), b"".join([b"some ", b"data"])
    mutable, tag = bytearray(b"mutable"), aiokpl.Tag("tag", "value")
    record = UserRecord(key, data, 5, (tag,))
    objects: list[Any] = [stream, key, data, mutable, tag, record, None, True, False, (), Outcome, SyncOutcome]
    objects += [aiokpl.Outcomes, aiokpl.SyncOutcomes, aiokpl._core.Call, RecordResult, aiokpl.Attempt, Config]

    wrong_type: Any = None

    async def main() -> None:
        async with Producer(config(max_outstanding_records=500)) as producer:
            outcomes = []
            for _ in range(2000):
                outcomes.append(await producer.put_record(stream=stream, partition_key=key, data=data))
                await producer.put_record(stream=stream, partition_key=key, data=mutable, tags=(tag,))
            await producer.put_records(stream=stream, records=[record, (key, data), (key, memoryview(data))] * 500)
            for wrong in (
                lambda: producer.put_record(stream=stream, partition_key=key),  # type: ignore[call-arg]
                lambda: producer.put_record(stream=stream, partition_key=key, data=data, tags=(tag, wrong_type)),
                lambda: producer.put_record(stream=stream, partition_key=key, data=mutable, explicit_hash_key=-1),
                lambda: producer.put_records(stream=stream, records=[record, (key, wrong_type)]),
            ):
                for _ in range(100):
                    life.raises((TypeError, ValueError), "", wrong)  # type: ignore[arg-type]
            await asyncio.gather(*(outcome.wait() for outcome in outcomes))
            for outcome in outcomes:
                repr(outcome)
                assert (await outcome).attempts

    def sync() -> None:
        with SyncProducer(config()) as producer:
            for _ in range(500):
                outcome = producer.put_record(stream=stream, partition_key=key, data=data, explicit_hash_key="7")
                repr(outcome)
                outcome.cancel()
            results = producer.put_records(stream=stream, records=[record] * 500).wait()
            assert all(result.success for result in results)

    def use() -> list[int]:
        asyncio.run(main())
        sync()
        # Results are kept for those who ask again: of the last of them, a number that does not grow.
        gc.collect()
        return [sys.getrefcount(one) for one in objects]

    use()
    before = use()
    after = use()
    for one, then, now in zip(objects, before, after):
        # The interpreter's own come and go; results are kept, each with references to the constants and its class.
        allowed = 300 if one is None or one is True or one is False or one in ((), RecordResult, aiokpl.Attempt) else 0
        assert abs(now - then) <= allowed, (one, then, now)
    mutable += b" can grow, since nobody holds its bytes"


def weak_references() -> None:
    """Producers and their sinks go with their last reference, or with the garbage collector."""
    base = config()

    def check(make: Callable[[Config], Any], use: Callable[[Any], None]) -> None:
        sink = PythonSink()
        given = replace(base, metrics_level=MetricsLevel.SUMMARY, metrics_sink=sink)
        producer = make(given)
        use(producer)
        watched = [weakref.ref(one) for one in (producer, sink)]
        del producer, sink, given
        # A thread that has done work for an event loop may hold it a moment longer.
        life.until(
            lambda: gc.collect() >= 0 and not any(one() for one in watched),
            5,
            lambda: [gc.get_referrers(one()) for one in watched if one()],
        )

    def use_sync(producer: SyncProducer) -> None:
        with producer:
            producer.put_record(stream="discarded", partition_key="k", data=b"1").wait()
            producer.metrics.snapshots()

    async def use_async(producer: Producer) -> None:
        async with producer:
            await (await producer.put_record(stream="discarded", partition_key="k", data=b"1")).wait()
            producer.metrics.snapshots()

    check(SyncProducer, lambda producer: None)
    check(SyncProducer, use_sync)
    check(lambda given: SyncProducer(given, backend="trio"), use_sync)
    check(Producer, lambda producer: None)
    check(Producer, lambda producer: asyncio.run(use_async(producer)))
    check(Producer, lambda producer: uvloop.run(use_async(producer)))
    check(Producer, lambda producer: trio.run(use_async, producer))
    left = [one for one in gc.get_objects() if isinstance(one, (Producer, SyncProducer, PythonSink))]
    assert not left, left


def waiting_tasks(backend: str) -> None:
    """Tasks that wait are collected with the loop that was closed over them, and so are their mailbox's descriptors."""

    class Marker:
        pass

    watched: list[weakref.ref[Any]] = []
    producer = Producer(config(max_outstanding_records=10))

    def drop_a_loop() -> None:
        loop = uvloop.new_event_loop() if backend == "uvloop" else asyncio.new_event_loop()

        async def wait(call: Any) -> None:
            marker = Marker()
            watched.append(weakref.ref(marker))
            await call

        async def main() -> None:
            outcomes = []
            if not producer._was_entered:
                await producer.__aenter__()
                for _ in range(10):
                    outcomes.append(await producer.put_record(stream="discarded", partition_key="k", data=b"1"))
                kept.extend(outcomes)
            calls = (
                kept[0].wait(),
                producer.put_record(stream="discarded", partition_key="k", data=b"2"),
                producer.put_records(stream="discarded", records=[("k", b"3")] * 3),
                producer.flush(),
            )
            for call in calls:
                task = asyncio.ensure_future(wait(call))
                task._log_destroy_pending = False  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)

        loop.run_until_complete(main())
        loop.close()
        watched.append(weakref.ref(loop))

    kept: list[Any] = []
    ask("stall")
    drop_a_loop()
    gc.collect()
    before = descriptors()
    for _ in range(5):
        drop_a_loop()
    gc.collect()
    assert [one() for one in watched] == [None] * len(watched)
    assert descriptors() == before
    # What waited for a place was withdrawn.
    assert producer.outstanding_records == 10
    ask("answer")


if __name__ == "__main__":
    life.main(globals())
