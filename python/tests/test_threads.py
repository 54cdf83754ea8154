"""Producers and outcomes among threads and event loops, and how seldom the core's threads want Python's lock."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
from aiokpl import Producer, RecordResult, SyncOutcome, SyncOutcomeCancelled, SyncProducer, _loop
from aiokpl.local import LocalKinesis

Run = Callable[[Callable[[], Awaitable[Any]]], Any]

_limit = 30.0


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis({"orders": 4}, enforce_limits=False) as local:
        yield local


def _config(kinesis: LocalKinesis, **fields: Any) -> Any:
    unlimited = {"rate_limit_records_per_sec_per_shard": 1e6, "rate_limit_bytes_per_sec_per_shard": 1e10}
    return kinesis.config(**{"record_max_buffered_time_ms": 5, "request_timeout_ms": 60_000, **unlimited, **fields})


class _Threads:
    """Threads that are joined at the end, where what one of them raised is raised."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []

    def start(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._errors.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def __enter__(self) -> _Threads:
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join(_limit)
            assert not thread.is_alive()
        if self._errors:
            raise self._errors[0]


def test_eight_threads_put_and_eight_others_wait(kinesis: LocalKinesis) -> None:
    handed_on: queue.SimpleQueue[SyncOutcome[RecordResult] | None] = queue.SimpleQueue()
    results: list[RecordResult] = []

    with SyncProducer(_config(kinesis, max_outstanding_records=500)) as producer:

        def put(name: str) -> None:
            for number in range(500):
                handed_on.put(producer.put_record(stream="orders", partition_key=name, data=f"{name} {number}".encode()))
            handed_on.put(None)

        def wait() -> None:
            while (outcome := handed_on.get()) is not None:
                results.append(outcome.wait(timeout=_limit))

        with _Threads() as threads:
            for number in range(8):
                threads.start(lambda name=f"{number}": put(name))  # type: ignore[misc]
                threads.start(wait)
    assert len(results) == 4000
    assert all(result.success for result in results)
    stored = [record.data for record in kinesis.user_records("orders")]
    assert sorted(stored) == sorted(f"{name} {number}".encode() for name in range(8) for number in range(500))


def test_an_outcome_is_awaited_in_loops_of_other_threads(kinesis: LocalKinesis, run: Run) -> None:
    found: list[RecordResult] = []

    async def main() -> None:
        kinesis.set_stalled(True)
        async with Producer(_config(kinesis)) as producer:
            outcome = await producer.put_record(stream="orders", partition_key="k", data=b"1")

            async def look() -> None:
                found.append(await outcome.wait())

            with _Threads() as threads:
                for elsewhere in (asyncio.run, trio.run, asyncio.run):
                    if elsewhere is trio.run:
                        threads.start(lambda: trio.run(look))
                    else:
                        threads.start(lambda: asyncio.run(look()))
                kinesis.set_stalled(False)
                await look()
            # And when it is over already.
            with _Threads() as threads:
                threads.start(lambda: trio.run(look))
                threads.start(lambda: asyncio.run(look()))

    run(main)
    assert len(found) == 6
    assert all(result == found[0] for result in found)


def test_a_sync_outcome_is_shared_by_threads_that_wait_for_it(kinesis: LocalKinesis) -> None:
    kinesis.set_stalled(True)
    with SyncProducer(_config(kinesis)) as producer:
        outcome = producer.put_record(stream="orders", partition_key="k", data=b"1")
        bulk = producer.put_records(stream="orders", records=[("k", b"2")] * 5)
        results: list[RecordResult] = []
        with _Threads() as threads:
            for _ in range(8):
                threads.start(lambda: results.append(outcome.wait(timeout=_limit)))
                threads.start(lambda: results.extend(bulk.wait(timeout=_limit)))
            kinesis.set_stalled(False)
    assert [result.success for result in results] == [True] * 48


def test_cancel_wakes_a_thread_that_waits(kinesis: LocalKinesis) -> None:
    kinesis.set_stalled(True)
    with SyncProducer(_config(kinesis)) as producer:
        outcome = producer.put_record(stream="orders", partition_key="k", data=b"1")
        waiting = threading.Barrier(4)

        def wait() -> None:
            waiting.wait(_limit)
            with pytest.raises(SyncOutcomeCancelled):
                outcome.wait(timeout=_limit)

        with _Threads() as threads:
            for _ in range(3):
                threads.start(wait)
            waiting.wait(_limit)
            time.sleep(0.05)  # until they wait; those that do not yet are refused
            assert outcome.cancel()
            assert not outcome.cancel()
        kinesis.set_stalled(False)
        producer.flush(timeout=_limit)
    assert len(kinesis.user_records("orders")) == 1  # the record itself went on


def test_a_thousand_tasks_wait_for_one_outcome(kinesis: LocalKinesis, run: Run) -> None:
    results: list[RecordResult] = []

    async def main() -> None:
        import anyio

        async with Producer(_config(kinesis)) as producer:
            kinesis.set_stalled(True)
            outcome = await producer.put_record(stream="orders", partition_key="k", data=b"1")

            async def look() -> None:
                results.append(await outcome)

            async with anyio.create_task_group() as tasks:
                for _ in range(1000):
                    tasks.start_soon(look)
                await anyio.lowlevel.checkpoint()
                kinesis.set_stalled(False)

    run(main)
    assert len(results) == 1000
    # One object for all of them.
    assert all(result is results[0] for result in results)


class _Counting:
    """A thread that counts in Python, and so shows whether another one lets it."""

    def __init__(self) -> None:
        self._steps = 0
        self._over = False
        self._thread = threading.Thread(target=self._count, daemon=True)

    def _count(self) -> None:
        while not self._over:
            self._steps += 1

    def __enter__(self) -> _Counting:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()

    def rate_during(self, work: Callable[[], object]) -> float:
        """Steps a second."""
        steps, start = self._steps, time.monotonic()
        work()
        return (self._steps - steps) / (time.monotonic() - start)


def test_other_threads_go_on_while_one_is_blocked(kinesis: LocalKinesis) -> None:
    with SyncProducer(_config(kinesis, max_outstanding_records=1000, max_outstanding_bytes=20_000_000)) as producer:
        producer.put_record(stream="orders", partition_key="k", data=b"1").wait(timeout=_limit)
        megabytes = [(str(number), bytes(100_000)) for number in range(500)]

        def stalled(work: Callable[[], object]) -> None:
            kinesis.set_stalled(True)
            answer = threading.Timer(0.3, kinesis.set_stalled, (False,))
            answer.start()
            work()
            answer.join()

        def put() -> SyncOutcome[RecordResult]:
            return producer.put_record(stream="orders", partition_key="k", data=bytes(1000))

        def put_and_flush() -> None:
            put()
            producer.flush(timeout=_limit)

        with _Counting() as counting:
            alone = max(counting.rate_during(lambda: time.sleep(0.1)) for _ in range(3))
            blocked = {
                # Copies 50 MB, and waits for places.
                "put_records": lambda: producer.put_records(stream="orders", records=megabytes).wait(timeout=_limit),
                "put_record": lambda: stalled(lambda: [put() for _ in range(1001)]),
                "wait": lambda: stalled(lambda: put().wait(timeout=_limit)),
                "flush": lambda: stalled(put_and_flush),
                "metrics": lambda: stalled(lambda: (put(), [producer.oldest_record_age for _ in range(100)])),
            }
            rates = {name: counting.rate_during(work) for name, work in blocked.items()}
    # The machine has other things to do, the core's threads first of all; blocked, it would be next to nothing.
    assert all(rate > alone / 20 for rate in rates.values()), (alone, rates)


def test_wake_ups_of_a_loop_are_far_fewer_than_what_it_waits_for(
    kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    wake_ups = 0
    deliver = _loop._AsyncioMailbox._deliver

    def counted(self: _loop._AsyncioMailbox) -> None:
        nonlocal wake_ups
        wake_ups += 1
        deliver(self)

    monkeypatch.setattr(_loop._AsyncioMailbox, "_deliver", counted)

    async def main() -> None:
        async with Producer(_config(kinesis, record_max_buffered_time_ms=50)) as producer:

            async def one(number: int) -> bool:
                outcome = await producer.put_record(stream="orders", partition_key=str(number), data=b"data")
                return (await outcome.wait()).success

            assert all(await asyncio.gather(*(one(number) for number in range(10_000))))

    asyncio.run(main())
    assert 0 < wake_ups < 500, wake_ups
