"""What a test does with a Kinesis, by AWS's own Python SDK, and with our program."""

import base64
import json
import subprocess

import boto3
import botocore.config
from aws_kinesis_agg.deaggregator import iter_deaggregate_records

import servers


def client(endpoint, verify=True):
    return boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        verify=verify,
        config=botocore.config.Config(retries={"total_max_attempts": 2}, read_timeout=30),
    )


def read_shard(kinesis, stream, shard_id):
    """Every record of a shard, from its beginning to what is its end now."""
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
    iterator = iterator["ShardIterator"]
    records = []
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator)
        records += answer["Records"]
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            break
        iterator = answer.get("NextShardIterator")
    return records


def read_stream(kinesis, stream):
    """{shard id: its Kinesis records}."""
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    return {shard["ShardId"]: read_shard(kinesis, stream, shard["ShardId"]) for shard in shards}


def unpacked(kinesis_records):
    """The user records as (partition key, bytes), unpacked by aws-kinesis-agg."""
    result = []
    for record in iter_deaggregate_records(kinesis_records, data_format="Boto3"):
        inner = record["kinesis"]
        data = base64.b64decode(inner["data"]) if inner.get("aggregated") else inner["data"]
        result.append((inner["partitionKey"], data))
    return result


def aiokpl(*arguments, stdin=b""):
    """Runs our program to its end and returns what it printed."""
    done = subprocess.run([servers.PROGRAM, *arguments], input=stdin, capture_output=True, timeout=120)
    assert done.returncode == 0, (
        f"aiokpl {' '.join(arguments)} ended with {done.returncode}\n"
        + done.stderr.decode(errors="replace")[-4000:]
        + done.stdout.decode(errors="replace")[-2000:]
    )
    return done.stdout


def put(endpoint, stream, records, *arguments):
    """Puts (partition key, bytes) records with our program."""
    lines = [
        json.dumps({"partition_key": key, "data_base64": base64.b64encode(data).decode()}) for key, data in records
    ]
    aiokpl(
        "put", "--endpoint-url", endpoint, "--stream", stream, "--ndjson", *arguments,
        stdin="".join(line + "\n" for line in lines).encode(),
    )  # fmt: skip


def tail(endpoint, stream, *arguments):
    """What our program reads from a stream's beginning to its end now, as (partition key, bytes)."""
    output = aiokpl("tail", "--endpoint-url", endpoint, "--stream", stream, "--json", *arguments)
    return [(record["partition_key"], data_of(record)) for record in map(json.loads, output.split(b"\n")[:-1])]


def data_of(record):
    """Text stands as it is in our JSON, other bytes in base64."""
    return record["data"].encode() if "data" in record else base64.b64decode(record["data_base64"])
