"""A sink for tests, and for programs that publish metrics themselves."""

from __future__ import annotations

from collections.abc import Sequence

from aiokpl.metrics import MetricSnapshot


class InMemorySink:
    """Keeps every export."""

    __slots__ = ("_exports",)

    def __init__(self) -> None:
        self._exports: list[tuple[MetricSnapshot, ...]] = []

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        """Keeps what came since the last export."""
        self._exports.append(tuple(snapshots))

    @property
    def exports(self) -> tuple[tuple[MetricSnapshot, ...], ...]:
        """In the order in which they came."""
        return tuple(self._exports)

    @property
    def all_snapshots(self) -> tuple[MetricSnapshot, ...]:
        """Those of all exports."""
        return tuple(one for export in self._exports for one in export)

    def by_name(self, name: str) -> tuple[MetricSnapshot, ...]:
        """Those of one metric, such as "UserRecordsPut"."""
        return tuple(one for one in self.all_snapshots if one.name == name)

    def clear(self) -> None:
        """Drops what was kept."""
        self._exports.clear()

    def __repr__(self) -> str:
        return f"<InMemorySink: {len(self._exports)} exports>"


__all__ = ["InMemorySink"]
