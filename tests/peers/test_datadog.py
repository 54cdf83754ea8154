"""What a DatadogSink sends, held against Datadog's own client for Python, by a receiver in the place of Datadog."""

import bisect
import contextlib
import http.server
import json
import os
import subprocess
import threading
import zlib

import datadog_api_client
import pytest
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v1.api.metrics_api import MetricsApi as MetricsApiV1
from datadog_api_client.v1.model.distribution_points_content_encoding import DistributionPointsContentEncoding
from datadog_api_client.v1.model.distribution_points_payload import DistributionPointsPayload
from datadog_api_client.v2.api.metrics_api import MetricsApi as MetricsApiV2
from datadog_api_client.v2.model.metric_content_encoding import MetricContentEncoding
from datadog_api_client.v2.model.metric_payload import MetricPayload

import servers

FEED = os.environ["AIOKPL_DATADOG_FEED"]
SERIES = "/api/v2/series"
DISTRIBUTIONS = "/api/v1/distribution_points"
COUNT, DISTRIBUTION, GAUGE = range(3)
UNITS = {1: "byte", 2: "millisecond"}
DIMENSIONS = {"StreamName": "stream_name", "ShardId": "shard_id", "ErrorCode": "error_code"}
BOUNDS = [1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000]
BOUNDS += [10_000, 15_000, 20_000, 30_000, 45_000, 60_000]
STALL = object()


class Receiver:
    """Answers as `script` says, then always with 202; keeps every request and which of them were taken."""

    def __init__(self, *script):
        self.script = list(script)
        self.requests = []
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def next_answer(self, request):
        with self.lock:
            answer = self.script.pop(0) if self.script else 202
            request["taken"] = answer == 202
            self.requests.append(request)
            return answer

    def taken(self):
        return [request for request in self.requests if request["taken"]]


@contextlib.contextmanager
def running(receiver):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = {"method": "POST", "path": self.path, "headers": dict(self.headers.items()), "body": body}
            answer = receiver.next_answer(request)
            if answer is STALL:
                receiver.ended.wait(60)
                self.close_connection = True
            elif isinstance(answer, bytes):
                self.wfile.write(answer)
                self.close_connection = True
            else:
                text = b'{"errors":[]}' if self.path == SERIES else b'{"status":"ok"}'
                self.send_response(answer)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *_):
            pass

    with servers.listening(Handler) as url:
        try:
            yield url
        finally:
            receiver.ended.set()


def feed(url, exports=1, timeout_ms=10_000):
    """What was exported, and what datadog_feed said of exports that were not delivered."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}
    done = subprocess.run(
        [FEED, url, str(exports), str(timeout_ms)], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def decoded(request):
    # What the client's description has for each.
    assert request["headers"]["Content-Encoding"] == ("gzip" if request["path"] == "/api/v2/series" else "deflate")
    either_format = 15 + 32
    return json.loads(zlib.decompress(request["body"], either_format))


def elements(requests, path):
    return [element for request in requests if request["path"] == path for element in decoded(request)["series"]]


def identity(name, tags, second):
    return name, tuple(sorted(tags)), second


def tags_of(snapshot):
    return ["team:data", "env:test", *(f"{DIMENSIONS[n]}:{v}".lower() for n, v in snapshot["dimensions"])]


def expected_series(snapshot):
    """The element of /api/v2/series that a snapshot has to become, as one would write it by hand."""
    name, value = "aiokpl." + snapshot["name"], snapshot["sum"]
    if snapshot["kind"] == GAUGE:
        value = snapshot["last"]
    if snapshot["kind"] == DISTRIBUTION:
        name, value = name + ".count", snapshot["count"]
    element = {
        "metric": name,
        "type": 3 if snapshot["kind"] == GAUGE else 1,
        "points": [{"timestamp": snapshot["end"], "value": value}],
        "tags": tags_of(snapshot),
        "resources": [{"name": "peer-host", "type": "host"}],
    }
    if snapshot["kind"] != GAUGE:
        element["interval"] = snapshot["end"] - snapshot["start"]
    if snapshot["kind"] != DISTRIBUTION and snapshot["unit"] in UNITS:
        element["unit"] = UNITS[snapshot["unit"]]
    return element


def check_values(values, snapshot):
    assert len(values) == snapshot["count"]
    assert (min(values), max(values)) == (snapshot["min"], snapshot["max"])
    assert sum(values) == pytest.approx(snapshot["sum"], rel=1e-12)
    if snapshot["buckets"]:
        counted = [0] * len(snapshot["buckets"])
        for value in values:
            counted[bisect.bisect_left(BOUNDS, value)] += 1
        assert counted == snapshot["buckets"]


def client(url):
    configuration = datadog_api_client.Configuration(host=url)
    configuration.api_key["apiKeyAuth"] = "peer-api-key"
    configuration.enable_retry = False
    return datadog_api_client.ApiClient(configuration)


def as_model(data, model, api):
    """The client's own reading; it marks what it does not know or what has a wrong type, rather than refuse it."""
    payload = validate_and_convert_types(data, (model,), ["payload"], True, True, api.configuration)
    assert not payload._unparsed
    for series in payload.series:
        assert set(series.to_dict()) <= set(series.attribute_map)
    return payload


