"""A Kinesis on this machine: for tests, and for development without an account."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal

from aiokpl import _core, _runtime
from aiokpl._local_types import (
    ConsumedRecord,
    Counters,
    Faults,
    Options,
    ShardInfo,
    StoredRecord,
    Streams,
    StreamSpec,
    check_whole_number,
    faults_from_json,
    faults_to_json,
    stream_spec,
    stream_specs,
)
from aiokpl.aggregation import Tag
from aiokpl.config import Config

#: What `LocalKinesis.fail_next` makes of a request; its docstring tells them apart.
FaultKind = Literal[
    "error", "drop", "drop_after", "truncate", "garbage", "wrong_count", "throttle_records", "fail_records"
]


class LocalKinesis:
    """A Kinesis on this machine. It serves while it is entered, on threads of its own, which need no GIL.

        with LocalKinesis(streams={"orders": 4}) as kinesis:
            with SyncProducer(kinesis.config()) as producer:
                producer.put_record(stream="orders", partition_key="user-1", data=b"hello").wait()
            assert kinesis.user_records("orders")[0].data == b"hello"

    Any client of Kinesis may use it, at `endpoint_url`. What it holds can be looked at after it was left, too. Every
    method may be called from any thread; what the service would refuse raises RuntimeError with the service's code.
    In a child of the process that made it, it can be put into, and nothing else.

    `streams`: {"orders": 4, "spread": "auto", "big": "on-demand"}, or ["orders:4", "spread:auto", StreamSpec(...)].
    `port`, `tls_port`: 0 takes any free one. `tls`: HTTPS too, with a certificate made at the start.
    `tls_ciphersuites`: the only ones of TLS 1.3 to offer, by OpenSSL's names with colons between; older versions are
    off then. `discard`: records are answered, but not kept. `enforce_limits`: 1,000 records and 1 MiB a second and
    shard. `retention_bytes`, `retention_seconds`: what a stream keeps, beyond which its oldest records go.
    `transition_ms`: how long a stream stays CREATING, UPDATING or DELETING.
    `seed`: of faults, and of the spreading of AUTO streams. `faults`: to begin with.
    `access_key_id`, `secret_access_key`: requests must be signed with them; without, signatures are not looked at.
    `clock_skew_seconds`: how far the service's clock is ahead. `threads`: that serve connections.
    """

    def __init__(
        self,
        streams: Streams = (),
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        tls_port: int = 0,
        tls_ciphersuites: str = "",
        region: str = "us-east-1",
        discard: bool = False,
        enforce_limits: bool = False,
        retention_bytes: int = 1 << 30,
        retention_seconds: float = 86_400.0,
        transition_ms: float = 0.0,
        seed: int = 1,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        clock_skew_seconds: float = 0.0,
        faults: Faults | None = None,
        threads: int = 1,
    ) -> None:
        self._options = Options(
            streams=stream_specs(streams),
            address=address,
            port=port,
            tls=tls,
            tls_port=tls_port,
            tls_ciphersuites=tls_ciphersuites,
            region=region,
            discard=discard,
            enforce_limits=enforce_limits,
            retention_bytes=retention_bytes,
            retention_seconds=retention_seconds,
            transition_ms=transition_ms,
            seed=seed,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            clock_skew_seconds=clock_skew_seconds,
            threads=threads,
        )
        self._core = _core.LocalKinesisCore(self._options)
        self._certificate: _CertificateFile | None = None
        if faults is not None:
            self.set_faults(faults)

    def start(self) -> None:
        """Listens and serves; what `with` does. Raises OSError when an address or port is not to be had.

        It may be started again after it was stopped, with the streams that it had; with `port=0` on another port.
        """
        if self._core.serving:
            raise RuntimeError(f"LocalKinesis is running already, at {self._core.endpoint_url}")
        self._core.start()
        _runtime.serving.add(self)

    def stop(self) -> None:
        """Closes every connection; what leaving the `with` does. Streams stay."""
        self._core.stop()
        if self._certificate is not None:
            self._certificate.remove()
            self._certificate = None

    def __enter__(self) -> LocalKinesis:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> LocalKinesis:
        self.start()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # It waits for nobody: connections are cut.
        self.stop()

    @property
    def region(self) -> str:
        """What stands in ARNs."""
        return self._options.region

    @property
    def port(self) -> int:
        """Where HTTP is spoken."""
        return self._core.port

    @property
    def endpoint_url(self) -> str:
        """ "http://127.0.0.1:4567" """
        return self._core.endpoint_url

    @property
    def tls_endpoint_url(self) -> str | None:
        """ "https://127.0.0.1:4568"; None without `tls`. """
        return self._core.tls_endpoint_url or None

    @property
    def certificate_pem(self) -> str | None:
        """What clients of TLS have to trust; None without `tls`."""
        return self._core.certificate_pem or None

    @property
    def certificate_file(self) -> str | None:
        """The same in a file, which is there from the first look at it until this is left; None without `tls`."""
        pem = self.certificate_pem
        if pem is None:
            return None
        if self._certificate is not None:
            return self._certificate.path
        if not self._core.serving:
            raise RuntimeError("certificate_file: there is one while LocalKinesis is running")
        self._certificate = _CertificateFile(pem)
        return self._certificate.path

    def config(self, **overrides: Any) -> Config:
        """What a producer needs to put into it, over TLS where that is on; `overrides` are fields of Config."""
        fields: dict[str, Any] = {
            "region": self.region,
            "endpoint_url": self.tls_endpoint_url or self.endpoint_url,
            "aws_access_key_id": self._options.access_key_id or "local",
            "aws_secret_access_key": self._options.secret_access_key or "local",
        }
        if self._options.tls:
            fields["ca_bundle"] = self.certificate_file
        return Config(**{**fields, **overrides})

    def set_faults(self, faults: Faults) -> None:
        """These from now on, instead of those that were set before."""
        if not isinstance(faults, Faults):
            raise TypeError(f"faults: must be Faults, got {faults!r}")
        self._core.set_faults(faults_to_json(faults))

    def faults(self) -> Faults:
        """What goes wrong now."""
        return faults_from_json(self._core.faults())

    def fail_next(
        self,
        operation: str | None = None,
        kind: FaultKind = "error",
        *,
        times: int = 1,
        status: int = 500,
        code: str = "InternalFailure",
        message: str = "Internal service failure.",
    ) -> None:
        """The next `times` requests for `operation` ("PutRecords"; None: any) meet this before any other fault.

        "error" answers with `status`, `code` and `message`, "drop" closes the connection; nothing is stored then.
        These store: "drop_after" closes the connection, "truncate" answers half, "garbage" noise, "wrong_count" for
        one record less. "throttle_records" and "fail_records" concern every record of a PutRecords, and answer
        ProvisionedThroughputExceededException or InternalFailure for it.
        """
        check_whole_number("times", times, 0, 2**32 - 1)
        check_whole_number("status", status, 200, 599)
        self._core.fail_next(operation or "", kind, status, code, message, times)

    def set_stalled(self, stalled: bool) -> None:
        """While stalled, requests are read, but nothing is answered. What waited is answered afterwards."""
        self._core.set_stalled(stalled)

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Stalled for as long as the `with` lasts."""
        self.set_stalled(True)
        try:
            yield
        finally:
            self.set_stalled(False)

    def create_stream(self, stream: str | StreamSpec, shards: int | str | None = None) -> None:
        """`create_stream("orders", 4)`, `create_stream("orders:4")`, or a StreamSpec."""
        self._core.create_stream(stream_spec(stream, shards))

    def delete_stream(self, stream: str) -> None:
        """With all that it holds."""
        self._core.delete_stream(stream)

    def split_shard(self, stream: str, shard_id: str, new_starting_hash_key: int | None = None) -> None:
        """At that hash key; without one, in the middle."""
        self._core.split_shard(stream, shard_id, None if new_starting_hash_key is None else str(new_starting_hash_key))

    def merge_shards(self, stream: str, shard_id: str, adjacent_shard_id: str) -> None:
        """Two shards whose ranges touch become one."""
        self._core.merge_shards(stream, shard_id, adjacent_shard_id)

    def set_distribution(self, stream: str, automatic: bool) -> None:
        """AUTO or USER_PARTITION_KEY, at once. The stream becomes ON_DEMAND when it was not."""
        self._core.set_distribution(stream, automatic)

    def streams(self) -> list[str]:
        """The names of all streams."""
        return self._core.streams()

    def shards(self, stream: str) -> list[ShardInfo]:
        """Every shard that is still known, closed ones too, by id."""
        return [ShardInfo(*row) for row in self._core.shards(stream)]

    def records(self, stream: str) -> list[StoredRecord]:
        """The Kinesis records that a stream holds: shard by shard, the oldest first."""
        return [StoredRecord(*row) for row in self._core.records(stream)]

    def user_records(self, stream: str) -> list[ConsumedRecord]:
        """What a consumer sees: aggregates unpacked, shard by shard, the oldest first.

        As the Kinesis Client Library does, it leaves out an aggregate with a record that lies outside its shard.
        """
        return [
            ConsumedRecord(key, hash_key, data, tuple(Tag(*tag) for tag in tags), shard, number, place, packed, arrival)
            for key, hash_key, data, tags, shard, number, place, packed, arrival in self._core.user_records(stream)
        ]

    def counters(self) -> Counters:
        """What has happened since the start."""
        return Counters(*self._core.counters())

    def __repr__(self) -> str:
        if not self._core.serving:
            return "<LocalKinesis: not running>"
        return f"<LocalKinesis {self._core.endpoint_url}>"


class _CertificateFile:
    """A temporary file that goes with this object."""

    def __init__(self, pem: str) -> None:
        descriptor, self.path = tempfile.mkstemp(prefix="aiokpl-local-", suffix=".pem")
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(pem)
        self._process = os.getpid()

    def remove(self) -> None:
        # A child of the process has a copy of this object, and must leave the file alone.
        if self._process == os.getpid():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.remove()


__all__ = [
    "ConsumedRecord",
    "Counters",
    "FaultKind",
    "Faults",
    "LocalKinesis",
    "ShardInfo",
    "StoredRecord",
    "StreamSpec",
    "Streams",
]
