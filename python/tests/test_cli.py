"""The command line in a Python process: what it does, how it ends, what signals do to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from aiokpl import _core
from aiokpl.local import Faults, LocalKinesis

PROGRAM = [sys.executable, "-m", "aiokpl"]


def _environment(kinesis: LocalKinesis | None) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment.update(AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local", AWS_REGION="us-east-1")
    if kinesis is not None:
        environment["AWS_ENDPOINT_URL_KINESIS"] = kinesis.endpoint_url
    return environment


def _run(
    *words: str | bytes, kinesis: LocalKinesis | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, *words], input=given, capture_output=True, timeout=30, check=False, env=_environment(kinesis)
    )


@contextmanager
def _running(*words: str, kinesis: LocalKinesis | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*PROGRAM, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(kinesis),
        # A program that hangs must not hang the test.
        preexec_fn=lambda: signal.alarm(60),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _stream(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis({"orders": 2}) as running:
        yield running


def test_put_from_standard_input_and_tail_back(kinesis: LocalKinesis) -> None:
    lines = [f"line {number}".encode() for number in range(500)]
    put = _run("put", "--stream", "orders", kinesis=kinesis, given=b"\n".join(lines) + b"\n")
    assert put.returncode == 0, put.stderr
    assert sorted(record.data for record in kinesis.user_records("orders")) == sorted(lines)
    tail = _run("tail", "--stream", "orders", kinesis=kinesis)
    assert (tail.returncode, sorted(tail.stdout.splitlines())) == (0, sorted(lines))


def test_exit_statuses(kinesis: LocalKinesis) -> None:
    usage = _run("put")
    assert (usage.returncode, usage.stdout) == (2, b"")
    assert usage.stderr == b"aiokpl: --stream is required (see aiokpl put --help)\n"
    missing = _run("tail", "--stream", "nowhere", kinesis=kinesis)
    assert missing.returncode == 3
    assert b"nowhere" in missing.stderr
    version = _run("--version")
    assert (version.returncode, version.stdout) == (0, f"aiokpl {_core.version}\n".encode())


def test_records_that_fail_are_told_by_the_status(kinesis: LocalKinesis) -> None:
    kinesis.set_faults(Faults(throttle_rate=1.0))
    put = _run("put", "--stream", "orders", "--record-ttl", "500ms", kinesis=kinesis, given=b"x\n")
    assert put.returncode == 1, put.stderr
    assert kinesis.user_records("orders") == []


def test_arguments_need_not_be_text() -> None:
    done = _run("put", "--stream", b"\xff\xfe", given=b"x\n")
    assert done.returncode != 0
    assert done.stderr.startswith(b"aiokpl: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_tail(kinesis: LocalKinesis, number: signal.Signals) -> None:
    assert _run("put", "--stream", "orders", kinesis=kinesis, given=b"first\n").returncode == 0
    with _running("tail", "--stream", "orders", "--follow", "--from", "start", kinesis=kinesis) as tail:
        # It is at work: its signals are its own by now.
        assert _stream(tail.stdout).readline() == b"first\n"
        tail.send_signal(number)
        assert tail.wait(timeout=30) == 0
        assert b"KeyboardInterrupt" not in _stream(tail.stderr).read()


def test_ctrl_c_ends_put_once_everything_is_stored(kinesis: LocalKinesis) -> None:
    with _running("put", "--stream", "orders", kinesis=kinesis) as put:
        given = _stream(put.stdin)
        given.write(b"accepted\n")
        given.flush()
        _until_stored(kinesis)
        put.send_signal(signal.SIGINT)
        assert put.wait(timeout=30) == 0
        assert b"Traceback" not in _stream(put.stderr).read()
    assert [record.data for record in kinesis.user_records("orders")] == [b"accepted"]


def _until_stored(kinesis: LocalKinesis) -> None:
    # A reader of the stream learns of it as soon as it is there.
    with _running("tail", "--stream", "orders", "--follow", "--from", "start", kinesis=kinesis) as tail:
        assert _stream(tail.stdout).readline() == b"accepted\n"


def test_a_reader_that_has_had_enough_ends_tail(kinesis: LocalKinesis) -> None:
    lines = b"".join(b"%099d\n" % number for number in range(20_000))
    assert _run("put", "--stream", "orders", kinesis=kinesis, given=lines).returncode == 0
    with _running("tail", "--stream", "orders", kinesis=kinesis) as tail:
        assert len(_stream(tail.stdout).readline()) == 100
        _stream(tail.stdout).close()
        assert tail.wait(timeout=30) == 0
        assert _stream(tail.stderr).read() == b""


def test_local_serves_until_it_is_told_to_stop() -> None:
    with _running("local", "--port", "0", "--stream", "orders:1") as local:
        said = b""
        while b"aiokpl tail" not in said:
            line = _stream(local.stdout).readline()
            assert line, _stream(local.stderr).read()
            said += line
        url = said.split(b"Local Kinesis at ")[1].split()[0].decode()
        listed = _run("stream", "list", "--endpoint-url", url)
        assert (listed.returncode, b"orders" in listed.stdout) == (0, True), listed.stderr
        local.send_signal(signal.SIGINT)
        assert local.wait(timeout=30) == 0
        assert b"Stopped after" in _stream(local.stdout).read()


def test_standard_output_that_is_full_is_said() -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m aiokpl options >/dev/full'],
        capture_output=True,
        timeout=30,
        check=False,
        env=_environment(None),
    )
    # And Python has nothing to add.
    assert done.returncode == 3
    assert done.stderr == b"aiokpl: error: standard output: No space left on device\n"
