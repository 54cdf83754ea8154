"""Ways in which programs end; each function is run by test_exit.py in an interpreter of its own."""

from __future__ import annotations

import asyncio
import atexit
import gc
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

import life
import trio
from aiokpl import MetricsLevel, MetricSnapshot, Producer, SyncProducer, _runtime
from life import ask, config, raises

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")


def _put(producer: SyncProducer, count: int = 1, stream: str = "kept") -> list[Any]:
    return [producer.put_record(stream=stream, partition_key="k", data=b"%d" % n) for n in range(count)]


async def _put_async(producer: Producer, count: int = 1, stream: str = "kept") -> list[Any]:
    return [await producer.put_record(stream=stream, partition_key="k", data=b"%d" % n) for n in range(count)]


def say(words: str) -> None:
    print(words, flush=True)


class Sink:
    """Exports take as long as `take` does; it writes what it got."""

    def __init__(self) -> None:
        self.exports = 0

    async def export(self, snapshots: tuple[MetricSnapshot, ...]) -> None:
        self.exports += 1
        say(f"export of {sum(one.sum for one in snapshots if one.name == 'UserRecordsPut'):.0f}")


class StuckSink(Sink):
    async def export(self, snapshots: tuple[MetricSnapshot, ...]) -> None:
        say("stuck")
        await asyncio.Event().wait()


class InterruptedSink(Sink):
    async def export(self, snapshots: tuple[MetricSnapshot, ...]) -> None:
        say("interrupted")
        raise KeyboardInterrupt


_measured: dict[str, Any] = {"metrics_level": MetricsLevel.SUMMARY, "metrics_upload_interval_ms": 60_000}

left_open: list[Any] = []


# Nobody leaves the `with`.


def never_left() -> None:
    """The interpreter ends with a SyncProducer that was entered."""
    producer = SyncProducer(config(record_max_buffered_time_ms=60_000, record_ttl_ms=120_000))
    producer.__enter__()
    left_open.append(producer)
    _put(producer, 10)
    say("end of the program")


def never_left_with_a_sink() -> None:
    producer = SyncProducer(config(metrics_sink=Sink(), **_measured))
    producer.__enter__()
    left_open.append(producer)
    _put(producer, 10)


def never_left_with_a_stuck_sink() -> None:
    producer = SyncProducer(config(metrics_sink=StuckSink(), **_measured))
    producer.__enter__()
    left_open.append(producer)
    _put(producer, 10)


def never_left_but_collected() -> None:
    producer = SyncProducer(config(record_max_buffered_time_ms=60_000, record_ttl_ms=120_000))
    producer.__enter__()
    _put(producer, 10)
    producer.self = producer  # type: ignore[attr-defined]
    del producer
    gc.collect()
    say("collected")


def never_left_but_collected_with_a_sink() -> None:
    producer = SyncProducer(config(metrics_sink=Sink(), **_measured))
    producer.__enter__()
    _put(producer, 10)
    del producer
    gc.collect()
    say("collected")


def async_never_left() -> None:
    """Entered by hand, and the loop ends."""
    producer = Producer(config(record_max_buffered_time_ms=60_000, record_ttl_ms=120_000))
    left_open.append(producer)

    async def main() -> None:
        await producer.__aenter__()
        await _put_async(producer, 10)

    asyncio.run(main())


def async_never_left_with_a_sink() -> None:
    """The sink's loop is gone when it should take the last metrics."""
    producer = Producer(config(metrics_sink=Sink(), **_measured))
    left_open.append(producer)

    async def main() -> None:
        await producer.__aenter__()
        await _put_async(producer, 10)

    asyncio.run(main())


def async_collected_in_its_loop() -> None:
    """The loop's own thread collects a producer, whose sink would need that loop."""

    async def main() -> None:
        producer = Producer(config(metrics_sink=Sink(), **_measured))
        await producer.__aenter__()
        await _put_async(producer, 10)
        del producer
        gc.collect()
        say("collected")

    asyncio.run(main())


def async_loop_stopped() -> None:
    """loop.stop() in the middle of `async with`, and the loop is closed without ado."""
    loop = asyncio.new_event_loop()

    async def main() -> None:
        async with Producer(config(max_outstanding_records=5)) as producer:
            await _put_async(producer, 5)
            loop.stop()
            await asyncio.Event().wait()

    task = loop.create_task(main())
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.run_forever()
    loop.close()
    left_open.append(task)


def async_exception() -> None:
    """asyncio.run ends by an exception inside `async with`, with tasks that wait."""

    async def main() -> None:
        async with Producer(config()) as producer:
            outcomes = await _put_async(producer, 10)
            waiting = [asyncio.ensure_future(outcome.wait()) for outcome in outcomes]
            left_open.append(waiting)
            raise LookupError("what the program has to say")

    raises(LookupError, "what the program has to say", lambda: asyncio.run(main()))
    left_open.clear()
    say("went on")


