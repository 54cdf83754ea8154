"""The package's own sinks: what reaches their receivers, options, and exports without a producer."""

from __future__ import annotations

import copy
import dataclasses
import multiprocessing
import os
import pickle
import re
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import aiokpl
import anyio
import pytest
from aiokpl import (
    CloudWatchSink,
    DatadogSink,
    ExportDeferred,
    MetricSnapshot,
    MetricsSink,
    NullSink,
    OtlpSink,
    Producer,
    PrometheusSink,
    SyncProducer,
)
from metrics_support import Receiver, Request, config, counts, kinesis, patience, put, receiver, run, sums

__all__ = ["kinesis", "receiver"]
secret = "s3cr3t-of-the-sink"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "DD_", "OTEL_")) or name.lower() in ("http_proxy", "all_proxy"):
            monkeypatch.delenv(name)


def cloudwatch(receiver: Receiver, **more: Any) -> CloudWatchSink:
    return CloudWatchSink(
        region="eu-north-1",
        namespace="my/app",
        endpoint_url=receiver.url,
        aws_access_key_id="the-id",
        aws_secret_access_key=secret,
        **more,
    )


def datadog(receiver: Receiver, **more: Any) -> DatadogSink:
    return DatadogSink(api_key=secret, endpoint_url=receiver.url, **more)


def otlp(receiver: Receiver, **more: Any) -> OtlpSink:
    return OtlpSink(endpoint=receiver.url, **more)


makers = [cloudwatch, datadog, otlp]


def metric_data(request: Request) -> list[dict[str, Any]]:
    """The members of a PutMetricData request: name, dimensions, number and sum of the values."""
    fields = dict(parse_qsl(request.body.decode(), strict_parsing=True))
    assert fields.pop("Action") == "PutMetricData" and fields.pop("Version") == "2010-08-01"
    members: dict[int, dict[str, Any]] = defaultdict(lambda: {"namespace": fields["Namespace"]})
    for name, value in fields.items():
        if found := re.fullmatch(r"MetricData\.member\.(\d+)\.(.+)", name):
            members[int(found[1])][found[2]] = value
    for one in members.values():
        one["dimensions"] = {
            value: one[name[:-4] + "Value"] for name, value in one.items() if re.match(r"Dimensions.*Name$", name)
        }
        values = [(name, float(value)) for name, value in one.items() if name.startswith("Values.")]
        times = [float(one[name.replace("Values", "Counts")]) for name, _ in values]
        if values:
            one["count"] = sum(times)
            one["sum"] = sum(value * n for (_, value), n in zip(values, times))
        else:
            one["count"] = float(one["StatisticValues.SampleCount"])
            one["sum"] = float(one["StatisticValues.Sum"])
    return list(members.values())


