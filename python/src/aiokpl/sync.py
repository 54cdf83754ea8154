"""The producer for programs without an event loop."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from aiokpl import _core, _delivery, _runtime, _sink_thread
from aiokpl._core import SyncOutcome, SyncOutcomes
from aiokpl._runtime import SyncOutcomeCancelled
from aiokpl._authorities import with_authorities
from aiokpl.config import Config
from aiokpl.metrics import Metrics
from aiokpl.producer import require_config


class SyncProducer(_core.SyncProducerBase):
    """The same as Producer, by blocking; any thread may use it.

        with SyncProducer(config) as producer:
            outcome = producer.put_record(stream="events", partition_key="user-1", data=b"hello")
            result = outcome.wait(timeout=5.0)

    `backend`, "asyncio" or "trio", is the event loop that a metrics sink written in Python is run in.
    """

    def __init__(self, config: Config, *, backend: str = "asyncio") -> None:
        super().__init__()
        if backend not in ("asyncio", "trio"):
            raise ValueError(f"backend: must be 'asyncio' or 'trio', got {backend!r}")
        self._config = require_config(config)
        self._backend = backend
        self._sinks = ExitStack()
        self._delivery: _delivery.Delivery | None = None
        self._metrics = Metrics(self, config.metrics_level, config.metrics_sink)

    def __enter__(self) -> SyncProducer:
        first = not self._was_entered
        if first:
            self._delivery = _sink_thread.enter_sink(self._config, self._backend, self._sinks)
        try:
            self._enter(with_authorities(self._config), self._delivery)
        except BaseException:
            if first:
                self._sinks.close()
            raise
        _runtime.entered.add(self)
        return self

    def __exit__(
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
        try:
            if self._is_open:
                self._close_blocking()
        except BaseException:
            # A second Ctrl-C wants an end now.
            if self._delivery is not None:
                self._delivery.give_up()
            self._abort()
            raise
        finally:
            self._shut_down()
            self._sinks.close()

    def __del__(self) -> None:
        if self._is_open:
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


__all__ = ["SyncOutcome", "SyncOutcomeCancelled", "SyncOutcomes", "SyncProducer"]
