"""What a producer holds while it works, and that nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiokpl.local import LocalKinesis
from life import run


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis({"discarded": 4}, enforce_limits=False, discard=True) as local:
        yield local


@pytest.mark.parametrize("scenario", ["million", "million_sync"])
def test_a_million_records_leave_nothing(kinesis: LocalKinesis, scenario: str) -> None:
    first, *later = (int(line) for line in run("scenarios_memory", scenario, kinesis).stdout.split())
    # What the allocator keeps comes and goes: what has leaked is in the least of them, too.
    assert min(later[-3:]) - first < 8_000_000, [first, *later]
    assert kinesis.counters().records_stored > 0


@pytest.mark.parametrize("way", ["single", "bulk"])
def test_memory_of_a_record_that_is_outstanding(kinesis: LocalKinesis, way: str) -> None:
    lines = run("scenarios_memory", "outstanding", kinesis, way).stdout.split()
    (beyond,) = (float(line) for line in lines if line not in ("stall", "answer"))
    assert 0 < beyond <= 200
    print(f"{beyond:.1f} bytes")


@pytest.mark.parametrize("backend", ["asyncio", "uvloop", "trio", "sync"])
def test_a_hundred_producers_leave_no_thread_and_no_descriptor(kinesis: LocalKinesis, backend: str) -> None:
    run("scenarios_memory", "hundred", kinesis, backend)


def test_outcomes_that_are_kept_keep_no_thread(kinesis: LocalKinesis) -> None:
    run("scenarios_memory", "held_outcomes", kinesis)


def test_references_are_as_before(kinesis: LocalKinesis) -> None:
    run("scenarios_memory", "references", kinesis)


def test_producers_sinks_and_loops_go_with_their_last_reference(kinesis: LocalKinesis) -> None:
    run("scenarios_memory", "weak_references", kinesis)


@pytest.mark.parametrize("backend", ["asyncio", "uvloop"])
def test_tasks_that_wait_are_collected_with_their_loop(kinesis: LocalKinesis, backend: str) -> None:
    run("scenarios_memory", "waiting_tasks", kinesis, backend)
