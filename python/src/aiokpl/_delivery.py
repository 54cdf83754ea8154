"""How exports of metrics get from the core's thread to a sink that is written in Python."""

from __future__ import annotations

import asyncio
import inspect
import threading
import weakref
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from aiokpl import _loop
from aiokpl.metrics import MetricEvent, MetricSnapshot, MetricsLevel
from aiokpl.sinks._native import NativeSink
from aiokpl.sinks.null import NullSink

if TYPE_CHECKING:
    from aiokpl.config import Config
    from aiokpl.producer import Producer
    from aiokpl.sync import SyncProducer

#: Runs a coroutine function in the sink's event loop; raises where that is gone.
Spawn = Callable[[Callable[[], Awaitable[None]]], object]

#: Seconds that an export which was cancelled has for its end.
_patience = 5.0


def is_in_python(config: Config) -> bool:
    """Whether the core needs Python to reach the sink."""
    sink = config.metrics_sink
    if sink is None or config.metrics_level is MetricsLevel.NONE:
        return False
    # A subclass may do more than the core does.
    export = getattr(type(sink), "export", None)
    return export not in (NativeSink.export, NullSink.export) or callable(getattr(sink, "record", None))


def _events(snapshots: Sequence[MetricSnapshot]) -> list[MetricEvent]:
    def value(one: MetricSnapshot) -> float:
        return {"count": one.sum, "gauge": one.last}.get(one.kind, one.mean)

    return [MetricEvent(one.name, value(one), one.window_end, one.dimensions) for one in snapshots]


async def _export(sink: Any, snapshots: tuple[MetricSnapshot, ...]) -> None:
    exported = sink.export(snapshots)
    if inspect.isawaitable(exported):
        await exported
    record = getattr(sink, "record", None)
    if callable(record):
        for event in _events(snapshots):
            record(event)


def _fail(done: Future[None], why: BaseException) -> None:
    with suppress(InvalidStateError):  # where it was over before
        done.set_exception(why)


class Delivery:
    """A sink and the event loop that it runs in. The core's thread calls it with the snapshots: that returns when the
    sink has taken them, and raises what the sink raised. One export at a time."""

    def __init__(
        self,
        sink: Any,
        spawn: Spawn,
        *,
        failures: tuple[type[BaseException], ...],
        is_stranded: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sink = sink
        self.spawn = spawn
        #: What concerns the export alone; anything else goes on through the loop.
        self._failures = failures
        #: Whether what is under way can never end, since nothing runs its loop any more.
        self.is_stranded = is_stranded
        self._lock = threading.Lock()
        self._ended = False
        self._waiting: Future[None] | None = None
        # The loop's alone.
        self._running: tuple[anyio.CancelScope, anyio.Event] | None = None
        deliveries.add(self)

    def __call__(self, snapshots: tuple[MetricSnapshot, ...]) -> None:
        done: Future[None] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("the producer was left before its metrics sink had taken everything")
            self._waiting = done
        try:
            self.spawn(partial(self._run, snapshots, done))
            done.result()
        finally:
            self._waiting = None

    async def _run(self, snapshots: tuple[MetricSnapshot, ...], done: Future[None]) -> None:
        if done.done():
            return
        scope, over = self._running = anyio.CancelScope(), anyio.Event()
        try:
            with scope:
                await _export(self._sink, snapshots)
                done.set_result(None)
        except self._failures as error:
            _fail(done, error)
        finally:
            _fail(done, RuntimeError("the export was cancelled"))
            self._running = None
            over.set()

    def give_up(self) -> None:
        """Nobody waits for the sink any more. Any thread."""
        with self._lock:
            self._ended = True
            waiting = self._waiting
        if waiting is not None:
            _fail(waiting, RuntimeError("the producer was left before its metrics sink had taken this export"))

    async def end(self) -> None:
        """In the loop: what is still under way, which the core has waited for already, is cancelled."""
        self.give_up()
        if self._running is not None:
            scope, over = self._running
            scope.cancel()
            with anyio.move_on_after(_patience, shield=True):
                await over.wait()


#: For the end of the interpreter.
deliveries: weakref.WeakSet[Delivery] = weakref.WeakSet()


def forget_after_fork() -> None:
    """In a child: whoever waits is in the parent, and may have held locks."""
    global deliveries
    deliveries = weakref.WeakSet()


def give_up_stranded() -> None:
    for delivery in list(deliveries):
        if delivery.is_stranded():
            delivery.give_up()


def give_up_all() -> None:
    for delivery in list(deliveries):
        delivery.give_up()


def _spawn_in_asyncio(loop: asyncio.AbstractEventLoop) -> Spawn:
    running: set[asyncio.Future[None]] = set()  # the loop itself keeps no task alive

    def start(run: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(run())
        running.add(task)
        task.add_done_callback(running.discard)

    return lambda run: loop.call_soon_threadsafe(start, run)


def _spawn_in_trio() -> Spawn:
    import trio

    token = trio.lowlevel.current_trio_token()
    # A system task is cancelled when the loop ends.
    return lambda run: token.run_sync_soon(trio.lowlevel.spawn_system_task, run)


async def _enter(sink: Any, stack: AsyncExitStack) -> None:
    if hasattr(sink, "__aenter__"):
        await stack.enter_async_context(sink)
    elif hasattr(sink, "__enter__"):
        stack.enter_context(sink)


async def enter_sink(
    config: Config, stack: AsyncExitStack, failures: tuple[type[BaseException], ...] = (Exception,)
) -> Delivery | None:
    """Enters the sink, where it is written in Python. The running event loop is where it is run, too; `failures` of it
    do not reach that."""
    if not is_in_python(config):
        return None
    sink = config.metrics_sink
    await _enter(sink, stack)
    if _loop.in_trio():
        delivery = Delivery(sink, _spawn_in_trio(), failures=failures)
    else:
        loop = asyncio.get_running_loop()
        delivery = Delivery(sink, _spawn_in_asyncio(loop), failures=failures, is_stranded=loop.is_closed)
    stack.push_async_callback(delivery.end)
    return delivery


def describe(producer: Producer | SyncProducer) -> str:
    """What `repr` says of a producer."""
    name = type(producer).__name__
    region = producer.config.endpoint_url or producer.config.region
    if producer._is_open:
        return f"<{name} {region}: {producer.outstanding_records} outstanding>"
    if producer._is_parents:
        return f"<{name} {region}: entered in the process that this one was forked from>"
    return f"<{name} {region}: {'closed' if producer._was_entered else 'not entered'}>"


__all__ = ["Delivery", "describe", "enter_sink", "is_in_python"]
