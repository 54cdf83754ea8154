"""What a local Kinesis is made with, and what it tells."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Union

from aiokpl import _core
from aiokpl.aggregation import DecodedRecord


def check_whole_number(field: str, value: object, least: int, most: int) -> None:
    """Raises TypeError or ValueError with the field's name."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{field}: must be int, got {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{field}: must be {least} to {most}, got {value!r}")


def _number(field: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{field}: must be a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{field}: must be a finite number, got {value!r}")


def _boolean(field: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{field}: must be bool, got {value!r}")


def _text(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{field}: must be str, got {value!r}")


@dataclass(slots=True, frozen=True)
class StreamSpec:
    """A stream as it is created. A wrong value raises ValueError or TypeError with the field's name."""

    #: 1 to 128 of `[a-zA-Z0-9_.-]`.
    name: str
    #: 1 to 10,000.
    shards: int = 1
    #: ON_DEMAND instead of PROVISIONED.
    on_demand: bool = False
    #: The AUTO distribution strategy: keys are ignored and records spread evenly. Implies `on_demand`.
    automatic_distribution: bool = False
    #: Data and partition key of one Kinesis record, 1024 to 10240.
    max_record_size_kib: int = 1024

    def __post_init__(self) -> None:
        _text("name", self.name)
        if not re.fullmatch("[a-zA-Z0-9_.-]{1,128}", self.name):
            raise ValueError(f"name: must be 1 to 128 of a-z, A-Z, 0-9, _ . -, got {self.name!r}")
        check_whole_number("shards", self.shards, 1, 10_000)
        _boolean("on_demand", self.on_demand)
        _boolean("automatic_distribution", self.automatic_distribution)
        check_whole_number("max_record_size_kib", self.max_record_size_kib, 1024, 10_240)

    @classmethod
    def parse(cls, text: str) -> StreamSpec:
        """From "NAME" (one shard), "NAME:4", "NAME:on-demand" or "NAME:auto", as `aiokpl local --stream` takes it."""
        _text("streams", text)
        return cls(*_core.parse_stream_spec(text))


#: How streams are named to a LocalKinesis: {"orders": 4, "spread": "auto"}, ["orders:4", StreamSpec("logs")].
Streams = Union[Mapping[str, Union[int, str]], Iterable[Union[str, StreamSpec]]]


def stream_spec(stream: object, shards: object = None) -> StreamSpec:
    """One stream, in any of the ways to name it."""
    if isinstance(stream, StreamSpec):
        if shards is not None:
            raise TypeError(f"shards: stands in the StreamSpec already, got {shards!r}")
        return stream
    if not isinstance(stream, str):
        raise TypeError(f"streams: must be names, texts such as 'orders:4', or StreamSpecs, got {stream!r}")
    if shards is None:
        return StreamSpec.parse(stream)
    problem = f"streams[{stream!r}]: must be a number of shards, 'on-demand' or 'auto', got {shards!r}"
    if isinstance(shards, bool) or not isinstance(shards, (int, str)):
        raise TypeError(problem)
    if isinstance(shards, str) and shards not in ("auto", "on-demand"):
        raise ValueError(problem)
    try:
        return StreamSpec.parse(f"{stream}:{shards}") if isinstance(shards, str) else StreamSpec(stream, shards)
    except ValueError as error:
        raise ValueError(f"streams[{stream!r}]: {error}") from None


def stream_specs(streams: object) -> tuple[StreamSpec, ...]:
    """All streams to begin with."""
    if isinstance(streams, (str, StreamSpec)):
        raise TypeError(f"streams: must be a mapping or a list, got {streams!r}; put it into brackets")
    if isinstance(streams, Mapping):
        specs = tuple(stream_spec(name, shards) for name, shards in streams.items())
    elif isinstance(streams, Iterable):
        specs = tuple(stream_spec(one) for one in streams)
    else:
        raise TypeError(f"streams: must be a mapping or a list, got {streams!r}")
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"streams: {name!r} is there more than once")
    return specs


@dataclass(slots=True, frozen=True)
class Faults:
    """What goes wrong on purpose. Rates are 0 to 1. The same seed and the same order of requests give the same faults.

    A request is put to them in the order of the fields. A wrong value raises ValueError or TypeError with the field's
    name.
    """

    #: Every answer waits so long, plus up to `latency_jitter_ms`; each is at most an hour.
    latency_ms: float = 0.0
    latency_jitter_ms: float = 0.0
    #: The connection closes before the request is processed.
    drop_rate: float = 0.0
    #: A whole request answers 500 InternalFailure.
    request_error_rate: float = 0.0
    #: A whole request answers 400 LimitExceededException (ProvisionedThroughputExceededException where it puts or gets
    #: records).
    request_throttle_rate: float = 0.0
    #: A Kinesis record answers ProvisionedThroughputExceededException.
    throttle_rate: float = 0.0
    #: A Kinesis record answers InternalFailure.
    internal_error_rate: float = 0.0
    #: Processed and stored, but the connection closes instead of answering.
    drop_after_rate: float = 0.0
    #: Processed and stored, but the answer ends in the middle and the connection closes.
    truncate_rate: float = 0.0
    #: Processed and stored, but the answer's body is noise.
    garbage_rate: float = 0.0
    #: Processed and stored, but PutRecords answers for one record less than it was sent.
    wrong_count_rate: float = 0.0
    #: ListShards goes on telling each stream's shards as they were when this was switched on.
    stale_list_shards: bool = False
    #: These operations ("ListShards") answer AccessDeniedException.
    refused_operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.refused_operations, str):
            raise TypeError(f"refused_operations: must be a tuple of names, got {self.refused_operations!r}")
        object.__setattr__(self, "refused_operations", tuple(self.refused_operations))
        for operation in self.refused_operations:
            _text("refused_operations", operation)
        _boolean("stale_list_shards", self.stale_list_shards)
        for one in fields(self)[:-2]:
            _number(one.name, getattr(self, one.name))
        _core.check_faults(faults_to_json(self))


def faults_to_json(faults: Faults) -> str:
    """As the core takes them; it has the same names for them."""
    return json.dumps(asdict(faults))


def faults_from_json(text: str) -> Faults:
    """As the core tells them."""
    return Faults(**json.loads(text))


@dataclass(slots=True, frozen=True)
class ShardInfo:
    """A shard, open or closed."""

    id: str
    first_hash_key: int
    last_hash_key: int
    parent: str | None
    adjacent_parent: str | None
    starting_sequence_number: str
    #: Given when the shard is closed.
    ending_sequence_number: str | None

    @property
    def open(self) -> bool:
        """Whether records are still put into it."""
        return self.ending_sequence_number is None


@dataclass(slots=True, frozen=True)
class StoredRecord:
    """A Kinesis record as it is kept."""

    shard_id: str
    sequence_number: str
    #: Empty where an AUTO stream's record came without one.
    partition_key: str
    explicit_hash_key: str | None
    data: bytes
    #: Seconds since the epoch.
    arrival: float


@dataclass(slots=True, frozen=True)
class ConsumedRecord(DecodedRecord):
    """A user record as a consumer meets it, and where it was."""

    shard_id: str
    #: Of the Kinesis record that it came in.
    sequence_number: str
    #: Its place in that one's aggregate; 0 where there is none.
    sub_sequence_number: int
    #: Whether it came in an aggregate.
    aggregated: bool
    #: Seconds since the epoch.
    arrival: float


@dataclass(slots=True, frozen=True)
class Counters:
    """What has happened since the start."""

    #: By operation, faults included.
    requests: Mapping[str, int]
    connections: int
    records_stored: int
    records_throttled: int
    records_failed: int
    #: Data and partition keys of the records stored.
    bytes_stored: int
    #: Bodies of all requests.
    bytes_received: int
    connections_dropped: int
    answers_spoilt: int
    requests_refused: int


@dataclass(slots=True, frozen=True)
class Options:
    """The arguments of a LocalKinesis, checked."""

    streams: tuple[StreamSpec, ...]
    address: str
    port: int
    tls: bool
    tls_port: int
    tls_ciphersuites: str
    region: str
    discard: bool
    enforce_limits: bool
    retention_bytes: int
    retention_seconds: float
    transition_ms: float
    seed: int
    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    clock_skew_seconds: float
    threads: int

    def __post_init__(self) -> None:
        for name in ("address", "tls_ciphersuites", "region"):
            _text(name, getattr(self, name))
        for name in ("tls", "discard", "enforce_limits"):
            _boolean(name, getattr(self, name))
        check_whole_number("port", self.port, 0, 65_535)
        check_whole_number("tls_port", self.tls_port, 0, 65_535)
        check_whole_number("retention_bytes", self.retention_bytes, 0, 2**64 - 1)
        check_whole_number("seed", self.seed, 0, 2**64 - 1)
        check_whole_number("threads", self.threads, 1, 64)
        self._check_times()
        self._check_keys()

    def _check_times(self) -> None:
        # More than three centuries do not fit the core's clocks.
        century = 3_155_760_000
        for name, least, most in (
            ("retention_seconds", 1, century),
            ("transition_ms", 0, 1000 * century),
            ("clock_skew_seconds", -century, century),
        ):
            value = getattr(self, name)
            _number(name, value)
            if not least <= value <= most:
                raise ValueError(f"{name}: must be {least} to {most}, got {value!r}")

    def _check_keys(self) -> None:
        for name in ("access_key_id", "secret_access_key"):
            value: Any = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name}: must be str or None, got {type(value).__name__}")
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError("access_key_id and secret_access_key come together or not at all")
