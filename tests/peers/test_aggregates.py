"""An implementation of the aggregated format that is not ours unpacks what we pack, and we what it packs."""

import hashlib

from aws_kinesis_agg.aggregator import RecordAggregator

import kinesis
import servers


def shard_of(shards, key):
    """The shard that a partition key belongs to, by its MD5."""
    hash_key = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
    for shard in shards:
        bounds = shard["HashKeyRange"]
        if int(bounds["StartingHashKey"]) <= hash_key <= int(bounds["EndingHashKey"]):
            return shard["ShardId"]
    raise AssertionError(f"no shard for {key!r}")


def test_it_unpacks_our_aggregates(start, records):
    endpoint = start(servers.local_kinesis, "--stream", "ours:4")["endpoint_url"]

    kinesis.put(endpoint, "ours", records)

    client = kinesis.client(endpoint)
    shards = client.list_shards(StreamName="ours")["Shards"]
    received = []
    for shard_id, stored in kinesis.read_stream(client, "ours").items():
        assert any(record["PartitionKey"] == "a" for record in stored), "a shard without an aggregate"
        inside = kinesis.unpacked(stored)
        # By the KCL's rule, which drops an aggregate as soon as one of its records belongs to another shard.
        assert {shard_of(shards, key) for key, _ in inside} == {shard_id}
        received += inside
    assert sorted(received) == sorted(records)


def test_we_unpack_its_aggregates(start, records):
    endpoint = start(servers.local_kinesis, "--stream", "theirs:1")["endpoint_url"]
    client = kinesis.client(endpoint)

    aggregator = RecordAggregator(51_200)
    packed = []
    for key, data in records:
        full = aggregator.add_user_record(key, data)
        if full:
            packed.append(full.get_contents())
    packed.append(aggregator.clear_and_get().get_contents())
    for key, _, data in packed:
        client.put_record(StreamName="theirs", PartitionKey=key, Data=data)

    assert len(packed) > 10
    assert kinesis.tail(endpoint, "theirs") == records
