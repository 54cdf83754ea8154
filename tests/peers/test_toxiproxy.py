"""Records through Toxiproxy, a proxy with faults that is not ours: none is lost, and each comes back identical."""

import contextlib
import threading
import time

import pytest

import kinesis
import servers

# Name, direction and attributes of the toxic, and whether a connection with it can get anything done at all.
TOXICS = {
    "bandwidth": ("bandwidth", "upstream", {"rate": 200}, True),  # KB a second
    "latency": ("latency", "downstream", {"latency": 150, "jitter": 100}, True),
    "slow_close": ("slow_close", "downstream", {"delay": 500}, True),
    "slicer": ("slicer", "upstream", {"average_size": 1000, "size_variation": 500, "delay": 100}, True),
    "slicer_of_answers": ("slicer", "downstream", {"average_size": 20, "size_variation": 10, "delay": 500}, True),
    "limit_data": ("limit_data", "downstream", {"bytes": 20000}, True),
    "timeout": ("timeout", "downstream", {"timeout": 300}, False),
    "silence": ("timeout", "upstream", {"timeout": 0}, False),
    "reset_peer": ("reset_peer", "downstream", {"timeout": 50}, False),
}


@pytest.fixture
def proxied(start):
    """The local Kinesis, and the proxy before its HTTPS."""
    service = start(servers.local_kinesis, "--tls", "--stream", "events:4")
    return service, start(servers.toxiproxy, service["tls_endpoint_url"].removeprefix("https://"))


@pytest.mark.parametrize("toxic", TOXICS)
def test_records_arrive_through(proxied, records, toxic):
    service, proxy = proxied
    kind, stream, attributes, passes = TOXICS[toxic]
    with contextlib.ExitStack() as stack:
        proxy.add(kind, stream, attributes)
        if not passes:
            # It goes away while the records are being sent again and again.
            recovery = threading.Thread(target=lambda: (time.sleep(1.5), proxy.heal()))
            recovery.start()
            stack.callback(recovery.join)
        # What gets through is slow at times: a slice waits for a timer of the proxy's, on a busy machine for a core, too.
        timeout = "5s" if passes else "500ms"
        kinesis.put(
            f"https://{proxy.address}", "events", records,
            "--ca-bundle", service["certificate"], "--request-timeout", timeout, "--connect-timeout", "1s",
        )  # fmt: skip
    stored = kinesis.tail(service["endpoint_url"], "events")
    # A record whose answer was lost is there twice.
    assert set(stored) == set(records)
    assert passes or proxy.healed, "the put ended before the fault did"


def test_records_arrive_though_the_proxy_is_down_for_a_while(proxied, records):
    service, proxy = proxied
    proxy.enable(False)
    recovery = threading.Thread(target=lambda: (time.sleep(1.5), proxy.enable(True)))
    recovery.start()
    kinesis.put(f"https://{proxy.address}", "events", records, "--ca-bundle", service["certificate"])
    recovery.join()
    assert sorted(kinesis.tail(service["endpoint_url"], "events")) == sorted(records)
