"""The producer for event loops: asyncio, uvloop, trio."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

import anyio
import anyio.to_thread

from aiokpl import _core, _delivery, _runtime
from aiokpl._authorities import with_authorities
from aiokpl.config import Config
from aiokpl.metrics import Metrics


def require_config(config: object) -> Config:
    if not isinstance(config, Config):
        raise TypeError(f"config: must be a Config, got {type(config).__name__}")
    # Not when the Config is made: pages that explain it leave the sink out with an ellipsis.
    sink: object = config.metrics_sink
    if sink is not None and not callable(getattr(sink, "export", None)):
        raise TypeError(f"metrics_sink: must have an async method `export(snapshots)`, got {sink!r}")
    return config


class Producer(_core.ProducerBase):
    """Puts records into Kinesis Data Streams. One producer serves every stream; it serves once.

        async with Producer(config) as producer:
            outcome = await producer.put_record(stream="events", partition_key="user-1", data=b"hello")
            result = await outcome.wait()

    Making one is cheap: nothing starts before it is entered. Leaving sends what is buffered and waits for what is
    outstanding, for `shutdown_timeout_ms` at most; then the rest fails as "Aborted".
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = require_config(config)
        self._sinks = AsyncExitStack()
        self._delivery: _delivery.Delivery | None = None
        self._metrics = Metrics(self, config.metrics_level, config.metrics_sink)

    async def __aenter__(self) -> Producer:
        first = not self._was_entered
        if first:
            self._delivery = await _delivery.enter_sink(self._config, self._sinks)
        try:
            self._enter(with_authorities(self._config), self._delivery)
        except BaseException:
            if first:
                await self._sinks.aclose()
            raise
        _runtime.entered.add(self)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_parents:
            # Nothing of it is touched here. What the program raises, such as the SystemExit of a child, goes first.
            if exc is None:
                self._require_open()
            return
        end = self._shut_down
        try:
            if self._is_open:
                await self._close()
        except BaseException:
            # Whoever cancels the leaving wants an end now.
            end = self._abort_and_shut_down
            raise
        finally:
            with anyio.CancelScope(shield=True):
                # Waits for the core's threads, one of which may still want this loop for the last export.
                await anyio.to_thread.run_sync(end, limiter=anyio.CapacityLimiter(1))
                await self._sinks.aclose()

    def _abort_and_shut_down(self) -> None:
        self._abort()
        self._shut_down()

    def __del__(self) -> None:
        if self._is_open:
            if self._delivery is not None:
                # This may be the thread of the sink's loop, which would wait for itself.
                self._delivery.give_up()
            _runtime.close_forgotten(self, "before it was forgotten")

    @property
    def config(self) -> Config:
        """What it was made with."""
        return self._config

    @property
    def metrics(self) -> Metrics:
        """What it has measured; empty at MetricsLevel.NONE."""
        return self._metrics

    def __repr__(self) -> str:
        return _delivery.describe(self)


__all__ = ["Producer"]
