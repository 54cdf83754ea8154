"""Ties the package to its core: the classes that the core makes, logging, forks, and the end of the interpreter."""

from __future__ import annotations

import atexit
import logging
import os
import weakref
from contextlib import ExitStack
from typing import Any

from aiokpl import _core, _delivery, _loop
from aiokpl.aggregation import DecodedRecord, Tag, UserRecord
from aiokpl.metrics import MetricSnapshot
from aiokpl.result import Attempt, RecordResult

_logger = logging.getLogger("aiokpl")

#: Producers that were entered, for the end of the interpreter.
entered: weakref.WeakSet[Any] = weakref.WeakSet()

#: Local Kinesises that serve, for the same: after the producers, which may be putting into them.
serving: weakref.WeakSet[Any] = weakref.WeakSet()


class SyncOutcomeCancelled(Exception):
    """A wait on a SyncOutcome whose handle was let go of with `cancel`."""


def _log(level: int, text: str) -> None:
    _logger.log(level, "%s", text)


def _after_fork_in_child() -> None:
    global entered, serving
    _core.after_fork_in_child()
    _loop.forget_after_fork()
    _delivery.forget_after_fork()
    # Others, since a thread of the parent's may have been in these.
    entered, serving = weakref.WeakSet(), weakref.WeakSet()


def _leave_sink(producer: Any) -> None:
    # That of a Producer would need its event loop, which is gone.
    if isinstance(producer._sinks, ExitStack):
        try:
            producer._sinks.close()
        except Exception:
            _logger.exception("%r failed to leave its metrics sink", producer)


def close_forgotten(producer: Any, when: str) -> None:
    """Nobody left its `with`: what was accepted is still sent, for as long as leaving it would have waited."""
    _logger.warning("%r was not left %s: it is closed now", producer, when)
    try:
        producer._close_blocking()
    except BaseException:
        # Ctrl-C: who wants the end of the program does not want to wait for Kinesis.
        producer._abort()
        raise
    finally:
        producer._shut_down()
        _leave_sink(producer)


def _at_exit() -> None:
    _delivery.give_up_stranded()
    # The last one first, each whatever became of the others; after all of them what one raised, such as Ctrl-C.
    with ExitStack() as ends:
        ends.callback(_core.stop_logging)
        ends.callback(_core.at_exit)
        for kinesis in list(serving):
            ends.callback(kinesis.stop)
        ends.callback(_delivery.give_up_all)
        for producer in list(entered):
            if producer._is_open:
                ends.callback(close_forgotten, producer, "by the end of the program")


_core.set_log_handler(_log)
_core.register(
    record_result=RecordResult,
    attempt=Attempt,
    user_record=UserRecord,
    tag=Tag,
    decoded_record=DecodedRecord,
    snapshot=MetricSnapshot,
    cancelled=SyncOutcomeCancelled,
    until=_loop.until,
    breathe=_loop.breathe,
)
os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