def of_stream(members: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [one for one in members if one["MetricName"] == name and one["dimensions"] == {"StreamName": "s"}]
    return found


def test_cloudwatch_gets_what_was_measured(kinesis: str, receiver: Receiver) -> None:
    measured = anyio.run(run, config(kinesis, cloudwatch(receiver)))
    members = [one for request in receiver.of_path("/") for one in metric_data(request)]
    assert {one["namespace"] for one in members} == {"my/app"}
    for name, total in sums(measured).items():
        assert of_stream(members, name)["sum"] == pytest.approx(total, rel=1e-6), name
    for name, count in counts(measured).items():
        assert of_stream(members, name)["count"] == count
    assert of_stream(members, "UserRecordsPut")["sum"] == 40
    assert of_stream(members, "BufferingTime")["sum"] == of_stream(members, "BufferedTime")["sum"]
    assert "/eu-north-1/monitoring/aws4_request" in receiver.requests[0].headers["authorization"]


def test_cloudwatch_names_and_resolution(kinesis: str, receiver: Receiver) -> None:
    anyio.run(run, config(kinesis, cloudwatch(receiver, names="kpl", high_resolution=True)))
    members = [one for request in receiver.of_path("/") for one in metric_data(request)]
    names = {one["MetricName"] for one in members}
    assert "BufferingTime" in names and "BufferedTime" not in names
    assert {one["StorageResolution"] for one in members} == {"1"}


def test_datadog_gets_what_was_measured(kinesis: str, receiver: Receiver) -> None:
    measured = anyio.run(run, config(kinesis, datadog(receiver, metric_prefix="my.", tags=["team:data"])))
    series = [one for request in receiver.of_path("/api/v2/series") for one in request.json()["series"]]
    points = [one for request in receiver.of_path("/api/v1/distribution_points") for one in request.json()["series"]]
    assert all(one["tags"] == ["team:data", "stream_name:s"] for one in series + points)
    sent = {one["metric"]: one["points"][0]["value"] for one in series}
    distributed = {one["metric"]: one["points"][0][1] for one in points}
    for name, total in sums(measured).items():
        found = sum(distributed[f"my.{name}"]) if name in counts(measured) else sent[f"my.{name}"]
        assert found == pytest.approx(total, rel=1e-6), name
    assert {f"my.{name}": count for name, count in counts(measured).items()} == {
        name: len(values) for name, values in distributed.items()
    }
    assert receiver.requests[0].headers["dd-api-key"] == secret


def test_otlp_gets_what_was_measured(kinesis: str, receiver: Receiver) -> None:
    service = pytest.importorskip("opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")
    sink = otlp(receiver, compression="gzip", headers={"api-key": secret}, service_name="tests", timeout_ms=5000)
    measured = anyio.run(run, config(kinesis, sink))
    (request,) = receiver.of_path("/v1/metrics")
    assert request.headers["api-key"] == secret and request.headers["content-encoding"] == "gzip"
    message = service.ExportMetricsServiceRequest.FromString(request.body)
    (resource,) = message.resource_metrics
    attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert attributes["service.name"] == "tests"
    metrics = {one.name: one for one in resource.scope_metrics[0].metrics}
    for name, total in sums(measured).items():
        metric = metrics["aiokpl." + name]
        if name in counts(measured):
            (point,) = metric.histogram.data_points
            assert point.count == counts(measured)[name] and point.sum == pytest.approx(total)
        else:
            (point,) = metric.sum.data_points
            assert point.as_int == total


def scraped(sink: PrometheusSink) -> dict[str, float]:
    with urllib.request.urlopen(sink.url, timeout=patience) as answer:
        lines = answer.read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def test_prometheus_serves_what_was_measured(kinesis: str) -> None:
    sink = PrometheusSink(port=0, path="/m")
    assert sink.url == f"http://127.0.0.1:{sink.port}/m" and sink.url in repr(sink)
    first = anyio.run(run, config(kinesis, sink))
    second = anyio.run(run, config(kinesis, sink), 7)
    served = scraped(sink)

    def value(name: str) -> float:
        (found,) = [number for series, number in served.items() if series.startswith(name + "{")]
        return found

    assert value("aiokpl_user_records_put_total") == 47
    both = sums(first + second)["DeliveryTime"]
    assert value("aiokpl_delivery_time_seconds_sum") == pytest.approx(both / 1000, rel=1e-6)


def test_prometheus_lets_go_of_its_port() -> None:
    sink = PrometheusSink(port=0)
    port = sink.port
    with pytest.raises(ValueError, match=rf"port: .*got {port} "):
        PrometheusSink(port=port)
    del sink
    assert PrometheusSink(port=port).port == port


def test_the_core_exports_without_python(kinesis: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(self: Any, snapshots: Any) -> None:
        raise AssertionError("this export was the core's")

    class Own(DatadogSink):
        pass

    sink = Own(api_key=secret, endpoint_url=receiver.url)
    with SyncProducer(config(kinesis, sink)) as producer:
        producer.put_record(stream="s", partition_key="k", data=b"d").wait(patience)
        # From now on Python would not find the way.
        monkeypatch.setattr(DatadogSink, "export", never)
    assert producer.metrics.failed_exports == 0 and receiver.of_path("/api/v2/series")
    assert producer.metrics.sink is sink


def test_a_subclass_with_an_export_of_its_own_is_asked(kinesis: str, receiver: Receiver) -> None:
    class Chosen(DatadogSink):
        async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
            await super().export([one for one in snapshots if one.name == "UserRecordsPut"])

    anyio.run(run, config(kinesis, Chosen(api_key=secret, endpoint_url=receiver.url)))
    series = [one for request in receiver.of_path("/api/v2/series") for one in request.json()["series"]]
    assert [one["metric"] for one in series] == ["aiokpl.UserRecordsPut"]


class Several:
    """Hands on to several sinks, as the page's readers write it."""

    def __init__(self, *sinks: Any) -> None:
        self._sinks = sinks

    async def __aenter__(self) -> None:
        for sink in self._sinks:
            await sink.__aenter__()

    async def __aexit__(self, *exc: Any) -> None:
        for sink in self._sinks:
            await sink.__aexit__(*exc)

    async def export(self, snapshots: Sequence[MetricSnapshot]) -> None:
        for sink in self._sinks:
            await sink.export(snapshots)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_sink_that_hands_on_to_the_cores(kinesis: str, receiver: Receiver, backend: str) -> None:
    prometheus = PrometheusSink(port=0)
    sinks = Several(cloudwatch(receiver), datadog(receiver), otlp(receiver), prometheus)
    measured = anyio.run(run, config(kinesis, sinks), backend=backend)
    members = [one for request in receiver.of_path("/") for one in metric_data(request)]
    for name, total in sums(measured).items():
        assert of_stream(members, name)["sum"] == pytest.approx(total, rel=1e-6), name
    series = [one for request in receiver.of_path("/api/v2/series") for one in request.json()["series"]]
    assert {one["metric"]: one["points"][0]["value"] for one in series}["aiokpl.UserRecordsPut"] == 40
    assert len(receiver.of_path("/v1/metrics")) == 1
    assert scraped(prometheus)['aiokpl_user_records_put_total{stream_name="s"}'] == 40


def snapshot(**more: Any) -> MetricSnapshot:
    return MetricSnapshot("UserRecordsPut", 3, 2.0, 0.0, 1.0, (("stream", "s"),), 1.7e9, 1.7e9 + 60, **more)


def test_export_without_a_producer(receiver: Receiver) -> None:
    async def work() -> None:
        async with cloudwatch(receiver) as sink:
            await sink.export([snapshot()])
            (member,) = [one for one in metric_data(receiver.requests[0]) if one["dimensions"]]
            assert (member["sum"], member["count"], member["Timestamp"]) == (2.0, 3.0, "2023-11-14T22:14:20Z")
        # Not entered at all, it starts with the first export, and again after an end.
        await sink.export([snapshot()])
        await sink.aclose()
        await sink.aclose()

    anyio.run(work)
    assert len(receiver.requests) == 2


def test_export_takes_what_looks_like_a_snapshot(receiver: Receiver) -> None:
    @dataclasses.dataclass
    class Plain:
        name: str = "RequestTime"
        count: int = 2
        sum: float = 30.0
        min: float = 10.0
        max: float = 20.0
        dimensions: tuple[tuple[str, str], ...] = (("stream", "s"), ("error_code", "E"))
        window_start: float = 1.7e9
        window_end: float = 1.7e9

    anyio.run(cloudwatch(receiver).export, [Plain()])
    (request,) = receiver.requests
    (member,) = [one for one in metric_data(request) if "StreamName" in one["dimensions"]]
    assert member["dimensions"] == {"StreamName": "s", "ErrorCode": "E"}
    assert (member["Unit"], member["sum"], member["count"]) == ("Milliseconds", 30.0, 2.0)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (3, TypeError, "each must be a MetricSnapshot, got 3"),
        (snapshot(kind="sum"), ValueError, "kind must be one of count, distribution, gauge, got 'sum'"),
        (snapshot(buckets=(1, 2)), ValueError, r"buckets must be nothing, or \d+ numbers, got \(1, 2\)"),
        (snapshot(last=float("nan")), ValueError, "last must be a finite number, got nan"),
        (dataclasses.replace(snapshot(), count=-1), ValueError, "count must be 0 to"),
        (dataclasses.replace(snapshot(), sum="2"), TypeError, "sum must be a number, got '2'"),
        (dataclasses.replace(snapshot(), dimensions=("stream",)), TypeError, "dimensions must be pairs"),
        (dataclasses.replace(snapshot(), window_end=-1.0), ValueError, "window_end must be seconds since the epoch"),
    ],
)
def test_export_of_what_is_no_snapshot(receiver: Receiver, given: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        anyio.run(cloudwatch(receiver).export, [given])
    assert not receiver.requests


@pytest.mark.parametrize("make", makers)
def test_what_is_deferred_is_raised_and_kept(receiver: Receiver, make: Any) -> None:
    async def work() -> None:
        async with make(receiver) as sink:
            receiver.statuses = [503] * 3
            with pytest.raises(ExportDeferred, match="503") as raised:
                await sink.export([snapshot()])
            assert secret not in str(raised.value) and not receiver.requests

    anyio.run(work)
    assert len(receiver.requests) == 1


def test_no_credentials_take_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    # Of a service that is not on this machine: such a one needs none.
    sink = CloudWatchSink(region="eu-north-1", endpoint_url="http://192.0.2.1")
    with pytest.raises(RuntimeError, match="CloudWatch: .*credentials") as raised:
        anyio.run(sink.export, [snapshot()])
    assert not isinstance(raised.value, ExportDeferred)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: CloudWatchSink(), TypeError, "region"),
        (lambda: CloudWatchSink(region=1), TypeError, "region: must be str, got 1"),
        (lambda: CloudWatchSink(region="r", namespace="AWS/mine"), ValueError, "^namespace: .*got \"AWS/mine\""),
        (lambda: CloudWatchSink(region="r", namespace="", ca_bundle=""), ValueError, "namespace: .*\n.*ca_bundle: "),
        (lambda: CloudWatchSink(region="r", endpoint_url="ftp://x"), ValueError, "endpoint_url: .*ftp://x"),
        (lambda: CloudWatchSink(region="r", verify_ssl=0), TypeError, "verify_ssl: must be bool, got 0"),
        (lambda: CloudWatchSink(region="r", names="all"), ValueError, 'names: must be one of both, page, kpl, got "all"'),
        (lambda: CloudWatchSink(region="r", aws_secret_access_key=b"s3cr3t"), TypeError, "key: must be str, got bytes$"),
        (lambda: CloudWatchSink(region="r", aws_secret_access_key=secret), ValueError, "aws_access_key_id: must be given"),
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


