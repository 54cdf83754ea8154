"""How the core's threads reach an event loop: by a file descriptor that becomes readable.

One mailbox serves a loop, whatever number of producers and outcomes is waited for in it.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from typing import Any, Protocol

import anyio.lowlevel

from aiokpl import _core


class Waitable(Protocol):
    """Something of the core's that ends once."""

    def _arm(self, mailbox: _core.Mailbox, /) -> int:
        """The ticket that the mailbox will get, or 0 when there is nothing to wait for."""
        ...


class _AsyncioMailbox:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.core = _core.mailbox()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        loop.add_reader(self.core.descriptor, self._deliver)

    def __del__(self) -> None:
        # What is outstanding still holds the core's part, which would keep its descriptor.
        self.core.close()

    def _deliver(self) -> None:
        for ticket in self.core.take():
            future = self._waiting.pop(ticket, None)
            if future is not None and not future.done():
                future.set_result(None)

    async def delivery(self, ticket: int) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        try:
            await future
        finally:
            self._waiting.pop(ticket, None)


class _TrioMailbox:
    def __init__(self) -> None:
        import trio

        self.core = _core.mailbox()
        self._waiting: dict[int, Any] = {}
        # A system task ends with the loop.
        trio.lowlevel.spawn_system_task(self._run)

    async def _run(self) -> None:
        import trio

        try:
            while True:
                await trio.lowlevel.wait_readable(self.core.descriptor)
                for ticket in self.core.take():
                    event = self._waiting.pop(ticket, None)
                    if event is not None:
                        event.set()
        finally:
            # The loop is over, and nobody knows when it is collected.
            self.core.close()

    async def delivery(self, ticket: int) -> None:
        import trio

        event = trio.Event()
        self._waiting[ticket] = event
        try:
            await event.wait()
        finally:
            self._waiting.pop(ticket, None)


# A loop has its mailbox by the reader that it was given, and lets go of it when it is closed. More than a weak reference
# here would keep the loop, by way of the futures that wait in the mailbox.
_asyncio_mailboxes: weakref.WeakKeyDictionary[Any, weakref.ref[_AsyncioMailbox]] = weakref.WeakKeyDictionary()
_trio_mailbox: Any = None  # a trio.lowlevel.RunVar, once trio is used


def in_trio() -> bool:
    """Whether the running task is one of trio's, which may itself run inside asyncio."""
    trio = sys.modules.get("trio")
    return trio is not None and trio.lowlevel.in_trio_task()


def _current_mailbox() -> _AsyncioMailbox | _TrioMailbox:
    if in_trio():
        return _current_trio_mailbox()
    loop = asyncio.get_running_loop()
    known = _asyncio_mailboxes.get(loop)
    mailbox = None if known is None else known()
    if mailbox is None:
        mailbox = _AsyncioMailbox(loop)
        _asyncio_mailboxes[loop] = weakref.ref(mailbox)
    return mailbox


def _current_trio_mailbox() -> _TrioMailbox:
    global _trio_mailbox
    import trio

    if _trio_mailbox is None:
        _trio_mailbox = trio.lowlevel.RunVar("aiokpl mailbox")
    try:
        mailbox: _TrioMailbox = _trio_mailbox.get()
    except LookupError:
        mailbox = _TrioMailbox()
        _trio_mailbox.set(mailbox)
    return mailbox


async def until(waitable: Waitable) -> None:
    """Waits in the running event loop until `waitable` is over."""
    mailbox = _current_mailbox()
    while ticket := waitable._arm(mailbox.core):
        await mailbox.delivery(ticket)


async def breathe() -> None:
    """Lets the event loop run once."""
    await anyio.lowlevel.checkpoint()


def forget_after_fork() -> None:
    """In a child, other threads may have held the mailboxes' locks: they are left alone for good."""
    global _asyncio_mailboxes, _trio_mailbox
    _abandoned.append(([mailbox() for mailbox in _asyncio_mailboxes.values()], _trio_mailbox))
    _asyncio_mailboxes = weakref.WeakKeyDictionary()
    _trio_mailbox = None


_abandoned: list[Any] = []
