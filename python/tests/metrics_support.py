"""What the tests of metrics share: a local Kinesis, a receiver of HTTP, and a run of a producer."""

from __future__ import annotations

import gzip
import json
import os
import queue
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import pytest
from aiokpl import (
    CloudWatchSink,
    Config,
    DatadogSink,
    MetricsLevel,
    MetricSnapshot,
    OtlpSink,
    Producer,
    PrometheusSink,
    SyncProducer,
)
from aiokpl.local import LocalKinesis

patience = 20.0
secret = "s3cr3t-of-the-sink"
#: Exports come this often in tests that wait for several.
often = {"metrics_upload_interval_ms": 100.0}


@pytest.fixture(scope="session")
def kinesis() -> Iterator[str]:
    """The URL of a local Kinesis with the stream "s" of two shards."""
    with LocalKinesis({"s": 2}) as local:
        yield local.endpoint_url


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    #: Where the connection came from.
    port: int

    def json(self) -> Any:
        return json.loads(self.body)


_unpack: dict[str | None, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}


@dataclass
class Receiver:
    """Takes POSTs on a port of its own. Answers with `statuses` first, then with 200."""

    requests: list[Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    #: Until this is set, nobody gets an answer.
    answering: threading.Event = field(default_factory=threading.Event)
    arrived: queue.Queue[Request] = field(default_factory=queue.Queue)
    url: str = ""

    def of_path(self, path: str) -> list[Request]:
        return [one for one in self.requests if one.path == path]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()
    received.answering.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                self.path, headers, _unpack[headers.get("content-encoding")](body), self.client_address[1]
            )
            status = received.statuses.pop(0) if received.statuses else 200
            if status == 200:
                received.requests.append(request)
            received.arrived.put(request)
            received.answering.wait(patience)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield received
    received.answering.set()
    server.shutdown()
    thread.join(patience)
    server.server_close()


def config(kinesis: str, sink: Any, **more: Any) -> Config:
    return Config(
        region="us-east-1",
        endpoint_url=kinesis,
        aws_access_key_id="an-id",
        aws_secret_access_key="of-kinesis",
        metrics_sink=sink,
        **{"metrics_level": MetricsLevel.SUMMARY, "record_max_buffered_time_ms": 20, **more},
    )


async def put(producer: Producer, records: int = 40) -> None:
    outcomes = await producer.put_records(stream="s", records=[(f"key-{i}", b"x" * (i + 1)) for i in range(records)])
    for result in await outcomes.wait():
        assert result.success


async def run(settings: Config, records: int = 40) -> tuple[MetricSnapshot, ...]:
    """Puts records with a producer; what it measured in its life."""
    async with Producer(settings) as producer:
        await put(producer, records)
    return producer.metrics.snapshots()


def sums(snapshots: Any) -> dict[str, float]:
    """Of each metric that is no gauge: what its series come to."""
    added: dict[str, float] = defaultdict(float)
    for one in snapshots:
        if one.kind != "gauge":
            added[one.name] += one.sum
    return dict(added)


def counts(snapshots: Any) -> dict[str, int]:
    added: dict[str, int] = defaultdict(int)
    for one in snapshots:
        if one.kind == "distribution":
            added[one.name] += one.count
    return dict(added)


class Recording:
    """Writes down what happens to it. `failures`: what its first exports raise."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.taken: list[tuple[MetricSnapshot, ...]] = []
        self.events: list[str] = []
        self.threads: set[int] = set()

    async def __aenter__(self) -> Recording:
        self.events.append("entered")
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await anyio.lowlevel.checkpoint()
        self.events.append("left")

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        await anyio.sleep(0)
        self.threads.add(threading.get_ident())
        if self.failures:
            self.events.append("raised")
            raise self.failures.pop(0)
        self.events.append("taken")
        self.taken.append(tuple(snapshots))

    def of(self, name: str) -> float:
        return sum(one.sum for export in self.taken for one in export if one.name == name)


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(patience):
        while not condition():
            await anyio.sleep(0.01)


def put_in_thread(producer: SyncProducer, records: int = 40) -> None:
    outcomes = producer.put_records(stream="s", records=[(f"key-{i}", b"x" * (i + 1)) for i in range(records)])
    assert all(result.success for result in outcomes.wait(patience))


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "DD_", "OTEL_")) or name.lower() in ("http_proxy", "all_proxy"):
            monkeypatch.delenv(name)


def cloudwatch(receiver: Receiver, **more: Any) -> CloudWatchSink:
    return CloudWatchSink(
        region="eu-north-1",
        namespace="my/app",
        endpoint_url=receiver.url,
        aws_access_key_id="the-id",
        aws_secret_access_key=secret,
        **more,
    )


def datadog(receiver: Receiver, **more: Any) -> DatadogSink:
    return DatadogSink(api_key=secret, endpoint_url=receiver.url, **more)


def otlp(receiver: Receiver, **more: Any) -> OtlpSink:
    return OtlpSink(endpoint=receiver.url, **more)


def every_sink(receiver: Receiver) -> list[Any]:
    token = {"aws_session_token": secret}
    return [
        cloudwatch(receiver, **token),
        datadog(receiver, app_key=secret),
        otlp(receiver, headers={"key": secret}),
        PrometheusSink(port=0),
    ]


def snapshot(**more: Any) -> MetricSnapshot:
    return MetricSnapshot("UserRecordsPut", 3, 2.0, 0.0, 1.0, (("stream", "s"),), 1.7e9, 1.7e9 + 60, **more)
