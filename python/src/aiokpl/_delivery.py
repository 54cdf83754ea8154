"""How exports of metrics get from the core's thread to a sink that is written in Python."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

from anyio.from_thread import start_blocking_portal

from aiokpl import _loop
from aiokpl.metrics import MetricEvent, MetricSnapshot, MetricsLevel

if TYPE_CHECKING:
    from aiokpl.config import Config
    from aiokpl.producer import Producer
    from aiokpl.sync import SyncProducer

#: Called on the core's thread; returns when the sink has taken the snapshots, raises what it raised.
Deliver = Callable[[tuple[MetricSnapshot, ...]], None]


def _python_sink(config: Config) -> Any:
    """The sink, where the core needs Python to reach it."""
    sink = config.metrics_sink
    if sink is None or config.metrics_level is MetricsLevel.NONE or hasattr(sink, "_native"):
        return None
    return sink


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


async def _enter(sink: Any, stack: AsyncExitStack) -> None:
    if hasattr(sink, "__aenter__"):
        await stack.enter_async_context(sink)
    elif hasattr(sink, "__enter__"):
        stack.enter_context(sink)


async def enter_sink(config: Config, stack: AsyncExitStack) -> Deliver | None:
    """For a producer in the running event loop, which is where the sink is run, too."""
    sink = _python_sink(config)
    if sink is None:
        return None
    await _enter(sink, stack)
    if _loop.in_trio():
        import trio

        token = trio.lowlevel.current_trio_token()
        return lambda snapshots: trio.from_thread.run(_export, sink, snapshots, trio_token=token)
    loop = asyncio.get_running_loop()

    def deliver(snapshots: tuple[MetricSnapshot, ...]) -> None:
        asyncio.run_coroutine_threadsafe(_export(sink, snapshots), loop).result()

    return deliver


def enter_sink_in_portal(config: Config, backend: str, stack: ExitStack) -> Deliver | None:
    """For a SyncProducer: the sink gets an event loop of its own."""
    sink = _python_sink(config)
    if sink is None:
        return None
    portal = stack.enter_context(start_blocking_portal(backend))
    if hasattr(sink, "__aenter__"):
        stack.enter_context(portal.wrap_async_context_manager(sink))
    elif hasattr(sink, "__enter__"):
        stack.enter_context(sink)
    return lambda snapshots: portal.call(_export, sink, snapshots)


def describe(producer: Producer | SyncProducer) -> str:
    """What `repr` says of a producer."""
    name = type(producer).__name__
    region = producer.config.endpoint_url or producer.config.region
    if producer._is_open:
        return f"<{name} {region}: {producer.outstanding_records} outstanding>"
    return f"<{name} {region}: {'closed' if producer._was_entered else 'not entered'}>"


__all__ = ["Deliver", "describe", "enter_sink", "enter_sink_in_portal"]
