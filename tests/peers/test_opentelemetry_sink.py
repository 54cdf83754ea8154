"""The bytes of OpenTelemetrySink, read with OpenTelemetry's own protobuf classes."""

import gzip
import http.server
import threading

import pytest
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.metrics.v1 import metrics_pb2

import otlp

DELTA = metrics_pb2.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
BOUNDS = [
    1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500,
    2000, 3000, 5000, 7000, 10000, 15000, 20000, 30000, 45000, 60000,
]  # fmt: skip


class Receiver(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP: keeps (path, headers, message)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.received = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.received.append((self.path, self.headers, service.ExportMetricsServiceRequest.FromString(body)))
        answer = service.ExportMetricsServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def attributes(pairs):
    made = {pair.key: pair.value.string_value for pair in pairs}
    assert len(made) == len(pairs)
    assert all(pair.value.WhichOneof("value") == "string_value" for pair in pairs)
    return made


def metrics_of(message):
    """The metrics by name; each stands there once."""
    assert len(message.resource_metrics) == 1
    assert len(message.resource_metrics[0].scope_metrics) == 1
    metrics = message.resource_metrics[0].scope_metrics[0].metrics
    assert len({metric.name for metric in metrics}) == len(metrics)
    return {metric.name: metric for metric in metrics}


def has_no_unknown_fields(message):
    """What these classes do not know they would keep, and write again: without it the message is shorter."""
    copy = type(message)()
    copy.CopyFrom(message)
    copy.DiscardUnknownFields()
    return copy.ByteSize() == message.ByteSize()


def check_export(message, expected, temporality):
    """Every series that is expected is there, as a point with all its values, and nothing else is."""
    assert has_no_unknown_fields(message)
    metrics = metrics_of(message)
    seen = 0
    for series in expected:
        metric = metrics["aiokpl." + series["name"]]
        assert metric.description == series["meaning"]
        assert metric.unit == otlp.unit(series)
        points = getattr(metric, metric.WhichOneof("data")).data_points
        (point,) = [one for one in points if attributes(one.attributes) == series["dimensions"]]
        assert point.time_unix_nano == series["end"]
        CHECKS[series["kind"]](metric, point, series, temporality)
        seen += 1
    assert seen == sum(len(getattr(one, one.WhichOneof("data")).data_points) for one in metrics.values())


def check_count(metric, point, series, temporality):
    assert metric.sum.is_monotonic
    assert metric.sum.aggregation_temporality == temporality
    assert point.WhichOneof("value") == "as_int"
    assert point.as_int == series["sum"]
    assert point.start_time_unix_nano == series["start"]


def check_gauge(metric, point, series, temporality):
    if series["name"] == "OldestRecordAge":
        assert metric.WhichOneof("data") == "gauge"
        assert point.as_double == series["last"]
        return
    assert not metric.sum.is_monotonic
    assert metric.sum.aggregation_temporality == CUMULATIVE
    assert point.WhichOneof("value") == "as_int"
    assert point.as_int == series["last"]


def check_distribution(metric, point, series, temporality):
    assert metric.histogram.aggregation_temporality == temporality
    assert (point.count, point.sum, point.min, point.max) == pytest.approx(
        (series["count"], series["sum"], series["min"], series["max"])
    )
    assert point.HasField("sum") and point.HasField("min") and point.HasField("max")
    assert point.start_time_unix_nano == series["start"]
    if series["buckets"]:
        assert list(point.explicit_bounds) == BOUNDS
        assert list(point.bucket_counts) == series["buckets"]
    else:
        assert list(point.explicit_bounds) == []
        assert list(point.bucket_counts) == [series["count"]]


CHECKS = {"count": check_count, "gauge": check_gauge, "distribution": check_distribution}


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_deltas_are_what_was_fed(receiver, compression):
    fed = otlp.feed(receiver.url, "delta", compression)
    assert len(receiver.received) == len(fed) == 2
    for (path, headers, message), expected in zip(receiver.received, fed):
        assert path == "/v1/metrics"
        assert headers["Content-Type"] == "application/x-protobuf"
        assert headers.get("Content-Encoding", "none") == compression
        check_export(message, expected, DELTA)


def test_cumulative_points_add_up(receiver):
    first, second = otlp.feed(receiver.url, "cumulative", "gzip")
    assert len(receiver.received) == 2
    check_export(receiver.received[0][2], first, CUMULATIVE)
    check_export(receiver.received[1][2], otlp.added_up(first, second), CUMULATIVE)


def test_headers_resource_and_scope(receiver):
    otlp.feed(receiver.url + "/tenant/", "delta", "none", "Authorization=Bearer abc", "x-tenant=seven")
    path, headers, message = receiver.received[0]
    assert path == "/tenant/v1/metrics"
    assert headers["Authorization"] == "Bearer abc"
    assert headers["x-tenant"] == "seven"
    assert headers["User-Agent"].startswith("aiokpl/")
    resource = attributes(message.resource_metrics[0].resource.attributes)
    assert resource.pop("telemetry.sdk.version") == headers["User-Agent"].removeprefix("aiokpl/")
    assert resource == {
        "service.name": "feed",
        "service.instance.id": "feed-1",
        "telemetry.sdk.name": "aiokpl",
        "telemetry.sdk.language": "cpp",
    }
    scope = message.resource_metrics[0].scope_metrics[0].scope
    assert scope.name == "aiokpl"
    assert scope.version == headers["User-Agent"].removeprefix("aiokpl/")


def test_everything_from_the_environment(receiver):
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url + "/base",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=s%3De,x=y",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "9000",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=a%20b",
        "OTEL_SERVICE_NAME": "named",
    }
    fed = otlp.feed("-", environment=environment)
    path, headers, message = receiver.received[0]
    assert path == "/base/v1/metrics"
    assert headers["Content-Encoding"] == "gzip"
    assert headers["api-key"] == "s=e"
    assert headers["x"] == "y"
    resource = attributes(message.resource_metrics[0].resource.attributes)
    assert resource["service.name"] == "named"
    assert resource["deployment.environment.name"] == "a b"
    check_export(message, fed[0], DELTA)

    environment["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = receiver.url + "/own"
    otlp.feed("-", environment=environment)
    assert receiver.received[-1][0] == "/own"


def test_a_process_without_a_name_of_its_own_is_told_by_its_program(receiver):
    otlp.feed("-", environment={"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": receiver.url})
    path, _, message = receiver.received[0]
    assert path == "/"
    resource = attributes(message.resource_metrics[0].resource.attributes)
    assert resource["service.name"] == "unknown_service:opentelemetry_feed"
    assert len(resource["service.instance.id"]) == 36
    sums = metrics_of(message)["aiokpl.UserRecordsPut"].sum
    assert sums.aggregation_temporality == CUMULATIVE
