"""How programs end: records that were accepted are sent, callers are woken, and nothing hangs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from aiokpl.local import LocalKinesis
from life import run


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis({"kept": 1, "busy": 2}, enforce_limits=False) as local:
        yield local


def _count(kinesis: LocalKinesis) -> int:
    return len(kinesis.user_records("kept"))


def _said(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """Its lines without those of the log, which come from a thread of their own and may be later."""
    return [line for line in ended.stdout.splitlines() if not line.startswith("WARNING ")]


_not_left = "WARNING <SyncProducer {url}: {count} outstanding> was not left by the end of the program: it is closed now"


def test_what_nobody_left_is_sent_at_the_end_of_the_interpreter(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "never_left", kinesis)
    assert _not_left.format(url=kinesis.endpoint_url, count=10) in ended.stdout
    assert (_count(kinesis), ended.stderr) == (10, "")


def test_the_end_of_the_interpreter_with_a_sink(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "never_left_with_a_sink", kinesis)
    assert "was not left" in ended.stdout
    assert ended.stdout.endswith("export of 10\n")
    assert (_count(kinesis), ended.stderr) == (10, "")


def test_the_end_of_the_interpreter_with_a_sink_that_never_returns(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "never_left_with_a_stuck_sink", kinesis)
    assert "stuck\n" in ended.stdout
    assert (_count(kinesis), ended.stderr) == (10, "")


def test_a_producer_that_is_collected_while_it_is_entered(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "never_left_but_collected", kinesis)
    assert ended.stdout.endswith("collected\n")
    assert "was not left" in ended.stdout
    assert (_count(kinesis), ended.stderr) == (10, "")


def test_a_producer_with_a_sink_that_is_collected_while_it_is_entered(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "never_left_but_collected_with_a_sink", kinesis)
    assert "was not left" in ended.stdout
    assert "export of 10\n" in ended.stdout
    assert (_count(kinesis), ended.stderr) == (10, "")


@pytest.mark.parametrize(
    "scenario", ["async_never_left", "async_never_left_with_a_sink", "async_collected_in_its_loop"]
)
def test_a_producer_whose_loop_ends_before_it_is_left(kinesis: LocalKinesis, scenario: str) -> None:
    ended = run("scenarios_exit", scenario, kinesis)
    assert "was not left" in ended.stdout
    assert (_count(kinesis), ended.stderr) == (10, "")


def test_a_loop_that_is_stopped_inside_of_async_with(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "async_loop_stopped", kinesis)
    assert _count(kinesis) == 5, ended.stdout + ended.stderr


def test_an_exception_inside_of_async_with(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "async_exception", kinesis)
    assert (_count(kinesis), ended.stdout, ended.stderr) == (10, "went on\n", "")


def test_daemon_threads_that_wait_when_the_interpreter_ends(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "daemon_waits", kinesis)
    assert "end of the program\n" in ended.stdout
    assert ended.stderr == ""


def test_daemon_threads_that_put_when_the_interpreter_ends(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "daemon_puts", kinesis)
    assert ended.stderr == ""


def test_threads_that_exit_and_threads_that_outlive_the_main_one(kinesis: LocalKinesis) -> None:
    run("scenarios_exit", "thread_exits", kinesis)
    assert _count(kinesis) == 10
    run("scenarios_exit", "thread_that_outlives_main", kinesis)
    assert _count(kinesis) == 20


def test_sys_exit_and_exceptions_inside_of_with(kinesis: LocalKinesis) -> None:
    run("scenarios_exit", "sys_exit", kinesis, status=3)
    assert _count(kinesis) == 10
    ended = run("scenarios_exit", "exception", kinesis, status=1)
    assert "LookupError: what the program has to say" in ended.stderr
    assert _count(kinesis) == 20


def test_os_exit_ends_at_once(kinesis: LocalKinesis) -> None:
    run("scenarios_exit", "os_exit", kinesis, status=3)
    assert _count(kinesis) == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on Python starts no thread once its end has begun")
def test_producers_after_the_packages_own_end(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "after_the_packages_own_end", kinesis)
    assert _count(kinesis) in (20, 30)  # what was left in order, and perhaps what was not
    assert ended.stderr == ""


def test_many_threads_use_a_producer_while_one_leaves_it(kinesis: LocalKinesis) -> None:
    run("scenarios_exit", "used_by_many_while_one_leaves", kinesis)


@pytest.mark.parametrize("where", ["put_record", "put_records", "wait", "wait_timeout", "flush"])
def test_ctrl_c_in_what_blocks(kinesis: LocalKinesis, where: str) -> None:
    ended = run("scenarios_exit", "interrupted", kinesis, where)
    assert _said(ended)[-3:] == ["Ctrl-C 1", "answer", "left"], ended.stdout
    # What had its place is sent, and what was interrupted is not.
    assert (_count(kinesis), ended.stderr) == (1, "")


@pytest.mark.parametrize("times", ["1", "2"])
def test_ctrl_c_while_leaving_aborts(kinesis: LocalKinesis, times: str) -> None:
    ended = run("scenarios_exit", "interrupted_leaving", kinesis, times)
    assert _said(ended)[-2:] == [f"Ctrl-C {times}", "left"], ended.stdout
    assert ended.stderr == ""


def test_ctrl_c_at_the_end_of_the_interpreter(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "interrupted_at_the_end", kinesis)
    assert ended.stdout.count("was not left") == 2
    assert "KeyboardInterrupt" in ended.stderr


@pytest.mark.parametrize("loop", ["async", "trio"])
@pytest.mark.parametrize("times", ["1", "2"])
def test_ctrl_c_in_an_event_loop(kinesis: LocalKinesis, loop: str, times: str) -> None:
    if (loop, times) == ("async", "2") and sys.version_info < (3, 11):
        pytest.skip("before 3.11 a second Ctrl-C ends asyncio.run without waiting for what it has cancelled")
    ended = run("scenarios_exit", f"interrupted_{loop}", kinesis, times)
    assert _said(ended)[-1] == "left", ended.stdout
    assert ended.stderr == ""
    if times == "1":
        assert _count(kinesis) == 10


def test_a_keyboard_interrupt_inside_of_an_export(kinesis: LocalKinesis) -> None:
    ended = run("scenarios_exit", "interrupted_sink", kinesis)
    assert _said(ended)[-1] == "left", ended.stdout
    assert "interrupted" in _said(ended), ended.stdout
    assert _count(kinesis) == 10


def test_debug_modes_have_nothing_to_say(kinesis: LocalKinesis) -> None:
    ended = run(
        "scenarios_exit", "clean", kinesis, flags=("-X", "dev", "-W", "error"), env={"PYTHONASYNCIODEBUG": "1"}
    )
    assert ended.stderr == ""
    lines = ended.stdout.splitlines()
    assert lines == ["export of 1511", "export of 1000"]