def every_sink(receiver: Receiver) -> list[Any]:
    token = {"aws_session_token": secret}
    return [
        cloudwatch(receiver, **token),
        datadog(receiver, app_key=secret),
        otlp(receiver, headers={"key": secret}),
        PrometheusSink(port=0),
    ]


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
    assert repr(cloudwatch(receiver)).startswith("CloudWatchSink(region='eu-north-1', namespace='my/app', endpoint_url=")


def test_names_and_places() -> None:
    from aiokpl.sinks.cloudwatch import CloudWatchSink as of_cloudwatch
    from aiokpl.sinks.datadog import DatadogSink as of_datadog
    from aiokpl.sinks.otlp import OtlpSink as of_otlp
    from aiokpl.sinks.prometheus import PrometheusSink as of_prometheus

    assert (of_cloudwatch, of_datadog, of_otlp, of_prometheus) == (CloudWatchSink, DatadogSink, OtlpSink, PrometheusSink)
    for module in (aiokpl, aiokpl.sinks):
        assert all(getattr(module, name) is not None for name in module.__all__)
        assert len(set(module.__all__)) == len(module.__all__)
    exception = pickle.loads(pickle.dumps(ExportDeferred("waits")))
    assert isinstance(exception, RuntimeError) and str(exception) == "waits"


