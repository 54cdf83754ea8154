"""A Kinesis that is not ours takes our requests, in both protocols, and hands the same records back."""

import pytest

import kinesis
import servers


@pytest.mark.parametrize("transport", ["plain", "tls"])
@pytest.mark.parametrize("protocol", ["cbor", "json"])
def test_records_come_back_identical(start, records, protocol, transport):
    endpoint = start(servers.kinesis_local, "records:4")[transport]

    kinesis.put(endpoint, "records", records, "--wire-protocol", protocol, "--no-verify-ssl")

    shards = kinesis.read_stream(kinesis.client(endpoint, verify=False), "records")
    stored = [record for shard in shards.values() for record in shard]
    assert len(shards) == 4 and all(shards.values()), "the keys of the records belong to all four shards"
    assert len(stored) < len(records) / 5, "they went out aggregated"
    assert sorted(kinesis.unpacked(stored)) == sorted(records)


@pytest.mark.parametrize("protocol", ["cbor", "json"])
def test_without_aggregation_each_record_is_one_of_kinesis(start, records, protocol):
    records = records[:500]
    endpoint = start(servers.kinesis_local, "records:2")["plain"]

    kinesis.put(endpoint, "records", records, "--wire-protocol", protocol, "--no-aggregation-enabled")

    shards = kinesis.read_stream(kinesis.client(endpoint), "records")
    stored = [(record["PartitionKey"], record["Data"]) for shard in shards.values() for record in shard]
    assert sorted(stored) == sorted(records)


def test_our_tail_reads_it_too(start, records):
    endpoint = start(servers.kinesis_local, "records:3")["plain"]

    kinesis.put(endpoint, "records", records)

    assert sorted(kinesis.tail(endpoint, "records")) == sorted(records)
