"""What programs do with os.fork(); each function is run by test_fork.py in an interpreter of its own."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import life
from aiokpl import MetricsLevel, Producer, RecordResult, SyncProducer
from life import ask, config, fork, raises, wait_for_child

other_process = "the process that this one was forked from"


async def _put(producer: Producer, stream: str, data: bytes) -> RecordResult:
    outcome = await producer.put_record(stream=stream, partition_key="key", data=data)
    return await outcome.wait()


def _put_sync(producer: SyncProducer, stream: str, data: bytes) -> RecordResult:
    return producer.put_record(stream=stream, partition_key="key", data=data).wait(timeout=20)


def made_before() -> None:
    """Producers that were made before the fork are entered on both sides of it."""
    sync, producer = SyncProducer(config()), Producer(config())

    def use(side: str) -> None:
        async def main() -> None:
            async with producer:
                for index in range(100):
                    assert (await _put(producer, "made", f"async {side} {index}".encode())).success

        with sync:
            results = [_put_sync(sync, "made", f"sync {side} {index}".encode()) for index in range(20)]
        assert all(result.success for result in results)
        asyncio.run(main())

    child = fork(lambda: use("child"))
    use("parent")
    assert wait_for_child(child) == 0


class PythonSink:
    """It needs an event loop, and a SyncProducer has to bring one along."""

    def __init__(self) -> None:
        self.exports = 0

    async def export(self, snapshots: tuple[Any, ...]) -> None:
        self.exports += 1


def _refused_sync(producer: SyncProducer, settled: Any, unsettled: Any, bulk: Any) -> None:
    raises(RuntimeError, other_process, lambda: producer.put_record(stream="s", partition_key="k", data=b""))
    raises(RuntimeError, other_process, lambda: producer.put_records(stream="s", records=[("k", b"")]))
    raises(RuntimeError, other_process, producer.flush)
    raises(RuntimeError, other_process, lambda: producer.__exit__(None, None, None))
    raises(RuntimeError, other_process, producer.__enter__)
    raises(RuntimeError, other_process, producer.metrics.snapshots)
    assert other_process in repr(producer), repr(producer)
    assert "Metrics" in repr(producer.metrics)
    assert producer.outstanding_records == 0
    assert settled.wait().success and settled.done()
    for outstanding in (unsettled, bulk, bulk[0]):
        raises(RuntimeError, other_process, outstanding.wait)
        raises(RuntimeError, other_process, lambda: outstanding.wait(timeout=1))
    assert unsettled.cancel() and unsettled.done()


def entered_before(sink: str) -> None:
    """A SyncProducer that was entered says so in the child, which goes on and ends as if nothing had been."""
    more: dict[str, Any] = {} if sink == "none" else {"metrics_sink": PythonSink()}
    if sink == "native":
        from aiokpl import PrometheusSink

        more["metrics_sink"] = PrometheusSink(port=0)
    with SyncProducer(config(metrics_level=MetricsLevel.SUMMARY, **more)) as producer:
        settled = producer.put_record(stream="entered", partition_key="k", data=b"settled")
        settled.wait()
        ask("stall")
        outstanding = [producer.put_record(stream="stalled", partition_key="k", data=b"%d" % n) for n in range(100)]
        bulk = producer.put_records(stream="stalled", records=[("k", b"bulk")])
        waiting = threading.Thread(target=outstanding[1].wait)
        waiting.start()
        children = []
        for ending in ("drop", "exit", "raise"):
            pid = os.fork()
            if pid:
                children.append(pid)
                continue
            life.bound(20)
            _refused_sync(producer, settled, outstanding[0], bulk)
            raises(RuntimeError, other_process, outstanding[1].wait)
            assert outstanding[1].cancel()
            if ending == "drop":
                outstanding.clear()
                producer = bulk = settled = None  # type: ignore[assignment]
                gc.collect()
                os._exit(0)
            # Through the end of the `with` and that of the interpreter.
            if ending == "exit":
                sys.exit(7)
            raise LookupError("what the program has to say")
        statuses = [wait_for_child(pid) for pid in children]
        assert statuses == [0, 7, 1], statuses
        ask("answer")
        assert all(outcome.wait(timeout=20).success for outcome in outstanding)
        assert bulk.wait(timeout=20)[0].success
        waiting.join()
    print("left")


def entered_before_async() -> None:
    """The same of a Producer, whose event loop runs while the process is forked."""

    async def parent() -> None:
        async with Producer(config()) as producer:
            settled = await producer.put_record(stream="entered", partition_key="k", data=b"settled")
            await settled.wait()
            ask("stall")
            unsettled = await producer.put_record(stream="stalled", partition_key="k", data=b"unsettled")
            bulk = await producer.put_records(stream="stalled", records=[("k", b"bulk")])
            waiting = asyncio.ensure_future(unsettled.wait())
            flushing = asyncio.ensure_future(producer.flush())
            await asyncio.sleep(0)

            async def child() -> None:
                fields: dict[str, Any] = {"stream": "s", "partition_key": "k", "data": b""}
                raises(RuntimeError, other_process, lambda: producer.put_record(**fields))
                raises(RuntimeError, other_process, lambda: producer.put_records(stream="s", records=[]))
                raises(RuntimeError, other_process, producer.flush)
                assert (await settled).success
                for pending in (unsettled.wait(), bulk.wait(), producer.__aexit__(None, None, None)):
                    try:
                        await pending
                    except RuntimeError as error:
                        assert other_process in str(error), error
                    else:
                        raise AssertionError("nothing was raised")

            async def child_with_its_own() -> None:
                async with Producer(config()) as second:
                    assert (await _put(second, "entered", b"from the child")).success

            pid = fork(lambda: asyncio.run(child()))
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(None, wait_for_child, pid) == 0
            ask("answer")
            pid = fork(lambda: asyncio.run(child_with_its_own()))
            assert await loop.run_in_executor(None, wait_for_child, pid) == 0
            assert (await waiting).success
            assert (await bulk)[0].success
            await flushing
        print("left")

    asyncio.run(parent())


def under_back_pressure() -> None:
    """Calls that wait for a place, or for a flush, are dropped in the child; so are coroutines and awaited tasks."""

    async def parent() -> None:
        ask("stall")
        async with Producer(config(max_outstanding_records=1)) as producer:
            first = await producer.put_record(stream="stalled", partition_key="k", data=b"1")
            put = asyncio.ensure_future(producer.put_record(stream="stalled", partition_key="k", data=b"2"))
            bulk = asyncio.ensure_future(producer.put_records(stream="stalled", records=[("k", b"3")] * 3))
            flushing = asyncio.ensure_future(producer.flush())
            await asyncio.sleep(0)

            def child() -> None:
                tasks: list[Any] = [put, bulk, flushing]
                for task in tasks:
                    task.get_coro().close()
                gc.collect()

            assert wait_for_child(fork(child)) == 0
            ask("answer")
            assert (await first).success
            assert (await (await put)).success
            assert all(result.success for result in await (await bulk))
            await flushing

    asyncio.run(parent())
    print("left")


def in_a_signal_handler() -> None:
    """A handler that forks while the main thread waits: the wait ends in the child with an error."""
    children: list[int] = []

    def handler(number: int, frame: object) -> None:
        pid = os.fork()
        if pid == 0:
            life.bound(20)
            return
        children.append(pid)

    signal.signal(signal.SIGUSR1, handler)
    parent = os.getpid()
    with SyncProducer(config(max_outstanding_records=1)) as producer:

        def put(data: bytes) -> Any:
            return producer.put_record(stream="stalled", partition_key="k", data=data)

        waits: list[Callable[[Any], object]] = [
            lambda outcome: outcome.wait(),
            lambda outcome: producer.flush(),
            lambda outcome: put(b"2").wait(),
            lambda outcome: producer.put_records(stream="stalled", records=[("k", b"3")]).wait(),
        ]
        for number, wait in enumerate(waits):
            ask("stall")
            outcome = put(b"1")
            forker = threading.Thread(target=_fork_and_answer, args=(children, number))
            forker.start()
            try:
                wait(outcome)
            except RuntimeError as error:
                assert os.getpid() != parent and other_process in str(error), error
                del outcome
                gc.collect()
                os._exit(0)
            assert os.getpid() == parent
            forker.join()
    assert [wait_for_child(pid) for pid in children] == [0] * 4
    print("left")


def _fork_and_answer(children: list[int], number: int) -> None:
    time.sleep(0.1)  # the main thread goes to wait
    os.kill(os.getpid(), signal.SIGUSR1)
    life.until(lambda: len(children) > number)
    ask("answer")


def storm(forks: str) -> None:
    """Forks while threads put and wait, each child puts a record of its own."""
    total = int(forks)
    failed: list[str] = []
    over = threading.Event()

    def busy(producer: SyncProducer, name: str) -> None:
        data = b"x" * 500
        while not over.is_set():
            outcomes = producer.put_records(stream="busy", records=[(f"{name} {n}", data) for n in range(200)])
            singles = [producer.put_record(stream="busy", partition_key=str(n), data=data) for n in range(100)]
            large = producer.put_record(stream="busy", partition_key="large", data=bytes(100_000))
            if not all(result.success for result in outcomes.wait(timeout=30)):
                failed.append("a bulk put")
            if not all(outcome.wait(timeout=30).success for outcome in (*singles, large)):
                failed.append("a put")

    def child(prepared: SyncProducer, number: int) -> None:
        with prepared:
            assert _put_sync(prepared, "storm", f"child {number}".encode()).success

    # What is small is settled soon, so that the core's threads have much to do.
    tuned = config(record_max_buffered_time_ms=1, aggregation_max_size=4096, metrics_level=MetricsLevel.DETAILED)
    with SyncProducer(tuned) as producer:
        threads = [threading.Thread(target=busy, args=(producer, f"{n}")) for n in range(2)]
        for thread in threads:
            thread.start()
        running: list[int] = []
        for number in range(total):
            prepared = SyncProducer(tuned)
            running.append(fork(lambda: child(prepared, number)))
            if len(running) == 4:
                assert wait_for_child(running.pop(0)) == 0
        assert all(wait_for_child(pid) == 0 for pid in running)
        over.set()
        for thread in threads:
            thread.join()
    assert not failed, failed
    print("left")


def logs() -> None:
    """The core's words reach logging on both sides of a fork, and those of the parent are not told twice."""
    told: list[tuple[int, str]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append((os.getpid(), record.getMessage()))

    logging.getLogger("aiokpl").addHandler(Handler())
    logging.getLogger("aiokpl").setLevel(logging.DEBUG)

    def speak() -> None:
        # The core has something to say about a stream that is not there.
        with SyncProducer(config(record_ttl_ms=200)) as producer:
            assert not _put_sync(producer, "missing", b"x").success
        life.until(lambda: any("missing" in text for _, text in told))

    def child() -> None:
        before = len(told)
        del told[:before]
        speak()
        assert {pid for pid, _ in told} == {os.getpid()}

    speak()
    assert [wait_for_child(fork(child)) for _ in range(3)] == [0, 0, 0]
    speak()
    print("left")


def _work(number: int) -> bool:
    assert _worker is not None
    return _put_sync(_worker, "pool", f"pool {number}".encode()).success


_worker: SyncProducer | None = None


def _enter_worker() -> None:
    from multiprocessing.util import Finalize

    global _worker
    if _worker is None:
        _worker = SyncProducer(config())
    Finalize(None, _worker.__exit__, args=(None, None, None), exitpriority=100)
    _worker.__enter__()


def pool(method: str) -> None:
    """Workers of multiprocessing; with "fork" they enter what was made before, beside one that the parent uses."""
    global _worker
    if method == "fork":
        _worker = SyncProducer(config())
    with SyncProducer(config()) as own:
        context = multiprocessing.get_context(method)
        with context.Pool(3, initializer=_enter_worker) as workers:
            results = workers.map_async(_work, range(60))
            assert _put_sync(own, "pool", b"parent").success
            assert all(results.get(timeout=40))
            workers.close()
            workers.join()
    print("left")


def daughter_of_a_daughter() -> None:
    """A child of a child, with a producer of its own in each."""

    def daughter() -> None:
        with SyncProducer(config()) as producer:
            assert _put_sync(producer, "made", b"daughter").success
            assert wait_for_child(fork(granddaughter)) == 0
            assert _put_sync(producer, "made", b"daughter again").success

    def granddaughter() -> None:
        with SyncProducer(config()) as producer:
            assert _put_sync(producer, "made", b"granddaughter").success

    with SyncProducer(config()) as producer:
        assert wait_for_child(fork(daughter)) == 0
        assert _put_sync(producer, "made", b"mother").success
    print("left")


if __name__ == "__main__":
    life.main(globals())
