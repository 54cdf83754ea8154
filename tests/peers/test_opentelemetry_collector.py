"""OpenTelemetrySink and the real OpenTelemetry Collector, which writes out in words what it took."""

import pathlib
import re
import time

import pytest

import otlp
import servers

COLLECTOR = servers.PEERS / "otelcol" / "otelcol"
CONFIG = """
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{port}
exporters:
  debug:
    verbosity: detailed
    sampling_initial: 1000
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [otlp]
      exporters: [debug]
"""


@pytest.fixture
def collector(tmp_path):
    """A running Collector: (the URL of its receiver, the server, whose output is what it took)."""
    if not COLLECTOR.exists():
        pytest.skip("the OpenTelemetry Collector is not built (AIOKPL_PEER_OTELCOL=1 ./dev setup, with Go)")
    port = servers.free_port()
    config = pathlib.Path(tmp_path) / "config.yaml"
    config.write_text(CONFIG.format(port=port))
    with servers.running([str(COLLECTOR), "--config", f"file:{config}"]) as server:
        for line in server.lines():
            if "Everything is ready" in line:
                break
        else:
            raise RuntimeError("the Collector did not start:\n" + server.output())
        yield f"http://127.0.0.1:{port}", server


def parse(lines):
    """The exports that the Collector wrote out: for each the resource, the scope, and {metric: {..., "points": [...]}}."""
    exports = []
    metric = point = None
    for line in (line.split("\t{")[0].rstrip("\n") for line in lines):
        if "ResourceMetrics #0" in line:
            exports.append({"resource": {}, "metrics": {}})
            metric = point = None
        if not exports:
            continue
        if line.startswith("InstrumentationScope "):
            exports[-1]["scope"] = line.removeprefix("InstrumentationScope ")
        elif re.match(r"Metric #\d+", line):
            metric, point = {"points": []}, None
        elif re.match(r"(Number|Histogram)DataPoints #\d+", line):
            point = {"attributes": {}, "buckets": [], "bounds": []}
            metric["points"].append(point)
        elif match := re.match(r"     -> ([^:]+): (.*)", line):
            name, value = match.groups()
            if point is not None:
                point["attributes"][name] = re.fullmatch(r"Str\((.*)\)", value)[1]
            elif metric is None:
                exports[-1]["resource"][name] = re.fullmatch(r"Str\((.*)\)", value)[1]
            else:
                metric[name] = value
                if name == "Name":
                    assert value not in exports[-1]["metrics"]
                    exports[-1]["metrics"][value] = metric
        elif match := re.match(r"ExplicitBounds #\d+: (.*)", line):
            point["bounds"].append(float(match[1]))
        elif match := re.match(r"Buckets #\d+, Count: (\d+)", line):
            point["buckets"].append(int(match[1]))
        elif point is not None and (match := re.match(r"(\w+): (.*)", line)):
            point[match[1]] = match[2]
    return exports


def timestamp(nanoseconds):
    return time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime(nanoseconds / 1e9))


def check_export(export, expected, temporality):
    assert export["scope"].startswith("aiokpl ")
    assert export["resource"]["service.name"] == "feed"
    assert export["resource"]["telemetry.sdk.name"] == "aiokpl"
    assert sum(len(metric["points"]) for metric in export["metrics"].values()) == len(expected)
    for series in expected:
        metric = export["metrics"]["aiokpl." + series["name"]]
        assert metric["Description"] == series["meaning"]
        assert metric["Unit"] == otlp.unit(series)
        (point,) = [one for one in metric["points"] if one["attributes"] == series["dimensions"]]
        assert point["Timestamp"] == timestamp(series["end"])
        check_values(metric, point, series, temporality)


def check_values(metric, point, series, temporality):
    if series["name"] == "OldestRecordAge":
        assert metric["DataType"] == "Gauge"
        assert float(point["Value"]) == series["last"]
    elif series["kind"] == "gauge":
        assert (metric["DataType"], metric["IsMonotonic"]) == ("Sum", "false")
        assert metric["AggregationTemporality"] == "Cumulative"
        assert point["Value"] == str(int(series["last"]))
    elif series["kind"] == "count":
        assert (metric["DataType"], metric["IsMonotonic"]) == ("Sum", "true")
        assert metric["AggregationTemporality"] == temporality
        assert point["Value"] == str(int(series["sum"]))
        assert point["StartTimestamp"] == timestamp(series["start"])
    else:
        assert metric["DataType"] == "Histogram"
        assert metric["AggregationTemporality"] == temporality
        assert point["StartTimestamp"] == timestamp(series["start"])
        assert point["Count"] == str(series["count"])
        for words, value in (("Sum", "sum"), ("Min", "min"), ("Max", "max")):
            assert float(point[words]) == pytest.approx(series[value], abs=1e-6)
        assert point["buckets"] == (series["buckets"] or [series["count"]])
        assert len(point["bounds"]) == len(point["buckets"]) - 1


@pytest.mark.parametrize("temporality", ["delta", "cumulative"])
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_the_collector_takes_every_point(collector, temporality, compression):
    url, server = collector
    first, second = otlp.feed(url, temporality, compression)
    server.end()  # it writes out what it holds before it ends
    exports = parse(server.lines())
    assert len(exports) == 2
    check_export(exports[0], first, temporality.capitalize())
    check_export(exports[1], second if temporality == "delta" else otlp.added_up(first, second), temporality.capitalize())
