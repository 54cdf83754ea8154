"""The package's own sinks: what reaches their receivers, options, and exports without a producer."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import re
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import anyio
import pytest
from aiokpl import CloudWatchSink, DatadogSink, ExportDeferred, MetricSnapshot, Producer, PrometheusSink, SyncProducer
from metrics_support import (
    Receiver,
    Request,
    bare_environment,
    cloudwatch,
    config,
    counts,
    datadog,
    every_sink,
    kinesis,
    otlp,
    patience,
    put,
    receiver,
    run,
    secret,
    snapshot,
    sums,
)

__all__ = ["bare_environment", "kinesis", "receiver"]
pytestmark = pytest.mark.usefixtures("bare_environment")


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
            one["sum"] = sum(value * n for (_, value), n in zip(values, times, strict=True))
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
    parents = {one.port for one in receiver.requests}
    assert len(parents) == 3
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    for sink in sinks:
        child = context.Process(target=_in_child, args=(config(kinesis, sink), told))
        child.start()
        assert told.get(timeout=patience) == 0
        child.join(patience)
        assert child.exitcode == 0
        anyio.run(sink.export, [snapshot()])
        anyio.run(sink.aclose)
    # Parent and child have connections of their own; the parent's went on.
    assert len({one.port for one in receiver.requests}) == 6


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
