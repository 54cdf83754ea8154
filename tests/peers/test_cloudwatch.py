"""Our sink for CloudWatch against moto's CloudWatch, read back through AWS's SDK, and against what that SDK would send."""

import bisect
import contextlib
import datetime
import gzip
import http.server
import itertools
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.loaders
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

import servers

FEED = os.environ["AIOKPL_CLOUDWATCH_FEED"]
NAMESPACE = "my app/kinesis#1"
STATISTICS = ("SampleCount", "Sum", "Minimum", "Maximum")
KPL_NAMES = {"BufferedTime": "BufferingTime", "ExpiredRecords": "UserRecordExpired"}
# The dimensions of each level's series; the program that feeds has Host from the globe on, Team from the stream on.
LEVELS = (
    {"Host", "ErrorCode"},
    {"Host", "Team", "StreamName", "ErrorCode"},
    {"Host", "Team", "StreamName", "ShardId", "ErrorCode"},
)


@contextlib.contextmanager
def recorder(upstream, change=lambda body: body):
    """Hands requests on to `upstream`, changed; gives its URL and the list of (headers, body) that it fills."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers), body))
            headers = {name: value for name, value in self.headers.items() if name != "Content-Length"}
            request = urllib.request.Request(upstream, change(body), headers, method="POST")
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    status, reply = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, reply = error.code, error.read()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *words):
            pass

    with servers.listening(Handler) as url:
        yield url, received


def feed(url, what, times=1, **environment):
    """What the sink was given, and the buckets' bounds."""
    done = subprocess.run(
        [FEED, url, NAMESPACE, what, str(times)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    fed = json.loads(done.stdout)
    return fed["series"], fed["bounds"]


def rolled_up(series, times=1):
    """{(name, dimensions): what CloudWatch should have of it}."""
    sums = {}
    for one in series:
        # A series that has no shard is at two levels only: the set has it once.
        levels = {tuple(d for d in map(tuple, one["dimensions"]) if d[0] in level) for level in LEVELS}
        for dimensions in levels:
            for name in (one["name"], KPL_NAMES.get(one["name"])):
                if name:
                    add(sums.setdefault((name, dimensions), {"unit": one["unit"], "end": one["end"]}), one, times)
    return sums


def add(total, one, times):
    total["SampleCount"] = total.get("SampleCount", 0) + one["count"] * times
    total["Sum"] = total.get("Sum", 0) + one["sum"] * times
    total["Minimum"] = min(total.get("Minimum", one["min"]), one["min"])
    total["Maximum"] = max(total.get("Maximum", one["max"]), one["max"])
    counts = [count * times for count in one["buckets"]]
    total["buckets"] = [a + b for a, b in zip(total.get("buckets", [0] * len(counts)), counts, strict=True)]


def form_of(headers, body):
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)


def data_of(headers, body):
    """The data of a request, each as {field: text}."""
    return fields_by_datum(form_of(headers, body))


def fields_by_datum(form):
    data = {}
    for name, value in form:
        if name.startswith("MetricData.member."):
            number, field = name.removeprefix("MetricData.member.").split(".", 1)
            assert data.setdefault(int(number), {}).setdefault(field, value) == value
    assert sorted(data) == list(range(1, len(data) + 1))
    return [data[number] for number in sorted(data)]


def key_of(datum):
    dimensions = []
    for number in itertools.count(1):
        if f"Dimensions.member.{number}.Name" not in datum:
            return datum["MetricName"], tuple(dimensions)
        member = f"Dimensions.member.{number}"
        dimensions.append((datum[member + ".Name"], datum[member + ".Value"]))


def values_of(datum):
    """[(value, count)]."""
    numbers = itertools.takewhile(lambda n: f"Values.member.{n}" in datum, itertools.count(1))
    return [(float(datum[f"Values.member.{n}"]), int(datum[f"Counts.member.{n}"])) for n in numbers]


@pytest.fixture
def cloudwatch(start):
    """moto, with a recorder before it."""
    url = start(servers.moto)
    recorder_url, received = start(recorder, url)
    return boto3.client("cloudwatch", endpoint_url=url), recorder_url, received


def stored(client, expected):
    """{(name, dimensions): statistics}, asked for with the unit that is expected."""
    queries = []
    for number, ((name, dimensions), wanted) in enumerate(expected.items()):
        metric = {
            "Namespace": NAMESPACE,
            "MetricName": name,
            "Dimensions": [{"Name": dimension, "Value": value} for dimension, value in dimensions],
        }
        for stat in STATISTICS:
            how = {"Metric": metric, "Period": 60, "Stat": stat, "Unit": wanted["unit"]}
            queries.append({"Id": f"q{number}_{stat}", "MetricStat": how})
    end = next(iter(expected.values()))["end"]
    minute = datetime.datetime.fromtimestamp(end, datetime.timezone.utc)
    found = {}
    for first in range(0, len(queries), 400):
        answer = client.get_metric_data(
            MetricDataQueries=queries[first : first + 400],
            StartTime=minute,
            EndTime=minute + datetime.timedelta(seconds=60),
        )
        for result in answer["MetricDataResults"]:
            number, stat = result["Id"].removeprefix("q").split("_")
            (found.setdefault(list(expected)[int(number)], {}))[stat] = result["Values"]
    return found


def listed(client):
    pages = client.get_paginator("list_metrics").paginate(Namespace=NAMESPACE)
    metrics = [metric for page in pages for metric in page["Metrics"]]
    # moto lists a metric again where data of others lie between its own.
    return {
        (metric["MetricName"], tuple((one["Name"], one["Value"]) for one in metric["Dimensions"])) for metric in metrics
    }


@pytest.mark.parametrize("times", [1, 2])
def test_everything_arrives_rolled_up(cloudwatch, times):
    client, url, received = cloudwatch
    series, _ = feed(url, "samples", times)
    expected = rolled_up(series, times)

    assert listed(client) == set(expected), "each metric at each of its levels, and no other"
    found = stored(client, expected)
    for key, wanted in expected.items():
        for stat in STATISTICS:
            assert found[key][stat] == [pytest.approx(wanted[stat], rel=1e-12)], (key, stat)
    assert len(received) == times
    assert {"BufferedTime", "BufferingTime", "ExpiredRecords", "UserRecordExpired"} <= {name for name, _ in expected}


def test_values_lie_in_their_buckets(cloudwatch):
    _, url, received = cloudwatch
    series, bounds = feed(url, "samples")
    expected = rolled_up(series)
    data = [datum for request in received for datum in data_of(*request)]
    with_values = [datum for datum in data if values_of(datum)]
    assert {key_of(datum) for datum in with_values} == {key for key, wanted in expected.items() if wanted["buckets"]}
    for datum in with_values:
        buckets = [0] * (len(bounds) + 1)
        for value, count in values_of(datum):
            buckets[bisect.bisect_left(bounds, value)] += count
        assert buckets == expected[key_of(datum)]["buckets"]


def test_many_series_go_in_several_compressed_requests(cloudwatch):
    client, url, received = cloudwatch
    series, _ = feed(url, "1100")
    expected = rolled_up(series)
    assert len(expected) == 1102
    assert listed(client) == set(expected)
    # moto walks through all that it has for each question: a part of them will do, the two sums among them.
    some = dict(list(expected.items())[::50] + list(expected.items())[:3])
    found = stored(client, some)
    assert all(found[key]["Sum"] == [wanted["Sum"]] for key, wanted in some.items())
    assert [len(data_of(*request)) for request in received] == [1000, 102]
    for headers, body in received:
        assert headers["Content-Encoding"] == "gzip"
        assert len(body) < len(gzip.decompress(body)) < 1_000_000


def botocore_form(parameters):
    """The form that botocore makes of them for the Query API."""
    description = botocore.loaders.Loader().load_service_model("cloudwatch", "service-2")
    operation = ServiceModel(description, "cloudwatch").operation_model("PutMetricData")
    request = create_serializer("query").serialize_to_request(parameters, operation)
    encoded = urllib.parse.urlencode(request["body"])
    assert (request["method"], request["url_path"]) == ("POST", "/")
    return request["headers"], urllib.parse.parse_qsl(encoded)


def parameters_of(key, wanted, datum):
    """A datum as it is given to boto3, from what was fed; the values that stand for buckets are the sink's own."""
    name, dimensions = key
    made = {
        "MetricName": name,
        "Dimensions": [{"Name": dimension, "Value": value} for dimension, value in dimensions],
        "Timestamp": datetime.datetime.fromtimestamp(wanted["end"], datetime.timezone.utc),
        "Unit": wanted["unit"],
    }
    if wanted["buckets"]:
        made["Values"] = [value for value, _ in values_of(datum)]
        made["Counts"] = [count for _, count in values_of(datum)]
    else:
        made["StatisticValues"] = {stat: wanted[stat] for stat in STATISTICS}
    return made


def with_numbers(datum):
    """1200 and 1200.0 are the same, and so are sums that were made in another order."""
    numeric = ("StatisticValues.", "Values.", "Counts.")
    return {field: f"{float(text):.12g}" if field.startswith(numeric) else text for field, text in datum.items()}


def test_forms_are_those_of_botocore(cloudwatch):
    _, url, received = cloudwatch
    series, _ = feed(url, "samples")
    expected = rolled_up(series)
    ((headers, body),) = received
    ours = {key_of(datum): datum for datum in data_of(headers, body)}
    data = [parameters_of(key, wanted, ours[key]) for key, wanted in expected.items()]
    their_headers, their_form = botocore_form({"Namespace": NAMESPACE, "MetricData": data})
    theirs = {key_of(datum): datum for datum in fields_by_datum(their_form)}

    assert headers["Content-Type"] == their_headers["Content-Type"]
    assert set(ours) == set(theirs)
    for key, datum in ours.items():
        assert with_numbers(datum) == with_numbers(theirs[key]), key

    def envelope(form):
        return {name: value for name, value in form if not name.startswith("MetricData.")}

    assert envelope(form_of(headers, body)) == envelope(their_form)


@pytest.mark.parametrize("token", [None, "a/long+token=="])
@pytest.mark.parametrize("what", ["samples", "3"])
def test_signatures_are_those_of_botocore(cloudwatch, what, token):
    _, url, received = cloudwatch
    feed(url, what, AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="wJalr/K7", AWS_SESSION_TOKEN=token or "")
    ((headers, body),) = received
    assert ("Content-Encoding" in headers) == (what == "samples"), "one that is compressed, one that is not"
    fields = dict(
        part.strip().split("=", 1) for part in headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(",")
    )
    signed = fields["SignedHeaders"].split(";")
    present = {name.lower(): value for name, value in headers.items()}
    assert present.get("x-amz-security-token") == token
    assert {"host", "content-type", "x-amz-date"} | ({"content-encoding"} & set(present)) <= set(signed)

    auth = SigV4Auth(Credentials("AKIDEXAMPLE", "wJalr/K7", token), "monitoring", "us-east-1")
    request = AWSRequest("POST", url + "/", {name: present[name] for name in signed}, body)
    request.context["timestamp"] = present["x-amz-date"]
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    assert fields["Credential"] == auth.scope(request)
    assert fields["Signature"] == auth.signature(to_sign, request)


def test_what_the_service_refuses_is_told_in_its_words(start):
    url, received = start(recorder, start(servers.moto), lambda body: body.replace(b"StatisticValues.Sum", b"StatisticValues.X"))
    with pytest.raises(AssertionError) as failure:
        feed(url, "3")
    assert "a request was refused: HTTP status 400: " in str(failure.value)
    assert "Missing required parameter" in str(failure.value)
    assert len(received) == 1, "what is refused is not sent again"
