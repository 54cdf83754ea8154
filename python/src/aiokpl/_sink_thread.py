"""An event loop on a thread of its own, for a sink that is written in Python where the program has no loop."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING

import anyio

from aiokpl import _delivery

if TYPE_CHECKING:
    from aiokpl.config import Config

_logger = logging.getLogger("aiokpl")

#: Seconds that leaving waits for a sink which blocks its loop, so that it cannot be cancelled.
_patience = 10.0


def _run(
    config: Config,
    backend: str,
    entered: Future[tuple[_delivery.Delivery, Callable[[], object]]],
    left: Future[None],
) -> None:
    async def live() -> None:
        async with AsyncExitStack() as stack:
            # The loop is not the program's: what would end a program does not end it.
            delivery = await _delivery.enter_sink(config, stack, (Exception, KeyboardInterrupt, SystemExit))
            assert delivery is not None
            stop = anyio.Event()

            async def end() -> None:
                stop.set()

            entered.set_result((delivery, lambda: delivery.spawn(end)))
            await stop.wait()

    try:
        anyio.run(live, backend=backend)
    except BaseException as error:
        (left if entered.done() else entered).set_exception(error)
    else:
        left.set_result(None)


class SinkThread:
    """The sink is entered, asked for its exports and left in one task of that thread."""

    def __init__(self, config: Config, backend: str) -> None:
        entered: Future[tuple[_delivery.Delivery, Callable[[], object]]] = Future()
        self._left: Future[None] = Future()
        self._process = os.getpid()
        self._stop: Callable[[], object] | None = None
        # A daemon, since a program that forgot its producer has to end. It must not know of this object: that would
        # keep it.
        self._thread = threading.Thread(
            target=_run, args=(config, backend, entered, self._left), name="aiokpl metrics sink", daemon=True
        )
        self._thread.start()
        self.delivery, self._stop = entered.result()

    def _request_stop(self) -> bool:
        """False where it was requested before, and in a child of the process that has the thread."""
        stop, self._stop = self._stop, None
        if stop is None or self._process != os.getpid():
            return False
        stop()
        return True

    def close(self) -> None:
        """Leaves the sink and ends the thread. Raises what leaving it raised."""
        if not self._request_stop():
            return
        self.delivery.give_up()
        if wait([self._left], _patience).done:
            self._thread.join()
            self._left.result()
        else:
            _logger.warning("the metrics sink blocks its event loop: it is left behind")

    def __del__(self) -> None:
        # Of a producer that nobody left.
        self._request_stop()


def enter_sink(config: Config, backend: str, stack: ExitStack) -> _delivery.Delivery | None:
    """For a SyncProducer: enters the sink, where it is written in Python."""
    if not _delivery.is_in_python(config):
        return None
    thread = SinkThread(config, backend)
    stack.callback(thread.close)
    return thread.delivery


__all__ = ["SinkThread", "enter_sink"]