# Daemon threads.


def daemon_waits() -> None:
    """Daemon threads wait for outcomes, for places and for a flush when the interpreter ends, and are woken by that."""
    producer = SyncProducer(config(max_outstanding_records=10, shutdown_timeout_ms=1000))
    producer.__enter__()
    left_open.append(producer)
    ask("stall")
    outcomes = _put(producer, 10)
    started = threading.Barrier(5)

    def blocked(call: Any) -> None:
        started.wait()
        while True:
            try:
                call()
            except RuntimeError:
                pass

    for call in (
        outcomes[0].wait,
        lambda: _put(producer, 1),
        lambda: producer.put_records(stream="kept", records=[("k", b"x")] * 3),
        producer.flush,
    ):
        threading.Thread(target=blocked, args=(call,), daemon=True).start()
    started.wait()
    time.sleep(0.1)  # until they wait
    say("end of the program")


def daemon_puts() -> None:
    """Daemon threads that never stop putting and waiting."""
    producer = SyncProducer(config())
    producer.__enter__()
    left_open.append(producer)
    busy = threading.Barrier(4)

    def put_for_ever() -> None:
        first = True
        while True:
            for outcome in _put(producer, 20, "busy"):
                outcome.wait()
            producer.put_records(stream="busy", records=[("k", bytes(50_000))] * 20).wait()
            if first:
                busy.wait()
                first = False

    for _ in range(3):
        threading.Thread(target=put_for_ever, daemon=True).start()
    threading.excepthook = lambda _: None
    busy.wait()


def thread_exits() -> None:
    """sys.exit in a thread ends that thread alone."""
    with SyncProducer(config()) as producer:

        def leave() -> None:
            _put(producer, 10)
            sys.exit(3)

        thread = threading.Thread(target=leave)
        thread.start()
        thread.join()


def thread_that_outlives_main() -> None:
    """The main thread is over first: the interpreter waits for others before it ends."""
    producer = SyncProducer(config())

    def work() -> None:
        with producer:
            life.until(lambda: not threading.main_thread().is_alive())
            _put(producer, 10)

    threading.Thread(target=work).start()


def sys_exit() -> None:
    with SyncProducer(config()) as producer:
        _put(producer, 10)
        sys.exit(3)


def os_exit() -> None:
    """It ends at once, whatever is outstanding."""
    producer = SyncProducer(config(record_max_buffered_time_ms=60_000, record_ttl_ms=120_000))
    producer.__enter__()
    _put(producer, 10)
    os._exit(3)


def exception() -> None:
    with SyncProducer(config()) as producer:
        _put(producer, 10)
        raise LookupError("what the program has to say")


def used_by_many_while_one_leaves() -> None:
    """The others hear of it: those that wait for a place, at once; those that come later, too."""
    refused: list[str] = []
    results: list[bool] = []
    producer = SyncProducer(config(max_outstanding_records=50))

    def put_until_closed() -> None:
        mine = []
        try:
            while True:
                mine.append(_put(producer)[0])
        except RuntimeError as error:
            refused.append(str(error))
        results.extend(outcome.wait(timeout=20).success for outcome in mine)

    threads = [threading.Thread(target=put_until_closed) for _ in range(8)]
    with producer:
        for thread in threads:
            thread.start()
        _put(producer, 100)
        ask("stall")
        # Every place is taken; all of them wait.
        life.until(lambda: producer.outstanding_records == 50)
        time.sleep(0.05)
        leaving = threading.Thread(target=ask, args=("answer",))
        leaving.start()
    leaving.join()
    for thread in threads:
        thread.join()
    assert refused == ["Producer is closed"] * 8, refused
    assert results and all(results)
    raises(RuntimeError, "Producer is closed", lambda: _put(producer))
    raises(RuntimeError, "Producer is closed", producer.flush)


def after_the_packages_own_end() -> None:
    """A program's own atexit handlers may run after the package's."""

    async def use_async() -> None:
        async with Producer(config()) as producer:
            assert all([(await outcome).success for outcome in await _put_async(producer, 10)])

    def use_sync() -> None:
        with SyncProducer(config(metrics_sink=Sink(), **_measured)) as producer:
            _put(producer, 10)

    def forget() -> None:
        producer = SyncProducer(config())
        producer.__enter__()
        left_open.append(producer)
        _put(producer, 10)

    atexit.unregister(_runtime._at_exit)
    for late in (forget, use_sync, lambda: asyncio.run(use_async())):
        atexit.register(late)
    atexit.register(_runtime._at_exit)


# Ctrl-C.


