"""The sink that takes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from aiokpl.metrics import MetricSnapshot


class NullSink:
    """The same as no sink."""

    __slots__ = ()
    _native = None

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        """Drops them."""

    def __repr__(self) -> str:
        return "NullSink()"


__all__ = ["NullSink"]
