"""AWS's SDK for Java, which speaks CBOR to Kinesis, against our local Kinesis; what it does is in java/Peer.java."""

import shutil
import subprocess

import pytest

import servers


def test_a_streams_life_in_cbor(start):
    java = servers.PEERS / "java"
    if not any((java / "classes").glob("*.class")) or shutil.which("java") is None:
        pytest.skip("the AWS SDK for Java is not installed (./dev setup)")
    endpoint = start(servers.local_kinesis)["endpoint_url"]
    command = ["java", "-cp", f"{java}/classes:{java}/lib/*", "Peer", endpoint, "java"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "400 records came back identical" in done.stdout
