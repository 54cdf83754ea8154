"""What the tests of metrics share: a local Kinesis, a receiver of HTTP, and a run of a producer."""

from __future__ import annotations

import gzip
import json
import queue
import subprocess
import tempfile
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiokpl import Config, MetricSnapshot, MetricsLevel, Producer

_program = Path(__file__).parents[2] / "build/release/aiokpl"
patience = 20.0


@pytest.fixture(scope="session")
def kinesis() -> Iterator[str]:
    """The URL of a local Kinesis with the stream "s" of two shards."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "ready.json")
        child = subprocess.Popen([_program, "local", "--port", "0", "--ready-file", ready, "--stream", "s:2"], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + patience
            while not (ready.exists() and ready.read_text().strip()):
                assert child.poll() is None and time.monotonic() < until, "the local Kinesis did not start"
                time.sleep(0.02)
            yield json.loads(ready.read_text())["endpoint_url"]
        finally:
            child.terminate()
            child.wait(patience)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


_unpack = {"gzip": gzip.decompress, "deflate": zlib.decompress, None: bytes}


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
            request = Request(self.path, headers, _unpack[headers.get("content-encoding")](body))
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
    outcomes = await producer.put_records(
        stream="s", records=[(f"key-{i}", b"x" * (i + 1)) for i in range(records)]
    )
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
