"""What sinks are made with, and what they are as objects."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import aiokpl
import anyio
import pytest
from aiokpl import CloudWatchSink, DatadogSink, ExportDeferred, MetricsSink, NullSink, OtlpSink, PrometheusSink
from metrics_support import Receiver, bare_environment, cloudwatch, every_sink, receiver, secret, snapshot

__all__ = ["bare_environment", "receiver"]
pytestmark = pytest.mark.usefixtures("bare_environment")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: CloudWatchSink(), TypeError, "region"),
        (lambda: CloudWatchSink(region=1), TypeError, "region: must be str, got 1"),
        (lambda: CloudWatchSink(region="r", namespace="AWS/mine"), ValueError, '^namespace: .*got "AWS/mine"'),
        (lambda: CloudWatchSink(region="r", namespace="", ca_bundle=""), ValueError, "namespace: .*\n.*ca_bundle: "),
        (lambda: CloudWatchSink(region="r", endpoint_url="ftp://x"), ValueError, "endpoint_url: .*ftp://x"),
        (lambda: CloudWatchSink(region="r", verify_ssl=0), TypeError, "verify_ssl: must be bool, got 0"),
        (
            lambda: CloudWatchSink(region="r", names="all"),
            ValueError,
            'names: must be one of both, page, kpl, got "all"',
        ),
        (
            lambda: CloudWatchSink(region="r", aws_secret_access_key=b"s3cr3t"),
            TypeError,
            "key: must be str, got bytes$",
        ),
        (
            lambda: CloudWatchSink(region="r", aws_secret_access_key=secret),
            ValueError,
            "aws_access_key_id: must be given",
        ),
        (lambda: DatadogSink(), ValueError, "api_key: .*DD_API_KEY"),
        (lambda: DatadogSink(api_key=secret + "\n"), ValueError, "api_key: must be .*spaces$"),
        (lambda: DatadogSink(api_key=secret, site="http://x"), ValueError, "site: .*http://x"),
        (lambda: DatadogSink(api_key=secret, tags="team:a"), TypeError, "tags: must be a list or tuple of str"),
        (lambda: DatadogSink(api_key=secret, max_values_per_point=1), ValueError, "max_values_per_point: must be 2 to"),
        (lambda: OtlpSink(endpoint="x"), ValueError, "endpoint: "),
        (lambda: OtlpSink(endpoint="http://a:s3cr3t@x"), ValueError, "endpoint: "),
        (lambda: OtlpSink(headers={"a": "s3cr3t\n"}), ValueError, "headers: "),
        (lambda: OtlpSink(headers={"a": 3}), TypeError, "headers: must be a mapping of str to str, got int"),
        (lambda: OtlpSink(timeout_ms=0), ValueError, "timeout_ms: must be 1 to 600000, got 0"),
        (lambda: OtlpSink(timeout_ms=True), TypeError, "timeout_ms: must be a number, got True"),
        (lambda: OtlpSink(compression="zstd"), ValueError, 'compression: must be one of none, gzip, got "zstd"'),
        (lambda: PrometheusSink(port=65536), ValueError, "port: must be 0 to 65535, got 65536"),
        (lambda: PrometheusSink(port=2**70), ValueError, "port: must be 0 to 65535"),
        (lambda: PrometheusSink(port=0, address="localhost"), ValueError, "address: .*localhost"),
        (lambda: PrometheusSink(port=0, path="m", metric_prefix="1"), ValueError, "path: .*\n.*metric_prefix: "),
    ],
)
def test_wrong_options(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        make()
    assert "s3cr3t" not in str(raised.value)


def test_datadog_of_the_environment(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DD_API_KEY", "of-the-environment")
    monkeypatch.setenv("DD_APP_KEY", "of-an-app")
    monkeypatch.setenv("DD_SITE", "not a site")
    with pytest.raises(ValueError, match="DD_SITE: .*not a site"):
        DatadogSink()
    DatadogSink(site="datadoghq.eu")  # goes before the variable
    monkeypatch.delenv("DD_SITE")

    async def work() -> None:
        async with DatadogSink(endpoint_url=receiver.url) as sink:
            await sink.export([snapshot()])

    anyio.run(work)
    headers = receiver.requests[0].headers
    assert (headers["dd-api-key"], headers["dd-application-key"]) == ("of-the-environment", "of-an-app")


def test_sinks_as_objects(receiver: Receiver) -> None:
    for sink in [*every_sink(receiver), NullSink(), aiokpl.InMemorySink()]:
        assert isinstance(sink, MetricsSink)
        assert type(sink).__name__ in repr(sink) and secret not in repr(sink)
    for sink in every_sink(receiver):
        settings = aiokpl.Config(region="r", metrics_sink=sink)
        assert dataclasses.asdict(settings)["metrics_sink"] is sink and copy.copy(sink) is sink
        with pytest.raises(TypeError, match=f"{type(sink).__name__} cannot be pickled"):
            pickle.dumps(sink)
    assert cloudwatch(receiver).namespace == "my/app"
    assert repr(cloudwatch(receiver)).startswith(
        "CloudWatchSink(region='eu-north-1', namespace='my/app', endpoint_url="
    )


def test_names_and_places() -> None:
    from aiokpl.sinks.cloudwatch import CloudWatchSink as of_cloudwatch
    from aiokpl.sinks.datadog import DatadogSink as of_datadog
    from aiokpl.sinks.otlp import OtlpSink as of_otlp
    from aiokpl.sinks.prometheus import PrometheusSink as of_prometheus

    assert (of_cloudwatch, of_datadog, of_otlp, of_prometheus) == (
        CloudWatchSink,
        DatadogSink,
        OtlpSink,
        PrometheusSink,
    )
    for module in (aiokpl, aiokpl.sinks):
        assert all(getattr(module, name) is not None for name in module.__all__)
        assert len(set(module.__all__)) == len(module.__all__)
    exception = pickle.loads(pickle.dumps(ExportDeferred("waits")))
    assert isinstance(exception, RuntimeError) and str(exception) == "waits"
