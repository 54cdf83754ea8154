"""The local Kinesis as Python sees it."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import pickle
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from aiokpl import Producer, SyncProducer, Tag, UserRecord
from aiokpl.local import ConsumedRecord, Faults, LocalKinesis, StreamSpec


def _put(kinesis: LocalKinesis, stream: str, records: list[Any], **config: Any) -> None:
    with SyncProducer(kinesis.config(**config)) as producer:
        results = producer.put_records(stream=stream, records=records).wait(timeout=20)
    assert all(result.success for result in results)


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=30, check=False
    )


def test_streams_in_every_way_to_name_them() -> None:
    by_mapping = LocalKinesis({"orders": 4, "spread": "auto", "big": "on-demand"})
    by_text = LocalKinesis(["orders:4", "spread:auto", "big:on-demand"])
    by_spec = LocalKinesis(
        [
            StreamSpec("orders", 4),
            StreamSpec("spread", 4, on_demand=True, automatic_distribution=True),
            StreamSpec("big", 4, on_demand=True),
        ]
    )
    for kinesis in (by_mapping, by_text, by_spec):
        assert kinesis.streams() == ["big", "orders", "spread"]
        assert len(kinesis.shards("orders")) == 4
    assert LocalKinesis(["one"]).shards("one")[0].first_hash_key == 0


def test_records_as_they_are_kept_and_as_a_consumer_sees_them() -> None:
    tag = Tag("kind", "new")
    with LocalKinesis({"orders": 1}) as kinesis:
        _put(kinesis, "orders", [UserRecord("a", b"1", tags=(tag,)), UserRecord("b", b"2", explicit_hash_key=7)])
    (kept,) = kinesis.records("orders")
    assert kept.shard_id == "shardId-000000000000"
    assert kept.data.startswith(b"\xf3\x89\x9a\xc2")
    assert kept.partition_key == "a"
    first, second = kinesis.user_records("orders")
    assert first == ConsumedRecord(
        partition_key="a",
        explicit_hash_key=None,
        data=b"1",
        tags=(tag,),
        shard_id=kept.shard_id,
        sequence_number=kept.sequence_number,
        sub_sequence_number=0,
        aggregated=True,
        arrival=kept.arrival,
    )
    assert (second.data, second.explicit_hash_key, second.sub_sequence_number) == (b"2", "7", 1)
    assert kinesis.counters().records_stored == 1
    assert kinesis.counters().requests["PutRecords"] == 1


def test_records_without_aggregation() -> None:
    with LocalKinesis({"orders": 2}) as kinesis:
        _put(kinesis, "orders", [("a", b"1"), ("b", b"2", 2**128 - 1)], aggregation_enabled=False)
    by_data = {record.data: record for record in kinesis.user_records("orders")}
    assert (by_data[b"1"].partition_key, by_data[b"1"].aggregated) == ("a", False)
    assert by_data[b"2"].explicit_hash_key == str(2**128 - 1)
    assert by_data[b"2"].shard_id == "shardId-000000000001"


def test_an_auto_stream_takes_records_for_no_shard_of_theirs() -> None:
    with LocalKinesis({"spread": "auto"}) as kinesis:
        _put(kinesis, "spread", [("a", bytes([number])) for number in range(50)])
    assert sorted(record.data[0] for record in kinesis.user_records("spread")) == list(range(50))


def test_an_aggregate_beyond_its_shard_is_left_out_as_consumers_do() -> None:
    from aiokpl import encode_aggregated

    low, high = UserRecord("low", b"x", 0), UserRecord("high", b"y", 2**128 - 1)
    with LocalKinesis({"orders": 2}) as kinesis:
        _put(kinesis, "orders", [("a", encode_aggregated([low, high]), 0)], aggregation_enabled=False)
    assert len(kinesis.records("orders")) == 1
    assert kinesis.user_records("orders") == []


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_with(backend: str) -> None:
    async def main() -> None:
        async with LocalKinesis({"orders": 1}) as kinesis, Producer(kinesis.config()) as producer:
            outcome = await producer.put_record(stream="orders", partition_key="a", data=b"hello")
            assert (await outcome).success
        assert [record.data for record in kinesis.user_records("orders")] == [b"hello"]
        with pytest.raises(RuntimeError, match="not running"):
            kinesis.endpoint_url

    anyio.run(main, backend=backend)


def test_tls_with_its_certificate_in_a_file() -> None:
    with LocalKinesis({"orders": 1}, tls=True) as kinesis:
        assert kinesis.tls_endpoint_url is not None and kinesis.tls_endpoint_url.startswith("https://127.0.0.1:")
        config = kinesis.config()
        assert (config.endpoint_url, config.verify_ssl) == (kinesis.tls_endpoint_url, True)
        assert config.ca_bundle is not None
        assert Path(config.ca_bundle).read_text() == kinesis.certificate_pem
        _put(kinesis, "orders", [("a", b"1")])
        host, port = kinesis.tls_endpoint_url.removeprefix("https://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            with ssl.create_default_context(cafile=config.ca_bundle).wrap_socket(plain, server_hostname=host) as tls:
                assert tls.version() == "TLSv1.3"
    assert not os.path.exists(config.ca_bundle)
    assert len(kinesis.records("orders")) == 1


def test_without_tls_there_is_no_certificate() -> None:
    with LocalKinesis() as kinesis:
        assert (kinesis.tls_endpoint_url, kinesis.certificate_pem, kinesis.certificate_file) == (None, None, None)
        assert kinesis.config().ca_bundle is None


def test_keys_are_checked_where_they_are_given() -> None:
    with LocalKinesis({"orders": 1}, access_key_id="AKID", secret_access_key="right-secret") as kinesis:
        _put(kinesis, "orders", [("a", b"1")])
        with SyncProducer(kinesis.config(aws_secret_access_key="wrong-secret", record_ttl_ms=1000)) as producer:
            result = producer.put_record(stream="orders", partition_key="a", data=b"2").wait(timeout=20)
    assert not result.success
    assert [record.data for record in kinesis.user_records("orders")] == [b"1"]


def test_config_takes_overrides() -> None:
    with LocalKinesis(region="eu-west-1") as kinesis:
        config = kinesis.config(record_ttl_ms=500.0, region="us-east-2")
        assert (config.record_ttl_ms, config.region) == (500.0, "us-east-2")
        assert kinesis.config().region == "eu-west-1"
        with pytest.raises(TypeError, match="no_such_field"):
            kinesis.config(no_such_field=1)


def test_faults_are_set_and_told() -> None:
    faults = Faults(throttle_rate=1.0, latency_ms=1.5, refused_operations=("ListShards",))
    with LocalKinesis({"orders": 1}, faults=faults) as kinesis:
        assert kinesis.faults() == faults
        with SyncProducer(kinesis.config(fail_if_throttled=True)) as producer:
            result = producer.put_record(stream="orders", partition_key="a", data=b"1").wait(timeout=20)
            assert result.attempts[-1].error_code == "ProvisionedThroughputExceededException"
            kinesis.set_faults(Faults())
            assert producer.put_record(stream="orders", partition_key="a", data=b"2").wait(timeout=20).success
        assert kinesis.counters().records_throttled == 1


def test_the_next_request_fails() -> None:
    with LocalKinesis({"orders": 1}) as kinesis, SyncProducer(kinesis.config()) as producer:
        kinesis.fail_next("PutRecords", "throttle_records")
        kinesis.fail_next("PutRecords", status=503, code="ServiceUnavailable", message="come again")
        kinesis.fail_next("PutRecords", "drop", times=0)
        result = producer.put_record(stream="orders", partition_key="a", data=b"1").wait(timeout=20)
        codes = [attempt.error_code for attempt in result.attempts]
        assert codes == ["ProvisionedThroughputExceededException", "ServiceUnavailable", None]
        assert result.attempts[1].error_message == "come again"


def test_stalled_it_answers_nobody_and_then_everybody() -> None:
    with LocalKinesis({"orders": 1}) as kinesis, SyncProducer(kinesis.config()) as producer:
        producer.put_record(stream="orders", partition_key="a", data=b"1").wait(timeout=20)
        with kinesis.stalled():
            outcome = producer.put_record(stream="orders", partition_key="a", data=b"2")
            with pytest.raises(TimeoutError):
                outcome.wait(timeout=0.2)
        assert outcome.wait(timeout=20).success


def test_streams_come_and_go_and_shards_split_and_merge() -> None:
    kinesis = LocalKinesis()
    kinesis.create_stream("orders", 1)
    kinesis.create_stream("logs:2")
    kinesis.create_stream("spread", "auto")
    kinesis.create_stream(StreamSpec("big", max_record_size_kib=2048))
    assert kinesis.streams() == ["big", "logs", "orders", "spread"]
    kinesis.delete_stream("logs")
    assert kinesis.streams() == ["big", "orders", "spread"]

    (only,) = kinesis.shards("orders")
    kinesis.split_shard("orders", only.id)
    kinesis.split_shard("orders", "shardId-000000000001", 1000)
    kinesis.merge_shards("orders", "shardId-000000000003", "shardId-000000000004")
    shards = {shard.id[-1]: shard for shard in kinesis.shards("orders")}
    assert [shard.open for shard in shards.values()] == [False, False, True, False, False, True]
    assert (shards["3"].first_hash_key, shards["3"].last_hash_key) == (0, 999)
    assert (shards["5"].parent, shards["5"].adjacent_parent) == ("shardId-000000000003", "shardId-000000000004")
    kinesis.set_distribution("orders", True)

    with pytest.raises(RuntimeError, match="ResourceInUseException.*orders"):
        kinesis.create_stream("orders")
    with pytest.raises(RuntimeError, match="ResourceNotFoundException.*nowhere"):
        kinesis.records("nowhere")


def test_it_speaks_http_to_whoever_asks() -> None:
    with LocalKinesis() as kinesis:
        connection = http.client.HTTPConnection("127.0.0.1", kinesis.port, timeout=10)
        connection.request("GET", "/_aiokpl/faults")
        assert json.loads(connection.getresponse().read())["throttle_rate"] == 0
        connection.close()
        assert kinesis.endpoint_url == f"http://127.0.0.1:{kinesis.port}"


def test_started_again_it_has_its_streams() -> None:
    kinesis = LocalKinesis({"orders": 1})
    for number in range(2):
        with kinesis:
            _put(kinesis, "orders", [("a", bytes([number]))])
            with pytest.raises(RuntimeError, match="running already"):
                kinesis.start()
    kinesis.stop()
    assert [record.data for record in kinesis.user_records("orders")] == [b"\0", b"\1"]


def test_a_port_in_use_is_an_os_error() -> None:
    with LocalKinesis() as first:
        with pytest.raises(OSError, match=str(first.port)) as failed:
            LocalKinesis(port=first.port).start()
        assert failed.value.errno is not None


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: LocalKinesis(streams={"a": 0}), ValueError, r"streams\['a'\]: shards: must be 1 to 10000, got 0"),
        (lambda: LocalKinesis(streams={"a": True}), TypeError, r"streams\['a'\]: must be a number of shards.* True"),
        (lambda: LocalKinesis(streams={"a": "many"}), ValueError, r"streams\['a'\]: .* or 'auto', got 'many'"),
        (lambda: LocalKinesis(streams={"a b": 1}), ValueError, r"streams\['a b'\]: name: must be 1 to 128 of"),
        (lambda: LocalKinesis(streams=["a:x"]), ValueError, 'streams: must be NAME:SHARDS .*got "a:x"'),
        (lambda: LocalKinesis(streams=["a", "a:2"]), ValueError, "streams: 'a' is there more than once"),
        (lambda: LocalKinesis(streams="a:1"), TypeError, "streams: must be a mapping or a list, got 'a:1'"),
        (lambda: LocalKinesis(streams=[3]), TypeError, "streams: must be names.*got 3"),  # type: ignore[list-item]
        (lambda: LocalKinesis(streams=None), TypeError, "streams: .*got None"),  # type: ignore[arg-type]
        (lambda: StreamSpec("a", max_record_size_kib=1), ValueError, "max_record_size_kib: must be 1024 to"),
        (lambda: LocalKinesis(port=70_000), ValueError, "port: must be 0 to 65535, got 70000"),
        (lambda: LocalKinesis(port="80"), TypeError, "port: must be int, got '80'"),  # type: ignore[arg-type]
        (lambda: LocalKinesis(tls=1), TypeError, "tls: must be bool, got 1"),  # type: ignore[arg-type]
        (lambda: LocalKinesis(threads=0), ValueError, "threads: must be 1 to 64, got 0"),
        (lambda: LocalKinesis(retention_seconds=0), ValueError, "retention_seconds: must be 1 to"),
        (lambda: LocalKinesis(transition_ms=-1), ValueError, "transition_ms: must be 0 to"),
        (lambda: LocalKinesis(clock_skew_seconds=float("inf")), ValueError, "clock_skew_seconds: must be a finite"),
        (lambda: LocalKinesis(access_key_id="only"), ValueError, "access_key_id and secret_access_key come together"),
        (lambda: LocalKinesis(tls_ciphersuites="none"), ValueError, "tls_ciphersuites: 'none'"),
        (lambda: LocalKinesis(faults={}), TypeError, "faults: must be Faults"),  # type: ignore[arg-type]
        (lambda: Faults(throttle_rate=2), ValueError, "throttle_rate must be 0 to 1, not 2"),
        (lambda: Faults(latency_ms=-1), ValueError, "latency_ms must be 0 to 3600000"),
        (lambda: Faults(latency_ms=float("nan")), ValueError, "latency_ms: must be a finite number, got nan"),
        (lambda: Faults(drop_rate="1"), TypeError, "drop_rate: must be a number, got '1'"),  # type: ignore[arg-type]
        (lambda: Faults(refused_operations="PutRecords"), TypeError, "refused_op"),  # type: ignore[arg-type]
        (lambda: LocalKinesis().fail_next("", "x"), ValueError, "kind: must be one of .*'x'"),  # type: ignore[arg-type]
        (lambda: LocalKinesis().fail_next(times=-1), ValueError, "times: must be 0 to"),
        (lambda: LocalKinesis(["a"]).split_shard("a", "x", -1), ValueError, "new_starting_hash_key: must be a number"),
    ],
)
def test_wrong_options_are_named(make: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_secret_of_the_wrong_type_is_not_shown() -> None:
    with pytest.raises(TypeError, match="secret_access_key: must be str or None, got bytes") as failed:
        LocalKinesis(access_key_id="AKID", secret_access_key=b"hidden")  # type: ignore[arg-type]
    assert "hidden" not in str(failed.value)
    kinesis = LocalKinesis(access_key_id="AKID", secret_access_key="hidden")
    assert "hidden" not in repr(kinesis) + repr(kinesis._options)


def test_what_it_tells_is_frozen_and_pickles() -> None:
    with LocalKinesis({"orders": 1}) as kinesis:
        _put(kinesis, "orders", [("a", b"1", None, [Tag("t")])])
    (record,) = kinesis.user_records("orders")
    for one in (record, *kinesis.records("orders"), *kinesis.shards("orders"), kinesis.faults(), StreamSpec("a")):
        assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(FrozenInstanceError):
        record.shard_id = "another"  # type: ignore[misc]
    assert replace(Faults(), drop_rate=0.5).drop_rate == 0.5


def test_user_records_hash_alike_wherever_they_lie() -> None:
    keys = [f"user-{number}" for number in range(200)]
    with LocalKinesis({"orders": 8}) as kinesis:
        _put(kinesis, "orders", [(key, b"x") for key in keys])
    ranges = {shard.id: (shard.first_hash_key, shard.last_hash_key) for shard in kinesis.shards("orders")}
    seen = kinesis.user_records("orders")
    assert sorted(record.partition_key for record in seen) == sorted(keys)
    for record in seen:
        first, last = ranges[record.shard_id]
        assert first <= int.from_bytes(hashlib.md5(record.partition_key.encode()).digest(), "big") <= last


def test_a_child_puts_into_it_and_may_not_look() -> None:
    # In a process of its own, which has no threads but these.
    done = _run("""
        import os, sys, warnings
        from aiokpl import SyncProducer
        from aiokpl.local import LocalKinesis
        # From 3.12 on a fork beside other threads is warned of; here it is meant.
        warnings.simplefilter("ignore", DeprecationWarning)
        with LocalKinesis({"orders": 1}, tls=True) as kinesis:
            certificate = kinesis.certificate_file
            child = os.fork()
            if child == 0:
                with SyncProducer(kinesis.config()) as producer:
                    stored = producer.put_record(stream="orders", partition_key="a", data=b"child").wait(timeout=20)
                try:
                    kinesis.records("orders")
                except RuntimeError as error:
                    refused = "forked" in str(error)
                kinesis.stop()
                del kinesis
                sys.exit(0 if stored.success and refused else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert os.path.exists(certificate)
            assert [record.data for record in kinesis.user_records("orders")] == [b"child"]
        print("both ended")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "both ended\n", "")


