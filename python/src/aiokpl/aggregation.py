"""Records, and the KPL's aggregated format."""

from __future__ import annotations

from dataclasses import dataclass

from aiokpl._core import decode_aggregated, encode_aggregated, is_aggregated

#: The first bytes of an aggregate.
MAGIC: bytes = b"\xf3\x89\x9a\xc2"


@dataclass(slots=True, frozen=True)
class Tag:
    """A tag of the KPL's aggregated format. It reaches consumers that read aggregates, and nobody else."""

    key: str
    value: str | None = None


@dataclass(slots=True, frozen=True)
class UserRecord:
    """A record as it is submitted in bulk, or packed into an aggregate."""

    partition_key: str | None
    data: bytes
    explicit_hash_key: str | int | None = None
    tags: tuple[Tag, ...] = ()


@dataclass(slots=True, frozen=True)
class DecodedRecord:
    """A record out of an aggregate."""

    partition_key: str
    explicit_hash_key: str | None
    data: bytes
    tags: tuple[Tag, ...]


__all__ = ["MAGIC", "DecodedRecord", "Tag", "UserRecord", "decode_aggregated", "encode_aggregated", "is_aggregated"]