@pytest.mark.parametrize("exports", [1, 2])
def test_every_snapshot_arrives_as_what_it_is(exports):
    receiver = Receiver()
    with running(receiver) as url:
        snapshots, words = feed(url, exports)
    assert words == ""
    assert len(receiver.requests) == 2 * exports

    sent = elements(receiver.requests, SERIES)
    by_identity = {identity(e["metric"], e["tags"], e["points"][0]["timestamp"]): e for e in sent}
    assert len(by_identity) == len(sent) == len(snapshots), "no two points for one second"
    for snapshot in snapshots:
        element = expected_series(snapshot)
        assert by_identity[identity(element["metric"], element["tags"], snapshot["end"])] == element

    sent = elements(receiver.requests, DISTRIBUTIONS)
    by_identity = {identity(e["metric"], e["tags"], e["points"][0][0]): e for e in sent}
    distributions = [s for s in snapshots if s["kind"] == DISTRIBUTION]
    assert len(by_identity) == len(sent) == len(distributions)
    for snapshot in distributions:
        element = by_identity[identity("aiokpl." + snapshot["name"], tags_of(snapshot), snapshot["end"])]
        assert set(element) == {"metric", "type", "points", "tags", "host"}
        assert (element["type"], element["host"], len(element["points"])) == ("distribution", "peer-host", 1)
        check_values(element["points"][0][1], snapshot)


def test_the_client_sends_the_same():
    ours, theirs = Receiver(), Receiver()
    with running(ours) as url:
        feed(url)
    with running(theirs) as url, client(url) as api:
        for request in ours.requests:
            if request["path"] == SERIES:
                payload = as_model(decoded(request), MetricPayload, api)
                MetricsApiV2(api).submit_metrics(payload, content_encoding=MetricContentEncoding.GZIP)
            else:
                payload = as_model(decoded(request), DistributionPointsPayload, api)
                MetricsApiV1(api).submit_distribution_points(
                    payload, content_encoding=DistributionPointsContentEncoding.DEFLATE
                )
    assert [request["path"] for request in ours.requests] == [SERIES, DISTRIBUTIONS]
    for our, their in zip(ours.requests, theirs.requests, strict=True):
        assert (our["method"], our["path"]) == (their["method"], their["path"])
        ours_named, theirs_named = ({k.lower(): v for k, v in r["headers"].items()} for r in (our, their))
        for name in ("dd-api-key", "content-type", "content-encoding"):
            assert ours_named[name] == theirs_named[name], name
        assert decoded(our) == decoded(their)


@pytest.mark.parametrize("wrong", [{"type": 7}, {"points": [{"timestamp": "now"}]}, {"tags": [1]}, {"other": 1}])
def test_the_client_does_not_take_what_is_wrong(wrong):
    """The check above can fail."""
    series = {"metric": "a", "type": 1, "points": [{"timestamp": 1, "value": 2}], "tags": ["a:b"]}
    with client("http://127.0.0.1:1") as api:
        as_model({"series": [series]}, MetricPayload, api)
        with pytest.raises(AssertionError):
            as_model({"series": [{**series, **wrong}]}, MetricPayload, api)


def in_one_order(series):
    return sorted(json.dumps(element, sort_keys=True) for element in series)


def assert_everything_was_taken_once(receiver, snapshots):
    bodies = [request["body"] for request in receiver.taken()]
    assert len(bodies) == len(set(bodies))
    expected = json.loads(json.dumps([expected_series(snapshot) for snapshot in snapshots]))
    for element in (taken := elements(receiver.taken(), SERIES)) + expected:
        element["points"][0]["value"] = float(element["points"][0]["value"])
    assert in_one_order(taken) == in_one_order(expected)
    values = [len(e["points"][0][1]) for e in elements(receiver.taken(), DISTRIBUTIONS)]
    assert sum(values) == sum(s["count"] for s in snapshots if s["kind"] == DISTRIBUTION)


def test_a_busy_receiver_gets_everything_once():
    receiver = Receiver(202, 429, 503, 429, 429, 202)
    with running(receiver) as url:
        snapshots, words = feed(url, exports=3)
    assert "deferred: 1 request was left for the next export: HTTP status 429" in words
    assert_everything_was_taken_once(receiver, snapshots)


def test_a_receiver_that_stalls_gets_everything_once():
    receiver = Receiver(STALL, STALL, STALL, STALL)
    with running(receiver) as url:
        snapshots, words = feed(url, exports=2, timeout_ms=300)
    assert "deferred: 2 requests were left for the next export" in words
    assert len(receiver.requests) == 4 + 4
    assert_everything_was_taken_once(receiver, snapshots)


@pytest.mark.parametrize("garbage", [b"\x00\xff\r\n\r\n", b"HTTP/1.1 2000 ?\r\n\r\n", b"HTTP/1.1 202 OK\r\nContent-Length: 9"])
def test_a_receiver_that_answers_garbage_gets_everything_once(garbage):
    receiver = Receiver(garbage)
    with running(receiver) as url:
        snapshots, words = feed(url, exports=1)
    assert words == ""
    assert len(receiver.requests) == 1 + 2
    assert_everything_was_taken_once(receiver, snapshots)


def test_a_wrong_key_is_refused_in_words_without_it():
    receiver = Receiver(403, 403)
    with running(receiver) as url:
        _, words = feed(url)
    assert "403" in words and "API key" in words
    assert "peer-api-key" not in words
    assert len(receiver.requests) == 2
