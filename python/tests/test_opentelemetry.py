"""OpenTelemetrySink on the SDK, and what is said where that is missing."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import aiokpl
import anyio
import pytest
from aiokpl import MetricsLevel, MetricSnapshot, MetricsSink
from aiokpl.metrics import bucket_bounds, metric_infos
from metrics_support import config, kinesis, patience, put, run

__all__ = ["kinesis"]
sdk = pytest.importorskip("opentelemetry.sdk.metrics")
export = pytest.importorskip("opentelemetry.sdk.metrics.export")

from aiokpl import OpenTelemetrySink


def _known(name: str) -> str:
    """The SDK has names in small letters, since they mean the same."""
    prefix, _, end = name.rpartition(".")
    known = {one.lower(): one for one in [*metric_infos(), "Mine"]}
    return f"{prefix}.{known[end.lower()]}"


class Reading:
    """A provider with a reader, and what that reads."""

    def __init__(self) -> None:
        self._reader = export.InMemoryMetricReader()
        self._provider = sdk.MeterProvider(metric_readers=[self._reader], shutdown_on_exit=False)
        self.meter = self._provider.get_meter("tests")

    def metrics(self) -> dict[str, Any]:
        data = self._reader.get_metrics_data()
        if data is None:
            return {}
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {_known(one.name): one for scope in scopes for one in scope.metrics}

    def points(self, name: str) -> dict[tuple[tuple[str, str], ...], Any]:
        return {tuple(sorted(one.attributes.items())): one for one in self.metrics()[name].data.data_points}

    def point(self, name: str) -> Any:
        (found,) = self.points(name).values()
        return found


@pytest.fixture
def reading() -> Reading:
    return Reading()


def feed(sink: OpenTelemetrySink, *snapshots: MetricSnapshot) -> None:
    anyio.run(sink.export, snapshots)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_it_says_what_a_producer_measured(kinesis: str, reading: Reading, backend: str) -> None:
    sink = OpenTelemetrySink(meter=reading.meter)
    settings = config(kinesis, sink, metrics_level=MetricsLevel.DETAILED, metrics_upload_interval_ms=100.0)

    async def work() -> Sequence[MetricSnapshot]:
        async with aiokpl.Producer(settings) as producer:
            await put(producer, 30)
            with anyio.fail_after(patience):
                while "aiokpl.UserRecordsPut" not in reading.metrics():
                    await anyio.sleep(0.01)
            await put(producer, 12)
        return producer.metrics.snapshots()

    measured = anyio.run(work, backend=backend)
    assert {"aiokpl." + one.name for one in measured} == set(reading.metrics())
    for one in measured:
        point = reading.points("aiokpl." + one.name)[tuple(sorted(one.dimensions))]
        if one.kind == "distribution":
            assert (point.count, point.sum) == (one.count, pytest.approx(one.sum)), one.name
            assert (point.min, point.max) == (pytest.approx(one.min), pytest.approx(one.max)), one.name
            if one.buckets:
                assert tuple(point.bucket_counts) == one.buckets and point.explicit_bounds == bucket_bounds()
        elif one.kind == "gauge":
            assert point.value == 0, one.name  # all has been resolved
        else:
            assert point.value == one.sum and isinstance(point.value, int), one.name


def test_instruments(reading: Reading) -> None:
    sink = OpenTelemetrySink(meter=reading.meter, instrument_prefix="my.")
    feed(sink, *(MetricSnapshot(name, 1, 1.0, 1.0, 1.0, last=1.0) for name in metric_infos()))
    metrics = reading.metrics()
    assert set(metrics) == {"my." + name for name in metric_infos()}
    for name, info in metric_infos().items():
        assert metrics["my." + name].description == info.meaning
        shape = metrics["my." + name].data
        if info.kind == "distribution":
            assert isinstance(shape, export.Histogram)
        else:
            assert isinstance(shape, export.Sum) and shape.is_monotonic == (info.kind == "count")
    units = {
        "DeliveryTime": "ms",
        "UserRecordsDataPut": "By",
        "UserRecordsPut": "{record}",
        "ErrorsByCode": "{error}",
        "RetriesPerRecord": "{retry}",
    }
    assert {name: metrics["my." + name].unit for name in units} == units
    assert sink.instrument_prefix == "my." and repr(sink) == "OpenTelemetrySink(instrument_prefix='my.')"
    assert isinstance(sink, MetricsSink)


def test_counts_add_up_and_gauges_are_states(reading: Reading) -> None:
    sink = OpenTelemetrySink(meter=reading.meter)

    def pending(stream: str, last: float) -> MetricSnapshot:
        return MetricSnapshot("UserRecordsPending", 9, 99.0, 1.0, 50.0, (("stream", stream),), last=last)

    feed(sink, pending("a", 5.0), pending("b", 7.0), MetricSnapshot("UserRecordsPut", 4, 3.0, 0.0, 1.0))
    feed(sink, pending("a", 2.0), MetricSnapshot("UserRecordsPut", 4, 4.0, 1.0, 1.0))
    points = reading.points("aiokpl.UserRecordsPending")
    assert {key: one.value for key, one in points.items()} == {(("stream", "a"),): 2, (("stream", "b"),): 7}
    assert reading.point("aiokpl.UserRecordsPut").value == 7
    feed(sink, MetricSnapshot("OldestRecordAge", 1, 2.5, 2.5, 2.5, last=2.5))
    assert reading.point("aiokpl.OldestRecordAge").value == 2.5


def test_a_distribution_without_buckets(reading: Reading) -> None:
    feed(OpenTelemetrySink(meter=reading.meter), MetricSnapshot("RetriesPerRecord", 10, 14.0, 0.0, 5.0))
    point = reading.point("aiokpl.RetriesPerRecord")
    assert (point.count, point.min, point.max) == (10, 0.0, 5.0)
    assert point.sum == pytest.approx(14.0)


def test_of_very_many_values_a_sample_is_recorded(reading: Reading) -> None:
    bounds = bucket_bounds()
    low, high = bounds.index(10.0), bounds.index(1000.0)
    buckets = [0] * (len(bounds) + 1)
    buckets[low], buckets[high] = 30_000, 10_000
    one = MetricSnapshot("DeliveryTime", 40_000, 30_000 * 9.0 + 10_000 * 900.0, 8.0, 950.0, buckets=tuple(buckets))
    feed(OpenTelemetrySink(meter=reading.meter), one)
    point = reading.point("aiokpl.DeliveryTime")
    assert point.count == 1_000 and (point.min, point.max) == (8.0, 950.0)
    assert point.bucket_counts[low] == pytest.approx(750, abs=1) and point.bucket_counts[high] == pytest.approx(
        250, abs=1
    )
    assert point.sum / point.count == pytest.approx(one.mean, rel=0.01)


def test_metrics_of_ones_own(reading: Reading) -> None:
    feed(OpenTelemetrySink(meter=reading.meter), MetricSnapshot("Mine", 2, 2.5, 1.0, 1.5, (("k", "v"),), unit="bytes"))
    assert reading.metrics()["aiokpl.Mine"].unit == "By" and reading.metrics()["aiokpl.Mine"].description == ""
    assert reading.points("aiokpl.Mine")[(("k", "v"),)].value == 2.5


def test_an_api_without_advice_on_bounds(reading: Reading) -> None:
    class Older:
        def create_histogram(self, name: str, unit: str = "", description: str = "") -> Any:
            return reading.meter.create_histogram(name, unit, description)

    meter: Any = Older()
    buckets = (2, *[0] * len(bucket_bounds()))
    feed(OpenTelemetrySink(meter=meter), MetricSnapshot("DeliveryTime", 2, 1.5, 0.5, 1.0, buckets=buckets))
    point = reading.point("aiokpl.DeliveryTime")
    assert (point.count, point.sum) == (2, 1.5)


def test_producers_may_share_one(kinesis: str, reading: Reading) -> None:
    sink = OpenTelemetrySink(meter=reading.meter)

    async def work() -> None:
        async with anyio.create_task_group() as group:
            for records in (3, 4, 5):
                group.start_soon(run, config(kinesis, sink), records)

    anyio.run(work)
    assert reading.point("aiokpl.UserRecordsPut").value == 12


def test_the_global_meter_provider(reading: Reading) -> None:
    # What is set after the sink was made is found, too; it can be set once in a process.
    program = """
        import anyio
        from aiokpl import MetricSnapshot, OpenTelemetrySink
        sink = OpenTelemetrySink()
        from opentelemetry import metrics
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader
        reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
        anyio.run(sink.export, [MetricSnapshot("UserRecordsPut", 1, 1.0, 1.0, 1.0)])
        scope = reader.get_metrics_data().resource_metrics[0].scope_metrics[0]
        print(scope.scope.name, scope.metrics[0].name.lower(), scope.metrics[0].data.data_points[0].value)
        """
    assert output_of(program) == "aiokpl aiokpl.userrecordsput 1\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"instrument_prefix": 3}, "instrument_prefix: must be str, got 3"),
        ({"meter": "x"}, "meter: must be an opentelemetry.metrics.Meter, got 'x'"),
    ],
)
def test_wrong_options(options: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        OpenTelemetrySink(**options)


def output_of(program: str) -> str:
    words = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=patience, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_said_without_opentelemetry() -> None:
    program = """
        import sys
        class Refusing:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] == "opentelemetry":
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.meta_path.insert(0, Refusing())
        import aiokpl, aiokpl.sinks
        from aiokpl import *
        assert "OpenTelemetrySink" not in aiokpl.__all__ + aiokpl.sinks.__all__
        DatadogSink(api_key="k")
        OtlpSink()
        for line in ("from aiokpl import OpenTelemetrySink", "from aiokpl.sinks import OpenTelemetrySink",
                     "import aiokpl.sinks.opentelemetry", "aiokpl.OpenTelemetrySink"):
            try:
                exec(line)
            except ImportError as error:
                print(error)
        """
    words = 'OpenTelemetrySink requires opentelemetry-api, which is not installed: pip install "aiokpl[otel]"\n'
    assert output_of(program) == 4 * words


def test_the_base_import_loads_none_of_it() -> None:
    program = """
        import sys, aiokpl, aiokpl.sinks
        print("OpenTelemetrySink" in aiokpl.__all__, any(name.startswith("opentelemetry") for name in sys.modules))
        from aiokpl import *
        print(OpenTelemetrySink.__name__, any(name.startswith("opentelemetry") for name in sys.modules))
        try:
            aiokpl.NothingOfThisName
        except AttributeError as error:
            print(error)
        """
    lines = ["True False", "OpenTelemetrySink True", "module 'aiokpl' has no attribute 'NothingOfThisName'", ""]
    assert output_of(program).split("\n") == lines
