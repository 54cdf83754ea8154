"""A Kinesis that is not ours takes our requests, in both protocols, and hands the same records back."""

import contextlib

import pytest

import kinesis
import servers

TRANSPORTS = ["plain", "tls"]
PROTOCOLS = ["cbor", "json"]


@pytest.fixture(scope="module")
def endpoints():
    """One server for all tests, since it takes seconds to start, with a stream for each of them."""
    streams = [f"{protocol}-{transport}:4" for protocol in PROTOCOLS for transport in TRANSPORTS]
    streams += [f"raw-{protocol}:2" for protocol in PROTOCOLS]
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(servers.kinesis_local(",".join([*streams, "tail:3"])))
        except servers.MissingPeer as missing:
            pytest.skip(str(missing))


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_records_come_back_identical(endpoints, records, protocol, transport):
    endpoint, stream = endpoints[transport], f"{protocol}-{transport}"

    kinesis.put(endpoint, stream, records, "--wire-protocol", protocol, "--no-verify-ssl")

    shards = kinesis.read_stream(kinesis.client(endpoint, verify=False), stream)
    stored = [record for shard in shards.values() for record in shard]
    assert len(shards) == 4 and all(shards.values()), "the keys of the records belong to all four shards"
    assert len(stored) < len(records) / 5, "they went out aggregated"
    assert sorted(kinesis.unpacked(stored)) == sorted(records)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_aggregation_each_record_is_one_of_kinesis(endpoints, records, protocol):
    records = records[:500]
    endpoint, stream = endpoints["plain"], f"raw-{protocol}"

    kinesis.put(endpoint, stream, records, "--wire-protocol", protocol, "--no-aggregation-enabled")

    shards = kinesis.read_stream(kinesis.client(endpoint), stream)
    stored = [(record["PartitionKey"], record["Data"]) for shard in shards.values() for record in shard]
    assert sorted(stored) == sorted(records)


def test_our_tail_reads_it_too(endpoints, records):
    kinesis.put(endpoints["plain"], "tail", records)

    assert sorted(kinesis.tail(endpoints["plain"], "tail")) == sorted(records)