def test_forgotten_it_ends_with_the_interpreter_after_the_producers() -> None:
    done = _run("""
        import atexit, logging
        # What is registered first comes last.
        atexit.register(lambda: print([record.data for record in kinesis.user_records("orders")], kinesis))
        import aiokpl.local
        logging.basicConfig()
        kinesis = aiokpl.local.LocalKinesis({"orders": 1}, tls=True)
        kinesis.start()
        producer = aiokpl.SyncProducer(kinesis.config(record_max_buffered_time_ms=60_000, record_ttl_ms=600_000))
        producer.__enter__()
        producer.put_record(stream="orders", partition_key="a", data=b"late")
        print(kinesis.certificate_file)
    """)
    certificate, stored = done.stdout.splitlines()
    assert (done.returncode, stored) == (0, "[b'late'] <LocalKinesis: not running>")
    assert "was not left by the end of the program" in done.stderr
    assert not os.path.exists(certificate)


def test_dropped_it_stops() -> None:
    kinesis = LocalKinesis()
    kinesis.start()
    port = kinesis.port
    del kinesis
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_repr() -> None:
    with LocalKinesis() as kinesis:
        assert repr(kinesis) == f"<LocalKinesis {kinesis.endpoint_url}>"
    assert repr(kinesis) == "<LocalKinesis: not running>"


def test_leaving_does_not_wait_for_faults() -> None:
    signal.alarm(60)
    try:
        with LocalKinesis({"orders": 1}, faults=Faults(latency_ms=3_600_000)) as kinesis:
            connection = http.client.HTTPConnection("127.0.0.1", kinesis.port, timeout=10)
            connection.request("POST", "/", headers={"X-Amz-Target": "Kinesis_20131202.ListStreams"}, body=b"{}")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            connection.getresponse()
        connection.close()
    finally:
        signal.alarm(0)
