"""os.fork() beside producers: what was only made serves in the child, what was entered says so, and nothing hangs."""

from __future__ import annotations

import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import life
import pytest
from aiokpl.local import LocalKinesis
from life import run

_streams = {"made": 2, "entered": 1, "stalled": 1, "busy": 4, "storm": 2, "pool": 2, "logs": 1, "web": 1, "tasks": 1}


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis(_streams, enforce_limits=False) as local:
        yield local


def _texts(kinesis: LocalKinesis, stream: str) -> list[str]:
    return sorted(record.data.decode() for record in kinesis.user_records(stream))


def test_a_producer_made_before_the_fork_is_entered_on_both_sides(kinesis: LocalKinesis) -> None:
    run("scenarios_fork", "made_before", kinesis)
    expected = [
        f"{kind} {side} {index}"
        for kind, count in (("async", 100), ("sync", 20))
        for side in ("child", "parent")
        for index in range(count)
    ]
    assert _texts(kinesis, "made") == sorted(expected)


@pytest.mark.parametrize("sink", ["none", "native", "python"])
def test_a_sync_producer_that_was_entered_says_so_in_the_child(kinesis: LocalKinesis, sink: str) -> None:
    assert run("scenarios_fork", "entered_before", kinesis, sink).stdout.endswith("left\n")
    # What the parent had put is there once, and nothing of a child's.
    assert len(kinesis.user_records("stalled")) == 101
    assert _texts(kinesis, "entered") == ["settled"]


@pytest.mark.parametrize("scenario", ["entered_before_async", "under_back_pressure", "in_a_signal_handler"])
def test_who_waits_while_the_process_is_forked(kinesis: LocalKinesis, scenario: str) -> None:
    assert run("scenarios_fork", scenario, kinesis).stdout.endswith("left\n")


def test_forks_under_heavy_traffic(kinesis: LocalKinesis) -> None:
    run("scenarios_fork", "storm", kinesis, "200")
    assert _texts(kinesis, "storm") == sorted(f"child {number}" for number in range(200))


def test_forks_under_heavy_traffic_over_tls() -> None:
    with LocalKinesis(_streams, enforce_limits=False, tls=True) as kinesis:
        run("scenarios_fork", "storm", kinesis, "50")
        assert _texts(kinesis, "storm") == sorted(f"child {number}" for number in range(50))


def test_children_of_children(kinesis: LocalKinesis) -> None:
    run("scenarios_fork", "daughter_of_a_daughter", kinesis)
    assert _texts(kinesis, "made") == ["daughter", "daughter again", "granddaughter", "mother"]


def test_logging_on_both_sides(kinesis: LocalKinesis) -> None:
    run("scenarios_fork", "logs", kinesis)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing(kinesis: LocalKinesis, method: str) -> None:
    run("scenarios_fork", "pool", kinesis, method)
    assert _texts(kinesis, "pool") == sorted(["parent", *(f"pool {number}" for number in range(60))])


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@pytest.mark.skipif(not _is_there("gunicorn"), reason="gunicorn is not installed")
def test_workers_of_gunicorn_that_loads_the_application_first(kinesis: LocalKinesis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        words = ["-m", "gunicorn", "-c", "python:served_by_gunicorn", "served_by_gunicorn:application"]
        with _server(kinesis, *words, "--bind", f"fd://{listening.fileno()}", descriptor=listening.fileno()) as master:
            answers = [_get(port, f"/{number}") for number in range(30)]
            assert master.pid not in {int(answer.split()[0]) for answer in answers}
    assert _texts(kinesis, "web") == sorted(f"/{number}" for number in range(30))
    assert len({answer.split()[1] for answer in answers}) == 30


@pytest.mark.skipif(not _is_there("celery"), reason="celery is not installed")
def test_workers_of_celery(kinesis: LocalKinesis, tmp_path: Path) -> None:
    env = {"AIOKPL_TEST_FOLDER": str(tmp_path)}
    subprocess.run(
        [sys.executable, str(Path(life.__file__).parent / "worked_by_celery.py"), "20"],
        env=life.environment(kinesis, env),
        check=True,
        timeout=life.patience,
    )
    words = ["-m", "celery", "-A", "worked_by_celery", "worker", "--pool", "prefork", "--concurrency", "2"]
    words += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with _server(kinesis, *words, env=env):
        life.until(lambda: len(kinesis.user_records("tasks")) == 20)
    assert _texts(kinesis, "tasks") == sorted(f"task {number}" for number in range(20))


@contextmanager
def _server(
    kinesis: LocalKinesis, *words: str, descriptor: int | None = None, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server of processes, which ends in order when it is told to."""
    process = subprocess.Popen(
        [sys.executable, *words],
        env=life.environment(kinesis, env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[] if descriptor is None else [descriptor],
        start_new_session=True,
    )
    try:
        yield process
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        print(process.communicate()[0].decode())
        raise
    process.terminate()
    try:
        said = process.communicate(timeout=life.patience)[0].decode()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(process.communicate()[0].decode()) from None
    assert process.returncode == 0, said
    assert "Traceback" not in said, said


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=life.patience)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, text
    return text
