"""What the sinks of the core have in common."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from aiokpl import _core
from aiokpl.metrics import MetricSnapshot

Self = TypeVar("Self", bound="NativeSink")


class NativeSink:
    """A sink that the core itself exports to, on a thread of its own and without Python.

    A program may also call `export` itself, for instance in a sink of its own that hands on to several others. Such a
    program enters the sink (`async with`) or ends with `aclose()`: that sends what a sink keeps back.
    """

    __slots__ = ("__weakref__", "_native")

    _native: _core.NativeSink

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        """Sends the snapshots, in a worker thread. ExportDeferred means that the sink has taken them and will try
        again with the next export; any other exception that it has taken nothing."""
        await anyio.to_thread.run_sync(self._native.export, tuple(snapshots))

    async def aclose(self) -> None:
        """Sends what waits, and closes the connection; the sink may be used again. Nothing to do where only producers
        have exported, which do so themselves."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._native.stop)

    async def __aenter__(self: Self) -> Self:
        await anyio.to_thread.run_sync(self._native.start)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        # dataclasses.asdict of a Config copies what is in it.
        return self

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled: make it in the process that uses it")


def described(sink: object, **options: object) -> str:
    """For `repr`: what was given, of that which is no secret."""
    given = ", ".join(f"{name}={value!r}" for name, value in options.items() if value is not None)
    return f"{type(sink).__name__}({given})"


__all__ = ["NativeSink", "described"]
