"""The code of the getting-started page that the package's names come from, as printed, against the local Kinesis.

The page is not part of this repository; where it is not beside it, these tests are skipped.
"""

from __future__ import annotations

import ast
import http.server
import inspect
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiokpl.local import LocalKinesis

PAGE = Path(__file__).parents[3] / "shared" / "reference" / "aiokpl-getting-started.txt"
if not PAGE.exists():
    pytest.skip("the getting-started page is not here", allow_module_level=True)

# How a line of code begins, and never one of prose.
BEGIN = re.compile(r"(import|from|async|with|cfg|outcome|result|# \w|reader|sink|@)\b|# ")


def compiles(lines: list[str]) -> bool:
    # A heading such as "InMemorySink (test + embed)" compiles, too; no line of the page's code begins with a capital.
    if any(line[:1].isupper() for line in lines):
        return False
    try:
        compile("\n".join(lines), "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return False
    return True


def blocks(text: str) -> Iterator[str]:
    """The longest pieces of the page that are Python."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not BEGIN.match(lines[at]):
            at += 1
            continue
        end = max((end for end in range(at + 1, min(at + 60, len(lines)) + 1) if compiles(lines[at:end])), default=at)
        piece = "\n".join(lines[at:end]).strip()
        if any(not line.startswith("#") for line in piece.splitlines()):
            yield piece
        at = max(end, at + 1)


BLOCKS = list(blocks(PAGE.read_text()))

# What the fragments take for granted.
PRELUDE = """
import contextlib
import anyio
from aiokpl import *
cfg = Config(region="us-east-1", metrics_level=MetricsLevel.SUMMARY, metrics_upload_interval_ms=50)
_stack = contextlib.AsyncExitStack()
producer = await _stack.enter_async_context(Producer(cfg))
outcome = await producer.put_record(stream="events", partition_key="u", data=b"")
result = await outcome.wait()
class _Record:
    key, payload = "key", b"payload"
batch = [_Record] * 3
"""


# `await` at the top level, as the page prints it.
RUNNER = """
import ast
import anyio
async def main():
    names = {{}}
    for source in {sources!r}:
        waits = eval(compile(source, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        if waits is not None:
            await waits
anyio.run(main)
"""


class _Receiver(http.server.BaseHTTPRequestHandler):
    """Stands for the services that the sinks send to."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def kinesis() -> Iterator[LocalKinesis]:
    names = ["my-stream", "events", "audit", "metrics"]
    with LocalKinesis(dict.fromkeys(names, 2)) as local:
        yield local


def environment(kinesis: LocalKinesis, receiver: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
        "AWS_ENDPOINT_URL_CLOUDWATCH": receiver,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "DD_API_KEY": "key",
        # What is beyond this machine is not asked: nobody listens there.
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "grpc_proxy": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "PYTHONWARNINGS": "error",
    }


def program(block: str) -> str:
    """The block, in what surrounds it on the page: a whole program as it is, a fragment inside an event loop."""
    if "anyio.run(" in block or block.startswith("from aiokpl import Config, SyncProducer"):
        return block
    return RUNNER.format(sources=[PRELUDE, block, "await _stack.aclose()"])


def test_the_page_has_the_blocks_that_are_looked_for() -> None:
    joined = "\n".join(BLOCKS)
    for words in ("anyio.run(main)", "outcome.cancel()", "CloudWatchSink(", "OTLPMetricExporter(", "DatadogSink(",
                  "tg.start_soon(one, i)", "sink.by_name(", "max_outstanding_records=10_000", "fail_if_throttled=True"):  # fmt: skip
        assert words in joined, words
    assert len(BLOCKS) >= 18


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_runs_as_printed(block: str, kinesis: LocalKinesis, receiver: str) -> None:
    if "OpenTelemetrySink" in block:
        pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc.metric_exporter")
    before = len(kinesis.user_records("my-stream"))
    if "class RecordResult" in block:
        # The page prints what the package has.
        from aiokpl import RecordResult

        printed = {node.target.id for node in ast.walk(ast.parse(block)) if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]
        assert printed <= set(inspect.get_annotations(RecordResult))
        return
    done = subprocess.run(
        [sys.executable, "-c", program(block)],
        env=environment(kinesis, receiver),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n--\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    if "10_000" in block and "succeeded" in block:
        assert "10000/10000 succeeded" in done.stdout
    if 'stream="my-stream"' in block:
        assert len(kinesis.user_records("my-stream")) == before + 1
        assert done.stdout.startswith("shardId-")
