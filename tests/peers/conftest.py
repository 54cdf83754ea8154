import contextlib
import random

import pytest

import servers


SKIPPED = 77  # what CTest knows as skipped


def pytest_sessionfinish(session, exitstatus):
    """Where nothing ran for want of a peer, CTest must not say Passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and not reporter.stats.get("passed"):
        session.exitstatus = SKIPPED


@pytest.fixture
def start():
    """start(servers.local_kinesis, ...): a server that ends with the test; the test is skipped where its peer is missing."""
    with contextlib.ExitStack() as stack:

        def starter(server, *arguments):
            try:
                return stack.enter_context(server(*arguments))
            except servers.MissingPeer as missing:
                pytest.skip(str(missing))

        yield starter


@pytest.fixture
def records():
    """Some thousand records as (partition key, bytes): keys that repeat, keys beyond ASCII, data of every kind."""
    source = random.Random(20130212)
    keys = [f"user-{n}" for n in range(300)] + ["käse", "鍵", "🔑", "x" * 256, " "]
    made = []
    for n in range(3000):
        size = source.choice((1, 20, 200, 2000))
        # The number makes each record its own, so that a lost and a doubled one cannot hide each other. Some are text.
        noise = source.randbytes(size)
        data = f"{n}: grüße {noise.hex()}".encode() if n % 3 == 0 else n.to_bytes(4, "big") + noise
        made.append((source.choice(keys), data))
    return made