def _press(times: int = 1) -> None:
    """Ctrl-C once the main thread waits."""

    def press() -> None:
        for number in range(times):
            time.sleep(0.15)
            say(f"Ctrl-C {number + 1}")
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


def interrupted(where: str) -> None:
    """Ctrl-C in what a SyncProducer blocks for; the producer is left in order after it."""
    with SyncProducer(config(max_outstanding_records=1)) as producer:
        ask("stall")
        outcome = _put(producer)[0]
        calls = {
            "put_record": lambda: _put(producer),
            "put_records": lambda: producer.put_records(stream="kept", records=[("k", b"x")] * 2),
            "wait": outcome.wait,
            "wait_timeout": lambda: outcome.wait(timeout=60),
            "flush": producer.flush,
        }
        _press()
        raises(KeyboardInterrupt, "", calls[where])
        # What waited for a place is withdrawn.
        assert producer.outstanding_records == 1
        ask("answer")
        assert outcome.wait(timeout=20).success
    say("left")


def interrupted_leaving(times: str) -> None:
    """Ctrl-C while the `with` is left: what is outstanding is aborted."""
    producer = SyncProducer(config())
    outcomes: list[Any] = []

    def work() -> None:
        with producer:
            ask("stall")
            outcomes.extend(_put(producer, 10))
            _press(int(times))
            if times == "2":
                outcomes[0].wait()  # the first is for this

    raises(KeyboardInterrupt, "", work)
    assert [outcome.wait().attempts[-1].error_code for outcome in outcomes] == ["Aborted"] * 10
    raises(RuntimeError, "Producer is closed", lambda: _put(producer))
    say("left")


def interrupted_at_the_end() -> None:
    """Ctrl-C while the end of the interpreter waits for what nobody left: the program does not wait for Kinesis."""
    for _ in range(2):
        producer = SyncProducer(config())
        producer.__enter__()
        left_open.append(producer)
    ask("stall")
    for producer in left_open:
        _put(producer, 10)
    _press(2)


def interrupted_async(times: str) -> None:
    """Ctrl-C in asyncio.run: the producer is left in order; at the second one it aborts."""
    outcomes: list[Any] = []

    async def main() -> None:
        async with Producer(config()) as producer:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, ask, "stall")
            outcomes.extend(await _put_async(producer, 10))
            _press(int(times))
            try:
                await outcomes[0].wait()
            except asyncio.CancelledError:
                if times == "1":
                    await loop.run_in_executor(None, ask, "answer")
                raise

    raises(KeyboardInterrupt, "", lambda: asyncio.run(main()))
    assert all(outcome.is_set() for outcome in outcomes)
    say("left")


def interrupted_trio(times: str) -> None:
    """The same in trio."""
    outcomes: list[Any] = []

    async def main() -> None:
        async with Producer(config()) as producer:
            await trio.to_thread.run_sync(ask, "stall")
            outcomes.extend(await _put_async(producer, 10))
            _press(int(times))
            try:
                await outcomes[0].wait()
            except KeyboardInterrupt:
                if times == "1":
                    await trio.to_thread.run_sync(ask, "answer")
                raise

    raises(KeyboardInterrupt, "", lambda: trio.run(main))
    assert all(outcome.is_set() for outcome in outcomes)
    say("left")


def interrupted_sink() -> None:
    """A KeyboardInterrupt out of a sink's export."""
    try:
        with SyncProducer(config(metrics_sink=InterruptedSink(), **_measured)) as producer:
            _put(producer, 10)
    except KeyboardInterrupt:
        say("raised")
    say("left")


# Nothing is said.


def clean() -> None:
    """What programs usually do, under the eyes of asyncio's debug mode and -X dev."""
    sink = Sink()

    async def main() -> None:
        async with Producer(config(metrics_sink=sink, **_measured)) as producer:
            outcomes = await _put_async(producer, 1000)
            assert all([(await outcome).success for outcome in outcomes])
            bulk = await producer.put_records(stream="kept", records=[("k", b"x")] * 500)
            assert all(result.success for result in await bulk)
            tasks = [asyncio.ensure_future(outcome.wait()) for outcome in await _put_async(producer, 10)]
            tasks[0].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.wait_for((await _put_async(producer))[0].wait(), 20)
            await producer.flush()

    asyncio.run(main())
    with SyncProducer(config(metrics_sink=sink, **_measured)) as producer:
        assert all(outcome.wait().success for outcome in _put(producer, 1000))
        producer.flush(timeout=20)
    trio.run(main_of_trio)
    gc.collect()


async def main_of_trio() -> None:
    async with Producer(config()) as producer:
        assert all([(await outcome).success for outcome in await _put_async(producer, 1000)])


if __name__ == "__main__":
    life.main(globals())
