"""AWS's SDK for Python (JSON) against our local Kinesis: a stream's whole life."""

import pytest

import kinesis
import servers


@pytest.mark.parametrize("transport", ["plain", "tls"])
def test_a_streams_life(start, records, transport):
    arguments = ["--tls"] if transport == "tls" else []
    ready = start(servers.local_kinesis, *arguments)
    endpoint = ready["tls_endpoint_url"] if arguments else ready["endpoint_url"]
    client = kinesis.client(endpoint, verify=ready["certificate"] if arguments else True)

    client.create_stream(StreamName="life", ShardCount=2)
    client.get_waiter("stream_exists").wait(StreamName="life", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert client.list_streams()["StreamNames"] == ["life"]
    summary = client.describe_stream_summary(StreamName="life")["StreamDescriptionSummary"]
    assert (summary["StreamStatus"], summary["OpenShardCount"]) == ("ACTIVE", 2)

    before = put_records(client, records[:400])
    first, second = client.list_shards(StreamName="life")["Shards"]
    bounds = first["HashKeyRange"]
    middle = (int(bounds["StartingHashKey"]) + int(bounds["EndingHashKey"])) // 2
    client.split_shard(StreamName="life", ShardToSplit=first["ShardId"], NewStartingHashKey=str(middle))
    client.get_waiter("stream_exists").wait(StreamName="life", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    shards = client.list_shards(StreamName="life")["Shards"]
    children = [shard["ShardId"] for shard in shards if shard.get("ParentShardId") == first["ShardId"]]
    assert len(shards) == 4 and len(children) == 2

    after = put_records(client, records[400:800])
    assert {shard for shard, _ in after} <= {second["ShardId"], *children}

    client.merge_shards(StreamName="life", ShardToMerge=children[0], AdjacentShardToMerge=children[1])
    client.get_waiter("stream_exists").wait(StreamName="life", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert client.describe_stream_summary(StreamName="life")["StreamDescriptionSummary"]["OpenShardCount"] == 2

    received = {}
    for shard_id, stored in kinesis.read_stream(client, "life").items():
        for record in stored:
            received[shard_id, record["SequenceNumber"]] = (record["PartitionKey"], record["Data"])
    assert received == {**before, **after}, "each record is where the answer to its put said, and no other is there"

    client.delete_stream(StreamName="life")
    client.get_waiter("stream_not_exists").wait(StreamName="life", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream_summary(StreamName="life")


def put_records(client, records):
    """{(shard id, sequence number): (partition key, bytes)} by the answer of PutRecords."""
    entries = [{"PartitionKey": key, "Data": data} for key, data in records]
    answer = client.put_records(StreamName="life", Records=entries)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == len(records)
    places = [(entry["ShardId"], entry["SequenceNumber"]) for entry in answer["Records"]]
    return dict(zip(places, records, strict=True))


def test_errors_have_the_services_names(start):
    client = kinesis.client(start(servers.local_kinesis, "--stream", "there:1")["endpoint_url"])

    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_stream(StreamName="there", ShardCount=1)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.put_record(StreamName="elsewhere", PartitionKey="k", Data=b"x")
    with pytest.raises(client.exceptions.InvalidArgumentException):
        client.get_records(ShardIterator="not an iterator")
