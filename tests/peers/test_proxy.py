"""Records through tinyproxy, a real HTTP proxy, to a service with a certificate of a private authority."""

import os
import subprocess

import pytest

import kinesis
import servers

# No name of an environment variable of proxies that the machine itself may have set.
NAMES = [name + "_proxy" for name in ("http", "https", "all", "no")]
CLEAN = {name: value for name, value in os.environ.items() if name.lower() not in NAMES}


@pytest.fixture
def service(start):
    """The local Kinesis, and its HTTPS for strangers."""
    local = start(servers.local_kinesis, "--stream", "events:2")
    front = start(servers.stranger, int(local["endpoint_url"].rpartition(":")[2]))
    return {"local": local["endpoint_url"], "url": front["endpoint_url"], "certificate": front["certificate"]}


def put(service, *arguments, environment=None, fine=True):
    """One record; returns what is said on standard error."""
    done = subprocess.run(
        [servers.PROGRAM, "put", "--endpoint-url", service["url"], "--region", "us-east-1", "--ca-bundle",
         service["certificate"], "--stream", "events", "--connect-timeout", "5s", "--record-ttl", "20s" if fine else "2s", *arguments],
        input=b"a record\n", capture_output=True, timeout=120, env={**CLEAN, **(environment or {})},
    )  # fmt: skip
    said = done.stderr.decode() + done.stdout.decode()
    assert (done.returncode == 0) == fine, said
    return said


def stored(service):
    return [data for _, data in kinesis.tail(service["local"], "events")]


def tunnels(proxy):
    """How many the proxy says it made."""
    return proxy.output().count("CONNECT 0.0.0.0:")


def test_by_flags_and_a_file(service, start, tmp_path):
    proxy = start(servers.tinyproxy, ("me", "hunter2"))
    file = tmp_path / "options"
    file.write_text("proxy_password = hunter2\n")
    put(service, "--proxy-host", "127.0.0.1", "--proxy-port", str(proxy.port), "--proxy-user-name", "me", "--config", str(file))
    assert stored(service) == [b"a record"]
    assert tunnels(proxy) >= 1


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_by_the_environment(service, start, name):
    proxy = start(servers.tinyproxy, ("me", "hunter2"))
    put(service, environment={name: f"http://me:hunter2@127.0.0.1:{proxy.port}"})
    assert stored(service) == [b"a record"]
    assert tunnels(proxy) >= 1


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_past_the_proxy(service, start, name):
    proxy = start(servers.tinyproxy)
    put(service, environment={"https_proxy": f"127.0.0.1:{proxy.port}", name: "example.com,0.0.0.0"})
    assert stored(service) == [b"a record"]
    assert tunnels(proxy) == 0


def test_http_proxy_is_not_for_https(service, start):
    proxy = start(servers.tinyproxy)
    put(service, environment={"http_proxy": f"127.0.0.1:{proxy.port}"})
    assert tunnels(proxy) == 0


def test_a_wrong_password_is_told_and_not_shown(service, start, tmp_path):
    proxy = start(servers.tinyproxy, ("me", "hunter2"))
    # tinyproxy's answer to a wrong password is 401, not 407.
    who = f"the proxy 127.0.0.1:{proxy.port} answered 401: wrong "
    file = tmp_path / "options"
    file.write_text("proxy_password = xyzzy\n")
    said = put(
        service, "--proxy-host", "127.0.0.1", "--proxy-port", str(proxy.port), "--proxy-user-name", "me",
        "--config", str(file), fine=False,
    )  # fmt: skip
    assert who + "proxy_user_name or proxy_password" in said
    assert "xyzzy" not in said
    said = put(service, environment={"https_proxy": f"http://me:xyzzy@127.0.0.1:{proxy.port}"}, fine=False)
    assert who + "user name or password in https_proxy" in said
    assert "xyzzy" not in said
    said = put(service, environment={"https_proxy": f"http://127.0.0.1:{proxy.port}"}, fine=False)
    assert f"the proxy 127.0.0.1:{proxy.port} answered 407: it wants a user name and a password" in said
    assert stored(service) == []


def test_the_certificate_is_checked_behind_the_proxy(service, start, tmp_path):
    proxy = start(servers.tinyproxy)
    # Another authority: the one of the local Kinesis's own HTTPS.
    other = start(servers.local_kinesis, "--tls")
    said = put(
        {**service, "certificate": other["certificate"]}, environment={"https_proxy": f"127.0.0.1:{proxy.port}"}, fine=False
    )
    assert "the certificate is self-signed, and is not in " in said
    assert stored(service) == []