def _in_child(settings: Any, told: Any) -> None:
    with SyncProducer(settings) as producer:
        producer.put_record(stream="s", partition_key="k", data=b"d").wait(patience)
    told.put(producer.metrics.failed_exports)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_sink_from_before_a_fork(kinesis: str, receiver: Receiver) -> None:
    sinks = every_sink(receiver)[:3]
    for sink in sinks:
        # Used in the parent, whose connection it keeps open.
        anyio.run(sink.export, [snapshot()])
    before = len(receiver.requests)
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    for sink in sinks:
        child = context.Process(target=_in_child, args=(config(kinesis, sink), told))
        child.start()
        assert told.get(timeout=patience) == 0
        child.join(patience)
        assert child.exitcode == 0
        anyio.run(sink.aclose)
    assert len(receiver.requests) > before + 2


def _drop(sinks: list[Any]) -> None:
    sinks.clear()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_drops_the_parents_port() -> None:
    sinks = [PrometheusSink(port=0)]
    child = multiprocessing.get_context("fork").Process(target=_drop, args=(sinks,))
    child.start()
    child.join(patience)
    if child.exitcode is None:
        child.kill()  # it waits for a thread that the parent has
    assert child.exitcode == 0
    assert scraped(sinks[0]) is not None


def test_producers_share_a_sink(kinesis: str, receiver: Receiver) -> None:
    sink = cloudwatch(receiver)

    async def work() -> None:
        async with Producer(config(kinesis, sink)) as first, Producer(config(kinesis, sink)) as second:
            await put(first, 3)
            await put(second, 4)

    anyio.run(work)
    members = [one for request in receiver.of_path("/") for one in metric_data(request)]
    puts = [one["sum"] for one in members if one["MetricName"] == "UserRecordsPut" and one["dimensions"]]
    assert sorted(puts) == [3, 4]
