"""The sink for Prometheus, scraped by a real one: what was exported is what it finds, and the dashboard's questions
have answers."""

import contextlib
import json
import math
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import pytest

import servers

DASHBOARD = pathlib.Path(__file__).parents[2] / "dashboards" / "grafana-prometheus.json"
ORDERS = 'stream_name="orders"'
SHARD0 = ORDERS + ', shard_id="shardId-000000000000"'


def eventually(question, expected):
    """Asks until the answer is the expected one, a minute at most."""
    until = time.monotonic() + servers.STARTUP
    while (answer := question()) != expected and time.monotonic() < until:
        time.sleep(0.05)
    assert answer == expected


@contextlib.contextmanager
def scraped_feed():
    """A feed that has exported once, and a Prometheus that has seen it."""
    with servers.prometheus_feed() as (server, url):
        with servers.prometheus(url.removeprefix("http://").removesuffix("/metrics")) as prometheus:
            eventually(lambda: prometheus.value("sum(aiokpl_user_records_put_total)"), 604)
            yield server, prometheus


@pytest.fixture
def scraped(start):
    """For tests that have it export more."""
    return start(scraped_feed)


@pytest.fixture(scope="module")
def prometheus():
    """Shared by the tests that only ask: Prometheus takes five seconds before it scrapes for the first time."""
    try:
        with scraped_feed() as (_, prometheus):
            yield prometheus
    except servers.MissingPeer as missing:
        pytest.skip(str(missing))


def export_again(server):
    server.process.send_signal(signal.SIGUSR1)


def test_promtool_has_nothing_to_complain_of(start):
    promtool = servers.PEERS / "prometheus" / "promtool"
    if not promtool.exists():
        pytest.skip("promtool is not installed (./dev setup)")
    _, url = start(servers.prometheus_feed)
    with urllib.request.urlopen(url, timeout=20) as answer:
        text = answer.read()
    assert b"aiokpl_user_records_put_total" in text
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_prometheus_finds_what_was_exported(prometheus):
    expected = {
        f"aiokpl_user_records_received_total{{{ORDERS}}}": 1200,
        "sum(aiokpl_user_records_put_total)": 604,
        "sum(aiokpl_user_records_failed_total)": 2,
        f"aiokpl_user_records_data_put_bytes_total{{{SHARD0}}}": 124096,
        'sum(aiokpl_errors_by_code_total{error_code="ProvisionedThroughputExceededException"})': 3,
        "sum(aiokpl_all_errors_total)": 3,
        "aiokpl_expired_records_total": 1,
        f"aiokpl_retries_per_record_sum{{{SHARD0}}} / aiokpl_retries_per_record_count{{{SHARD0}}}": 1,
        f"aiokpl_delivery_time_seconds_count{{{SHARD0}}}": 4,
        f"aiokpl_delivery_time_seconds_sum{{{SHARD0}}}": 2.681,
        "sum(aiokpl_buffered_time_seconds_count)": 7,
        "sum(aiokpl_buffered_time_seconds_sum)": 73.4134,
        f"aiokpl_user_records_pending{{{ORDERS}}}": 30,
        f"aiokpl_oldest_record_age_seconds{{{ORDERS}}}": 0.095,
        "aiokpl_last_export_timestamp_seconds": 1769860800,
        "aiokpl_series_over_limit_total": 0,
    }
    found = {expression: prometheus.value(expression) for expression in expected}
    assert found == pytest.approx(expected)


def test_series_have_the_labels_of_their_dimensions(prometheus):
    def labels_of(name):
        return {frozenset(one) - {"__name__", "job", "instance"} for one in prometheus.series(name)}

    assert labels_of("aiokpl_user_records_pending") == {frozenset({"stream_name"})}
    assert labels_of("aiokpl_retries_per_record_sum") == {frozenset({"stream_name", "shard_id"})}
    assert labels_of("aiokpl_delivery_time_seconds_bucket") == {frozenset({"stream_name", "shard_id", "le"})}
    # A request that failed as a whole belongs to no shard.
    assert labels_of("aiokpl_errors_by_code_total") == {
        frozenset({"stream_name", "error_code"}),
        frozenset({"stream_name", "shard_id", "error_code"}),
    }
    # Nothing that is not the sink's, but what Prometheus notes about its own scrapes.
    names = {one["__name__"] for one in prometheus.series('{job="aiokpl"}')}
    assert {name for name in names if not name.startswith(("aiokpl_", "scrape_"))} == {"up"}


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9, 0.99])
def test_percentiles_lie_in_the_bucket_of_the_true_value(prometheus, share):
    values = sorted([0.020, 0.1305, 0.1305, 2.4])
    true = values[math.ceil(share * len(values)) - 1]
    buckets = prometheus.query(f"aiokpl_delivery_time_seconds_bucket{{{SHARD0}}}")
    bounds = sorted(float(labels["le"]) for labels, _ in buckets)
    assert len(bounds) == 31 and bounds[-1] == math.inf
    upper = next(bound for bound in bounds if true <= bound)
    lower = max(bound for bound in bounds if bound < upper)
    found = prometheus.value(
        f"histogram_quantile({share}, sum by (le) (aiokpl_delivery_time_seconds_bucket{{{SHARD0}}}))"
    )
    assert lower <= found <= upper


def test_totals_grow_with_each_export(scraped):
    server, prometheus = scraped
    export_again(server)
    eventually(lambda: prometheus.value("sum(aiokpl_user_records_put_total)"), 1208)
    assert prometheus.value("sum(increase(aiokpl_user_records_put_total[5m]))") > 0
    # Nothing that Prometheus would take for a counter that began anew.
    assert prometheus.value("max(resets(aiokpl_user_records_put_total[5m]))") == 0
    # States do not add up.
    assert prometheus.value(f"aiokpl_user_records_pending{{{ORDERS}}}") == 30


def dashboard_expressions():
    """What Grafana would ask with all streams and shards chosen."""
    board = json.loads(DASHBOARD.read_text())
    variables = {"$__rate_interval": "5m", "$stream_name": ".*", "$shard_id": ".*"}
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in variables.items():
                expression = expression.replace(name, value)
            assert "$" not in expression
            yield panel["title"], expression


def test_the_dashboard_shows_something_everywhere(scraped):
    server, prometheus = scraped
    expressions = list(dashboard_expressions())
    assert len(expressions) > 15
    # For rates there have to be two states of affairs.
    export_again(server)
    eventually(lambda: prometheus.value("sum(aiokpl_user_records_put_total)"), 1208)
    answers = {(title, expression): prometheus.query(expression) for title, expression in expressions}
    empty = [place for place, answer in answers.items() if not any(math.isfinite(value) for _, value in answer)]
    assert empty == []


def test_the_dashboards_variables_have_values(prometheus):
    board = json.loads(DASHBOARD.read_text())
    chosen = {}
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        query = variable["query"]["query"].replace("$stream_name", "orders")
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
        chosen[variable["name"]] = {one[label] for one in prometheus.series(selector)}
    assert chosen == {
        "stream_name": {"orders", "audit"},
        "shard_id": {"shardId-000000000000", "shardId-000000000001"},
    }
