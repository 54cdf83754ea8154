"""The producer in event loops."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import numpy
import pytest
import trio

import aiokpl
from aiokpl import Config, Outcome, Producer, RecordResult, Tag, UserRecord
from aiokpl.local import Faults, LocalKinesis

Run = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture
def kinesis() -> Any:
    with LocalKinesis({"orders": 4, "audit": 1}) as local:
        yield local


async def put(producer: Producer, key: str = "k", data: Any = b"data", **more: Any) -> Outcome[RecordResult]:
    return await producer.put_record(stream="orders", partition_key=key, data=data, **more)


def test_a_record_is_stored_and_says_where(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> RecordResult:
        async with Producer(kinesis.config()) as producer:
            outcome = await put(producer, "user-1", b"hello")
            assert not outcome.is_set()
            assert repr(outcome) == "<Outcome: outstanding>"
            result = await outcome.wait()
            assert outcome.is_set()
            assert await outcome == result
            assert repr(outcome) == f"<Outcome: {result!r}>"
            return result

    result = run(main)
    (stored,) = kinesis.user_records("orders")
    assert (stored.partition_key, stored.data) == ("user-1", b"hello")
    assert result.success
    assert result.shard_id == stored.shard_id
    assert result.sequence_number == stored.sequence_number
    (attempt,) = result.attempts
    assert attempt.success
    assert attempt.error_code is None
    assert 0 <= attempt.ended_at - attempt.started_at < 10


def test_many_tasks_put_and_wait(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        results: list[RecordResult] = []

        async def one(index: int) -> None:
            outcome = await put(producer, f"user-{index}", str(index).encode())
            results.append(await outcome.wait())

        async with Producer(kinesis.config()) as producer:
            async with anyio.create_task_group() as group:
                for index in range(2_000):
                    group.start_soon(one, index)
        assert len(results) == 2_000
        assert all(result.success for result in results)

    run(main)
    assert sorted(int(record.data) for record in kinesis.user_records("orders")) == list(range(2_000))


def test_records_that_ended_together_share_their_result(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            outcomes = [await put(producer, "same key") for _ in range(100)]
            results = [await outcome.wait() for outcome in outcomes]
        assert all(result is results[0] for result in results)

    run(main)


def test_bulk(run: Run, kinesis: LocalKinesis) -> None:
    records: list[Any] = [
        UserRecord("a", b"1", tags=(Tag("k", "v"),)),
        ("b", b"2"),
        ("c", bytearray(b"3"), 2**128 - 1),
        UserRecord(None, memoryview(b"4")),  # type: ignore[arg-type]
        ("e", b"5", "0", [Tag("only key")]),
    ]

    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            outcomes = await producer.put_records(stream="orders", records=records)
            assert len(outcomes) == len(records)
            results = await outcomes.wait()
            assert outcomes.is_set()
            assert await outcomes[0].wait() == results[0]
            assert [await outcome for outcome in outcomes] == results
            assert await outcomes[-1] == results[-1]
            assert len(outcomes[1:3]) == 2
            with pytest.raises(IndexError):
                outcomes[5]
            assert all(result.success for result in results)
            assert await (await producer.put_records(stream="orders", records=[])).wait() == []

    run(main)
    stored = {record.data: record for record in kinesis.user_records("orders")}
    assert set(stored) == {b"1", b"2", b"3", b"4", b"5"}
    assert stored[b"1"].tags == (Tag("k", "v"),)
    assert stored[b"3"].explicit_hash_key == str(2**128 - 1)
    assert stored[b"5"].tags == (Tag("only key", None),)


def test_bulk_beyond_the_limit_waits_for_places(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(max_outstanding_records=100)) as producer:
            outcomes = await producer.put_records(
                stream="orders", records=((f"k{index}", b"%d" % index) for index in range(1_000))
            )
            assert all(result.success for result in await outcomes)

    run(main)
    assert sorted(int(record.data) for record in kinesis.user_records("orders")) == list(range(1_000))


def test_bulk_holds_what_it_still_reads(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(max_outstanding_records=1)) as producer:
            kinesis.set_stalled(True)
            first = await put(producer)
            given = {"stream": "".join(["ord", "ers"]), "key": "".join(["k"] * 20), "data": bytes([1] * 20)}
            before = {name: sys.getrefcount(value) for name, value in given.items()}
            call = producer.put_records(stream=given["stream"], records=[(given["key"], given["data"])])
            waiting = asyncio.create_task(call)  # type: ignore[arg-type]
            await asyncio.sleep(0)
            after = {name: sys.getrefcount(value) for name, value in given.items()}
            # The stream's name by itself, the others with their tuple, which is held.
            assert all(after[name] > before[name] for name in given), (before, after)
            kinesis.set_stalled(False)
            assert (await first).success
            assert all(result.success for result in await (await waiting))

    asyncio.run(main())


def test_bulk_says_which_record_is_wrong_and_takes_none(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            cases: list[tuple[Any, type[Exception], str]] = [
                ([("a", b""), ("b",)], ValueError, r"records\[1\]: must be \(partition_key, data"),
                ([("a", b""), ("b", "text")], TypeError, r"records\[1\]: data: must be bytes.*got str"),
                ([("a", b""), 7], TypeError, r"records\[1\]: must be a UserRecord or a tuple.*got int"),
                ([("a", b"", 2**128)], ValueError, "explicit_hash_key: "),
                ([("a", b""), ("", b"")], ValueError, "partition_key: "),
                ("text", TypeError, "records: must be UserRecords or tuples, got str"),
                (7, TypeError, "int"),
            ]
            for records, error, words in cases:
                with pytest.raises(error, match=words):
                    await producer.put_records(stream="orders", records=records)
            assert producer.outstanding_records == 0

    run(main)


@pytest.mark.parametrize(
    "data",
    [b"abc", bytearray(b"abc"), memoryview(b"xabcx")[1:4], numpy.frombuffer(b"abc", dtype=numpy.uint8)],
    ids=lambda data: type(data).__name__,
)
def test_data_of_every_kind(kinesis: LocalKinesis, data: Any) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            outcome = await put(producer, data=data)
            if isinstance(data, bytearray):
                data[:] = b"zzz"  # it was copied
            assert (await outcome).success

    asyncio.run(main())
    assert [record.data for record in kinesis.user_records("orders")] == [b"abc"]


def test_large_data_in_one_piece(kinesis: LocalKinesis) -> None:
    data = bytes(range(256)) * 4_000

    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            assert (await (await put(producer, data=data))).success

    asyncio.run(main())
    assert kinesis.user_records("orders")[0].data == data


@pytest.mark.parametrize("key", [0, 2**128 - 1, "0", str(2**127)])
def test_an_explicit_hash_key_places_the_record(kinesis: LocalKinesis, key: int | str) -> None:
    async def main() -> RecordResult:
        async with Producer(kinesis.config()) as producer:
            return await (await put(producer, explicit_hash_key=key))

    result = asyncio.run(main())
    (shard,) = [one for one in kinesis.shards("orders") if one.first_hash_key <= int(key) <= one.last_hash_key]
    assert result.shard_id == shard.id


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"partition_key": ""}, ValueError, "partition_key: .*1 to 256"),
    ({"partition_key": "x" * 257}, ValueError, "partition_key: "),
    ({"partition_key": b"k"}, TypeError, "partition_key: must be str, got bytes"),
    ({"partition_key": "\ud800"}, ValueError, "partition_key: must be text that UTF-8 can hold"),
    ({"data": "text"}, TypeError, "data: must be bytes.*got str: text has to be encoded"),
    ({"data": None}, TypeError, "data: must be bytes.*got NoneType"),
    ({"data": bytes(11_000_000)}, ValueError, "data: "),
    ({"stream": "no/good"}, ValueError, "stream: "),
    ({"stream": 7}, TypeError, "stream: must be str, got int"),
    ({"explicit_hash_key": -1}, ValueError, "explicit_hash_key: .*got '-1'"),
    ({"explicit_hash_key": 2**128}, ValueError, "explicit_hash_key: "),
    ({"explicit_hash_key": "007"}, ValueError, "explicit_hash_key: "),
    ({"explicit_hash_key": 1.0}, TypeError, "explicit_hash_key: must be str, int or None, got float"),
    ({"tags": "text"}, TypeError, "tags: must be a sequence of Tag, got str"),
    ({"tags": [("k", "v")]}, TypeError, "tags: must be a sequence of Tag, got tuple in it"),
    ({"tags": [Tag(7)]}, TypeError, "tags: key: must be str, got int"),  # type: ignore[arg-type]
    ({"tagz": ()}, TypeError, "unexpected keyword argument 'tagz'"),
]


@pytest.mark.parametrize(("wrong", "error", "words"), BAD)
def test_bad_arguments_are_refused_at_the_call(
    kinesis: LocalKinesis, wrong: dict[str, Any], error: type[Exception], words: str
) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            with pytest.raises(error, match=words):
                # Not awaited: the call itself refuses.
                producer.put_record(**{"stream": "orders", "partition_key": "k", "data": b""} | wrong)
            assert producer.outstanding_records == 0

    asyncio.run(main())


def test_arguments_that_are_missing_or_without_a_name(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            call: Any = producer.put_record
            with pytest.raises(TypeError, match="missing required argument: 'data'"):
                call(stream="orders", partition_key="k")
            with pytest.raises(TypeError, match="by name"):
                call("orders", "k", b"")
            # A record may do without a key, but has to say so.
            with pytest.raises(TypeError, match="missing required argument: 'partition_key'"):
                call(stream="orders", data=b"")
            assert (await (await put(producer, None))).success  # type: ignore[arg-type]

    asyncio.run(main())


def test_it_has_to_be_entered_and_serves_once(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        producer = Producer(kinesis.config())
        assert producer.outstanding_records == 0
        assert producer.metrics.snapshots() == ()
        with pytest.raises(RuntimeError, match=r"Producer not entered: use it as `async with Producer\(config\)"):
            await put(producer)
        with pytest.raises(RuntimeError, match="not entered"):
            await producer.flush()
        async with producer:
            assert (await (await put(producer))).success
        for _ in range(2):
            with pytest.raises(RuntimeError, match="^Producer is closed$"):
                await put(producer)
        with pytest.raises(RuntimeError, match="^Producer is closed$"):
            await producer.flush()
        with pytest.raises(RuntimeError, match="was entered before"):
            async with producer:
                pass

    run(main)


def test_only_a_config_makes_a_producer() -> None:
    with pytest.raises(TypeError, match="config: must be a Config, got dict"):
        Producer({"region": "us-east-1"})  # type: ignore[arg-type]


def test_leaving_sends_what_is_buffered(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> list[Outcome[RecordResult]]:
        async with Producer(kinesis.config(record_max_buffered_time_ms=20_000)) as producer:
            return [await put(producer, f"k{index}") for index in range(100)]

    outcomes = run(main)
    assert all(outcome.is_set() for outcome in outcomes)
    assert len(kinesis.user_records("orders")) == 100

    async def afterwards() -> None:
        # They outlive their producer, and its loop.
        assert all([(await outcome).success for outcome in outcomes])

    run(afterwards)


def test_an_exception_in_the_block_leaves_in_order(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with Producer(kinesis.config()) as producer:
                await put(producer)
                raise ZeroDivisionError
        assert len(kinesis.user_records("orders")) == 1

    run(main)


def test_flush_sends_now_and_waits(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(record_max_buffered_time_ms=20_000)) as producer:
            first = await put(producer)
            other = await producer.put_record(stream="audit", partition_key="k", data=b"")
            await producer.flush(stream="orders")
            assert first.is_set()
            assert not other.is_set()
            await producer.flush()
            assert other.is_set()
            assert await producer.flush() is None

    run(main)


def test_many_streams_from_one_producer(run: Run) -> None:
    # No more: how a stream spreads its records is asked for twice a second in all, and the first ones wait for that.
    names = [f"stream-{index}" for index in range(4)]

    async def main() -> None:
        with LocalKinesis(dict.fromkeys(names, 2)) as kinesis:
            async with Producer(kinesis.config()) as producer:
                for name in names * 3:
                    await producer.put_record(stream=name, partition_key="k", data=name.encode())
            for name in names:
                assert [record.data for record in kinesis.user_records(name)] == [name.encode()] * 3

    run(main)


def test_back_pressure_awaits(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(max_outstanding_records=10, record_max_buffered_time_ms=10)) as producer:
            kinesis.set_stalled(True)
            for index in range(10):
                await put(producer, f"k{index}")
            accepted = anyio.Event()

            async def one_more() -> None:
                assert (await (await put(producer, "eleventh"))).success
                accepted.set()

            async with anyio.create_task_group() as group:
                group.start_soon(one_more)
                await anyio.sleep(0.02)
                assert producer.outstanding_records == 10
                assert not accepted.is_set()
                kinesis.set_stalled(False)
        assert accepted.is_set()

    run(main)
    assert len(kinesis.user_records("orders")) == 11


def test_a_put_that_is_cancelled_while_it_waits_is_withdrawn(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(max_outstanding_records=1)) as producer:
            kinesis.set_stalled(True)
            first = await put(producer, "first")
            with anyio.move_on_after(0.05) as scope:
                await put(producer, "withdrawn")
            assert scope.cancelled_caught
            with anyio.move_on_after(0.05) as scope:
                await producer.put_records(stream="orders", records=[("withdrawn", b"")] * 5)
            assert scope.cancelled_caught
            kinesis.set_stalled(False)
            assert (await first).success
            await producer.flush()

    run(main)
    assert [record.partition_key for record in kinesis.user_records("orders")] == ["first"]


def test_a_put_is_withdrawn_though_the_traceback_is_kept(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config(max_outstanding_records=1)) as producer:
            kinesis.set_stalled(True)
            first = await put(producer, "first")
            task = asyncio.create_task(put(producer, "withdrawn"))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as kept:
                await task
            kinesis.set_stalled(False)
            assert (await first).success
            await producer.flush()
            assert kept.value.__traceback__ is not None

    asyncio.run(main())
    assert [record.partition_key for record in kinesis.user_records("orders")] == ["first"]


def test_a_wait_that_is_cancelled_does_not_touch_the_record(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            kinesis.set_stalled(True)
            outcome = await put(producer)
            with pytest.raises(TimeoutError):
                with anyio.fail_after(0.05):
                    await outcome.wait()
            kinesis.set_stalled(False)
            assert (await outcome.wait()).success

    run(main)


def test_those_who_wait_for_a_place_hear_of_the_end(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        refused = []

        async def wait_for_place(producer: Producer) -> None:
            with pytest.raises(RuntimeError, match="^Producer is closed$"):
                await put(producer, "never")
            refused.append(True)

        config = kinesis.config(max_outstanding_records=1, shutdown_timeout_ms=50)
        kinesis.set_stalled(True)
        async with anyio.create_task_group() as group:
            async with Producer(config) as producer:
                first = await put(producer)
                group.start_soon(wait_for_place, producer)
                await anyio.sleep(0.02)
        assert refused == [True]
        result = await first
        assert not result.success
        assert result.attempts[-1].error_code == "Aborted"

    run(main)


def test_failures_say_why(run: Run, kinesis: LocalKinesis) -> None:
    kinesis.set_faults(Faults(throttle_rate=1.0))

    async def main() -> RecordResult:
        async with Producer(kinesis.config(fail_if_throttled=True)) as producer:
            return await (await put(producer))

    result = run(main)
    assert not result.success
    assert result.shard_id is None
    (attempt,) = result.attempts
    assert attempt.error_code == "ProvisionedThroughputExceededException"
    assert attempt.error_message


def test_a_record_expires(run: Run, kinesis: LocalKinesis) -> None:
    kinesis.set_faults(Faults(request_error_rate=1.0))

    async def main() -> RecordResult:
        async with Producer(kinesis.config(record_ttl_ms=200, record_max_buffered_time_ms=10)) as producer:
            return await (await put(producer))

    result = run(main)
    assert not result.success
    assert result.attempts[-1].error_code == "Expired"
    assert result.attempts[0].error_code == "InternalFailure"
    assert len(result.attempts) >= 2


def test_calls_are_coroutines(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            outcome = await asyncio.create_task(put(producer))
            direct: Any = producer.put_record(stream="orders", partition_key="k", data=b"")
            assert asyncio.iscoroutine(direct)
            outcome = await asyncio.create_task(direct)
            waiting: Any = outcome.wait()
            assert (await asyncio.create_task(waiting)).success
            again = await asyncio.gather(*(outcome.wait() for _ in range(3)))
            assert again[0] is again[2]
            assert (await asyncio.wait_for(outcome.wait(), 5)).success  # type: ignore[arg-type]
            flush: Any = producer.flush()
            await asyncio.create_task(flush)
            spent: Any = outcome.wait()
            await spent
            with pytest.raises(RuntimeError, match="cannot reuse already awaited Outcome.wait"):
                await spent
            unused: Any = outcome.wait()
            unused.close()
            with pytest.raises(RuntimeError, match="cannot reuse"):
                await unused

    asyncio.run(main())


@pytest.mark.parametrize("step", [next, lambda call: call.send(None)], ids=["next", "send"])
def test_a_call_that_ends_at_once_ends_as_an_iterator_does(kinesis: LocalKinesis, step: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            call: Any = producer.put_record(stream="orders", partition_key="k", data=b"")
            assert call.__await__() is call
            with pytest.raises(StopIteration) as ended:
                step(call)
            assert isinstance(ended.value.value, Outcome)
            with pytest.raises(RuntimeError, match="cannot reuse already awaited Producer.put_record"):
                step(call)

    asyncio.run(main())


def test_trio_takes_them_as_coroutines(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            outcome = await put(producer)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcome.wait)
                nursery.start_soon(producer.flush)
            assert outcome.is_set()

    trio.run(main)


def test_who_forgets_to_await_hears_of_it(kinesis: LocalKinesis) -> None:
    async def main() -> None:
        async with Producer(kinesis.config()) as producer:
            with pytest.warns(RuntimeWarning, match="'Producer.put_record' was never awaited"):
                producer.put_record(stream="orders", partition_key="k", data=b"")

    asyncio.run(main())


def test_a_long_row_of_puts_lets_other_tasks_run(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await anyio.lowlevel.checkpoint()
                turns += 1

        async with Producer(kinesis.config()) as producer, anyio.create_task_group() as group:
            group.start_soon(other)
            await anyio.lowlevel.checkpoint()
            before = turns
            for index in range(5_000):
                await put(producer, f"k{index}")
            assert turns - before >= 5
            group.cancel_scope.cancel()

    run(main)


def test_a_leaving_that_is_cancelled_aborts(run: Run, kinesis: LocalKinesis) -> None:
    kinesis.set_stalled(True)

    async def main() -> None:
        with anyio.move_on_after(0.1) as scope:
            async with Producer(kinesis.config()) as producer:
                outcome = await put(producer)
        assert scope.cancelled_caught
        result = await outcome
        assert not result.success
        assert result.attempts[-1].error_code == "Aborted"

    run(main)


def test_subclasses(run: Run, kinesis: LocalKinesis) -> None:
    class Counting(Producer):
        count = 0

        def put_record(self, **arguments: Any) -> Any:
            self.count += 1
            return super().put_record(**arguments)

    async def main() -> None:
        async with Counting(kinesis.config()) as producer:
            await put(producer)
            assert producer.count == 1

    run(main)


def test_repr_tells_what_it_is(run: Run, kinesis: LocalKinesis) -> None:
    async def main() -> None:
        producer = Producer(kinesis.config())
        assert repr(producer) == f"<Producer {kinesis.endpoint_url}: not entered>"
        async with producer:
            assert repr(producer) == f"<Producer {kinesis.endpoint_url}: 0 outstanding>"
        assert repr(producer) == f"<Producer {kinesis.endpoint_url}: closed>"

    run(main)


def test_a_wrong_endpoint_is_said_when_it_is_entered() -> None:
    async def main() -> None:
        config = Config("us-east-1", ca_bundle="/no/such/file.pem")
        with pytest.raises(ValueError, match="ca_bundle.*/no/such/file.pem"):
            async with Producer(config):
                pass

    asyncio.run(main())


def test_the_versions_say_what_is_loaded() -> None:
    assert aiokpl.__version__ == aiokpl._core.version
    assert aiokpl.__version__ in str(aiokpl.core)
