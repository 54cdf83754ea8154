"""The producer for programs without an event loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aiokpl import SyncOutcome, SyncOutcomeCancelled, SyncProducer, UserRecord
from aiokpl.local import LocalKinesis


@pytest.fixture
def kinesis() -> Iterator[LocalKinesis]:
    with LocalKinesis({"orders": 4}) as local:
        yield local


def put(producer: SyncProducer, key: str = "k", data: bytes = b"data") -> SyncOutcome[Any]:
    return producer.put_record(stream="orders", partition_key=key, data=data)


def test_a_record_is_stored_and_says_where(kinesis: LocalKinesis) -> None:
    with SyncProducer(kinesis.config()) as producer:
        outcome = put(producer)
        assert repr(outcome) == "<SyncOutcome: outstanding>"
        result = outcome.wait(timeout=10)
        assert outcome.done()
        assert outcome.wait() is result
        assert not outcome.cancel()
        assert repr(outcome) == f"<SyncOutcome: {result!r}>"
    (stored,) = kinesis.user_records("orders")
    assert (result.shard_id, result.sequence_number) == (stored.shard_id, stored.sequence_number)


def test_from_many_threads(kinesis: LocalKinesis) -> None:
    def work(thread: int) -> bool:
        outcomes = [put(producer, f"{thread}-{index}") for index in range(500)]
        return all(outcome.wait(timeout=20).success for outcome in outcomes)

    with SyncProducer(kinesis.config()) as producer, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert len({record.partition_key for record in kinesis.user_records("orders")}) == 4_000


def test_bulk(kinesis: LocalKinesis) -> None:
    with SyncProducer(kinesis.config(max_outstanding_records=50)) as producer:
        outcomes = producer.put_records(
            stream="orders", records=[UserRecord(f"k{index}", b"") if index % 2 else (f"k{index}", b"") for index in range(200)]
        )
        results = outcomes.wait(timeout=20)
        assert len(outcomes) == len(results) == 200
        assert all(result.success for result in results)
        assert outcomes.done()
        assert outcomes[3].wait() is results[3]
    assert len(kinesis.user_records("orders")) == 200


def test_a_wait_with_a_limit(kinesis: LocalKinesis) -> None:
    with SyncProducer(kinesis.config()) as producer:
        kinesis.set_stalled(True)
        outcome = put(producer)
        for limit in (0, 0.01):
            with pytest.raises(TimeoutError, match=f"SyncOutcome.wait timed out after {limit}s"):
                outcome.wait(timeout=limit)
        with pytest.raises(TimeoutError, match="SyncProducer.flush timed out after 0.01s"):
            producer.flush(timeout=0.01)
        outcomes = producer.put_records(stream="orders", records=[("k", b"")])
        with pytest.raises(TimeoutError, match="SyncOutcomes.wait timed out after 0.01s"):
            outcomes.wait(0.01)
        with pytest.raises(TypeError, match="timeout: must be a number of seconds or None, got str"):
            outcome.wait(timeout="1")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="timeout: .*nan"):
            outcome.wait(timeout=float("nan"))
        kinesis.set_stalled(False)
        assert outcome.wait(timeout=10).success
        producer.flush(timeout=10)


def test_cancel(kinesis: LocalKinesis) -> None:
    with SyncProducer(kinesis.config()) as producer:
        kinesis.set_stalled(True)
        outcome = put(producer)
        said: list[str] = []
        waiting = threading.Event()

        def wait() -> None:
            waiting.set()
            try:
                outcome.wait()
            except SyncOutcomeCancelled as error:
                said.append(str(error))

        thread = threading.Thread(target=wait)
        thread.start()
        waiting.wait()
        assert not outcome.done()
        assert outcome.cancel()
        assert not outcome.cancel()
        assert outcome.done()
        thread.join(10)
        assert said == ["the outcome was cancelled"]
        with pytest.raises(SyncOutcomeCancelled):
            outcome.wait(timeout=0)
        kinesis.set_stalled(False)
    # The record itself went on.
    assert len(kinesis.user_records("orders")) == 1


def test_back_pressure_blocks(kinesis: LocalKinesis) -> None:
    with SyncProducer(kinesis.config(max_outstanding_records=1, record_max_buffered_time_ms=10)) as producer:
        kinesis.set_stalled(True)
        put(producer, "first")
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(put, producer, "second")
            time.sleep(0.02)  # it is blocked, or about to be: both must come out the same
            assert not second.done()
            kinesis.set_stalled(False)
            assert second.result(10).wait(10).success
    assert len(kinesis.user_records("orders")) == 2


def test_it_has_to_be_entered_and_serves_once(kinesis: LocalKinesis) -> None:
    producer = SyncProducer(kinesis.config())
    assert producer.outstanding_records == 0
    for use in (lambda: put(producer), producer.flush):
        with pytest.raises(RuntimeError, match="SyncProducer not entered"):
            use()
    with producer:
        put(producer)
    for use in (lambda: put(producer), producer.flush):
        with pytest.raises(RuntimeError, match="^Producer is closed$"):
            use()
    with pytest.raises(RuntimeError, match="SyncProducer was entered before"), producer:
        pass


def test_the_backend_is_one_of_two(kinesis: LocalKinesis) -> None:
    with pytest.raises(ValueError, match="backend: must be 'asyncio' or 'trio', got 'curio'"):
        SyncProducer(kinesis.config(), backend="curio")
    with SyncProducer(kinesis.config(), backend="trio") as producer:
        assert put(producer).wait(10).success


def test_flush_of_one_stream() -> None:
    with LocalKinesis({"orders": 1, "audit": 1}) as kinesis:
        with SyncProducer(kinesis.config(record_max_buffered_time_ms=20_000)) as producer:
            first = put(producer)
            other = producer.put_record(stream="audit", partition_key="k", data=b"")
            producer.flush(stream="orders")
            assert first.done()
            assert not other.done()
            producer.flush()
            assert other.done()
