"""What became of a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Attempt:
    """One try to store a record, or the reason for which none was made. Times are seconds since the epoch."""

    started_at: float
    ended_at: float
    success: bool
    shard_id: str | None = None
    sequence_number: str | None = None
    #: On failure: the service's own code, or one of the library's, such as "Expired".
    error_code: str | None = None
    error_message: str | None = None


@dataclass(slots=True, frozen=True)
class RecordResult:
    """How a record ended, with all of its attempts. Records that ended together may share one of these."""

    success: bool
    #: Where it is stored, on success.
    shard_id: str | None
    sequence_number: str | None
    #: In order. Of more than 100 attempts the first 10 and the last 90 are kept.
    attempts: tuple[Attempt, ...]
    #: How many attempts were left out of `attempts`.
    attempts_omitted: int = 0


__all__ = ["Attempt", "RecordResult"]
