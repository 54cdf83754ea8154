"""Producers in Python, measured as the C++ one is: `python_peer.py aiokpl|aiokpl-sync|aiokpl-bulk|boto3 --endpoint-url URL ...`.

Which aiokpl that is, ours or the pure-Python one, is the environment's matter: the programs are the same. Speaks on stdin
and stdout as bench_producer does. A record's outcome is awaited where the peer has one."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import pathlib
import resource
import struct
import sys
import time
from collections import deque
from typing import Any, Callable, Iterator

KEY_SIZE = 16


def read_records(path: str) -> list[tuple[str, bytes]]:
    content = pathlib.Path(path).read_bytes()
    records = []
    at = 0
    while at < len(content):
        (size,) = struct.unpack_from("<I", content, at)
        data = at + 4 + KEY_SIZE
        records.append((content[at + 4 : data].decode(), content[data : data + size]))
        at = data + size
    return records


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_rss() -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


class Count:
    """What a phase has put; it ends by the clock, for these peers are far from using a core's time well."""

    def __init__(self, seconds: float) -> None:
        self.records = 0
        self.failures = 0
        self._end = time.monotonic() + seconds

    def goes_on(self) -> bool:
        return self.records % 100 != 0 or time.monotonic() < self._end


def begin() -> tuple[float, float]:
    """Says that the peer is warm, and what CPU time and time it is when it goes on."""
    print(json.dumps({"event": "ready"}), flush=True)
    sys.stdin.readline()
    return cpu_seconds(), time.monotonic()


def report(count: Count, warm: Count, cpu_before: float, start: float) -> None:
    found = {
        "event": "done",
        "records": count.records,
        "seconds": time.monotonic() - start,
        "cpu": cpu_seconds() - cpu_before,
        "peak_rss": peak_rss(),
        "failures": count.failures + warm.failures,
    }
    print(json.dumps(found), flush=True)


def measure(phase: Callable[[float], Count], arguments: argparse.Namespace) -> None:
    warm = phase(arguments.warm_up)
    cpu, start = begin()
    report(phase(arguments.seconds), warm, cpu, start)


def aiokpl_config(arguments: argparse.Namespace) -> Any:
    import aiokpl

    return aiokpl.Config(
        region="us-east-1",
        endpoint_url=arguments.endpoint_url,
        verify_ssl=False,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        rate_limit_records_per_sec_per_shard=1e12,
        rate_limit_bytes_per_sec_per_shard=1e12,
    )


def run_aiokpl_sync(arguments: argparse.Namespace, records: Iterator[tuple[str, bytes]]) -> None:
    import aiokpl

    def phase(producer: Any, seconds: float) -> Count:
        count = Count(seconds)
        window: deque[Any] = deque()

        def settle(most: int) -> None:
            while len(window) > most:
                count.failures += not window.popleft().wait(timeout=60).success

        while count.goes_on():
            key, data = next(records)
            window.append(producer.put_record(stream=arguments.stream, partition_key=key, data=data))
            count.records += 1
            if len(window) >= arguments.outstanding:
                settle(arguments.outstanding * 3 // 4)
        producer.flush()
        settle(0)
        return count

    with aiokpl.SyncProducer(aiokpl_config(arguments)) as producer:
        measure(lambda seconds: phase(producer, seconds), arguments)


def run_aiokpl(arguments: argparse.Namespace, records: Iterator[tuple[str, bytes]]) -> None:
    async def phase(producer: Any, seconds: float) -> Count:
        count = Count(seconds)
        window: deque[Any] = deque()

        async def settle(most: int) -> None:
            while len(window) > most:
                result = await window.popleft().wait()
                count.failures += not result.success

        while count.goes_on():
            key, data = next(records)
            window.append(await producer.put_record(stream=arguments.stream, partition_key=key, data=data))
            count.records += 1
            if len(window) >= arguments.outstanding:
                await settle(arguments.outstanding * 3 // 4)
        await producer.flush()
        await settle(0)
        return count

    run_async(phase, arguments)


def run_aiokpl_bulk(arguments: argparse.Namespace, records: Iterator[tuple[str, bytes]]) -> None:
    """Ours only: 1,000 records a call, as in the C++ row."""
    calls = [list(itertools.islice(records, 1_000)) for _ in range(100)]

    async def phase(producer: Any, seconds: float) -> Count:
        count = Count(seconds)
        window: deque[Any] = deque()

        async def settle(most: int) -> None:
            while len(window) > most:
                count.failures += sum(not result.success for result in await window.popleft().wait())

        for call in itertools.cycle(calls):
            if not count.goes_on():
                break
            window.append(await producer.put_records(stream=arguments.stream, records=call))
            count.records += len(call)
            if len(window) >= arguments.outstanding // 1_000:
                await settle(len(window) * 3 // 4)
        await producer.flush()
        await settle(0)
        return count

    run_async(phase, arguments)


def run_async(phase: Callable[[Any, float], Any], arguments: argparse.Namespace) -> None:
    import aiokpl

    async def run() -> None:
        async with aiokpl.Producer(aiokpl_config(arguments)) as producer:
            warm = await phase(producer, arguments.warm_up)
            cpu, start = begin()
            report(await phase(producer, arguments.seconds), warm, cpu, start)

    asyncio.run(run())


def run_boto3(arguments: argparse.Namespace, records: Iterator[tuple[str, bytes]]) -> None:
    """Aggregates as the library does, by size alone, and sends 100 aggregates of 50 KiB at a time."""
    import boto3
    from aws_kinesis_agg.aggregator import RecordAggregator

    client = boto3.client(
        "kinesis",
        region_name="us-east-1",
        endpoint_url=arguments.endpoint_url,
        verify=arguments.ca_file,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )
    most_aggregates = 100

    def phase(seconds: float) -> Count:
        count = Count(seconds)
        aggregator = RecordAggregator(max_size=51_200)
        request: list[dict[str, Any]] = []

        def send() -> None:
            if request:
                answer = client.put_records(StreamName=arguments.stream, Records=request)
                count.failures += answer["FailedRecordCount"]
                request.clear()

        def add(aggregate: Any) -> None:
            key, _, data = aggregate.get_contents()
            request.append({"Data": data, "PartitionKey": key})
            if len(request) == most_aggregates:
                send()

        while count.goes_on():
            key, data = next(records)
            if full := aggregator.add_user_record(key, data):
                add(full)
            count.records += 1
        if aggregator.get_num_user_records() > 0:
            add(aggregator.clear_and_get())
        send()
        return count

    measure(phase, arguments)


PEERS = {"aiokpl": run_aiokpl, "aiokpl-sync": run_aiokpl_sync, "aiokpl-bulk": run_aiokpl_bulk, "boto3": run_boto3}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("--stream", required=True)
    parser.add_argument("--records", required=True)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warm-up", type=float, default=1)
    parser.add_argument("--outstanding", type=int, default=4_000)
    arguments = parser.parse_args()
    records = itertools.cycle(read_records(arguments.records))
    PEERS[arguments.peer](arguments, records)


if __name__ == "__main__":
    main()
