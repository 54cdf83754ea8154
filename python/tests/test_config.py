"""The configuration, and the other frozen dataclasses."""

from __future__ import annotations

import dataclasses
import pickle
import sys
from pathlib import Path
from typing import Any

import certifi
import pytest

from aiokpl import (
    Attempt,
    Config,
    DecodedRecord,
    InMemorySink,
    MetricEvent,
    MetricSnapshot,
    MetricsLevel,
    NullSink,
    Producer,
    RecordResult,
    SyncProducer,
    Tag,
    UserRecord,
    _core,
)
from aiokpl._authorities import with_authorities

ROOT = Path(__file__).parents[2]

# Of the page that programs were written by, in its order.
PAGE: dict[str, Any] = {
    "aggregation_enabled": True,
    "aggregation_max_count": 4_294_967_295,
    "aggregation_max_size": 51_200,
    "record_max_buffered_time_ms": 100.0,
    "record_ttl_ms": 30_000.0,
    "collection_max_count": 500,
    "collection_max_size": 5_242_880,
    "rate_limit_records_per_sec_per_shard": 1_000.0,
    "rate_limit_bytes_per_sec_per_shard": 1_048_576.0,
    "drain_interval_ms": 25.0,
    "fail_if_throttled": False,
    "retry_deadline_ms": 50.0,
    "max_outstanding_records": 100_000,
    "endpoint_url": None,
    "verify_ssl": True,
    "aws_access_key_id": None,
    "aws_secret_access_key": None,
    "aws_session_token": None,
    "metrics_level": MetricsLevel.NONE,
    "metrics_sink": None,
    "metrics_upload_interval_ms": 60_000.0,
}


def test_the_fields_and_defaults_of_the_page() -> None:
    fields = dataclasses.fields(Config)
    assert [field.name for field in fields][: len(PAGE) + 1] == ["region", *PAGE]
    config = Config("us-east-1")
    assert {name: getattr(config, name) for name in PAGE} == PAGE
    # By position, too.
    assert Config("us-east-1", False, 7).aggregation_max_count == 7
    # Newer ones come after them, by name only.
    assert all(field.kw_only for field in fields[len(PAGE) + 1 :])


def test_every_option_of_the_core_is_there_with_the_core_s_default() -> None:
    names = {field.name for field in dataclasses.fields(Config)}
    defaults = _core.config_defaults()
    # What hands over objects of C++.
    assert set(defaults) - names == {"logger", "executor", "credentials_provider"}
    assert names <= set(defaults)
    config = Config("us-east-1")
    for name in names - {"region", "metrics_sink"}:
        assert _core.config_text(config, name) == defaults[name], name


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"record_ttl_ms": 5}, ValueError, "record_ttl_ms: must be 100ms to 365d, got 5ms"),
    ({"record_ttl_ms": "5"}, TypeError, "record_ttl_ms: must be a number, got '5'"),
    ({"record_ttl_ms": -1.0}, ValueError, "record_ttl_ms: must be 100ms to 365d, got -1.0"),
    ({"record_ttl_ms": float("nan")}, TypeError, "record_ttl_ms: must be a finite number, got nan"),
    ({"record_ttl_ms": True}, TypeError, "record_ttl_ms: must be a number, got True"),
    ({"aggregation_enabled": 1}, TypeError, "aggregation_enabled: must be bool, got 1"),
    ({"max_outstanding_records": 0}, ValueError, "max_outstanding_records: must be 1 to .*, got 0"),
    ({"max_outstanding_records": 1.5}, TypeError, "max_outstanding_records: must be int, got 1.5"),
    ({"collection_max_count": 501}, ValueError, "collection_max_count: must be 1 to 500, got 501"),
    ({"collection_max_count": -3}, ValueError, "collection_max_count: .*-3"),
    ({"rate_limit_records_per_sec_per_shard": 0}, ValueError, "rate_limit_records_per_sec_per_shard: "),
    ({"endpoint_url": "ftp://x"}, ValueError, "endpoint_url: .*ftp://x"),
    ({"endpoint_url": 7}, TypeError, "endpoint_url: must be str, got 7"),
    ({"metrics_level": "much"}, ValueError, "metrics_level: .*much.* none, summary, detailed"),
    ({"wire_protocol": "xml"}, ValueError, "wire_protocol: "),
    ({"aws_access_key_id": "half"}, ValueError, "aws_secret_access_key"),
    ({"region": "Mars!"}, ValueError, "region: "),
    ({"region": None}, TypeError, "region: must be str, got None"),
]


@pytest.mark.parametrize(("given", "error", "words"), WRONG, ids=[f"{next(iter(one[0]))}" for one in WRONG])
def test_wrong_values_are_refused_in_words(given: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Config(**{"region": "us-east-1"} | given)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="(?s)record_ttl_ms.*drain_interval_ms"):
        Config("us-east-1", record_ttl_ms=1, record_max_buffered_time_ms=0, retry_deadline_ms=0, drain_interval_ms=0)


def test_secrets_are_not_shown() -> None:
    config = Config("us-east-1", aws_access_key_id="AK", aws_secret_access_key="hidden-1", aws_session_token="hidden-2")
    assert "AK" in repr(config)
    assert "hidden" not in repr(config)
    with pytest.raises(TypeError) as error:
        Config("us-east-1", aws_access_key_id="AK", aws_secret_access_key=b"hidden-3")  # type: ignore[arg-type]
    assert "hidden" not in str(error.value)


RESULT = RecordResult(True, "shardId-000000000000", "49", (Attempt(1.0, 2.0, True, "shardId-000000000000", "49"),))
FROZEN: list[Any] = [
    Config("us-east-1", metrics_level=MetricsLevel.SUMMARY),
    RESULT,
    RESULT.attempts[0],
    Tag("k", "v"),
    UserRecord("k", b"d", 7, (Tag("k"),)),
    DecodedRecord("k", None, b"d", ()),
    MetricSnapshot("UserRecordsPut", 1, 2.0, 2.0, 2.0, (("stream", "s"),), 0.0, 1.0),
    MetricEvent("UserRecordsPut", 1.0, 2.0),
]


@pytest.mark.parametrize("value", FROZEN, ids=lambda value: type(value).__name__)
def test_frozen_dataclasses(value: Any) -> None:
    assert dataclasses.is_dataclass(value)
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    assert pickle.loads(pickle.dumps(value)) == value
    assert dataclasses.replace(value) == value
    assert hash(dataclasses.replace(value)) == hash(value)
    assert repr(value).startswith(type(value).__name__ + "(")


def test_match() -> None:
    match RESULT:
        case RecordResult(success=True, attempts=(Attempt(error_code=None),)):
            pass
        case _:
            pytest.fail("it has no match")
    match RESULT:
        case RecordResult(True, shard, _, _):
            assert shard == "shardId-000000000000"


def test_a_wrong_sink_is_refused_by_the_producer() -> None:
    for kind in (Producer, SyncProducer):
        with pytest.raises(TypeError, match=r"metrics_sink: must have an async method `export\(snapshots\)`, got 7"):
            kind(Config("us-east-1", metrics_sink=7))  # type: ignore[arg-type]


def test_no_sink_and_the_sink_of_nothing_are_the_same() -> None:
    for sink in (None, NullSink(), InMemorySink()):
        assert Config("us-east-1", metrics_sink=sink).metrics_sink is sink


def test_certifi_is_trusted_where_nobody_names_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("us-east-1")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(_core, "system_authorities", lambda: "/etc/ssl/cert.pem")
    assert with_authorities(config) is config
    monkeypatch.setattr(_core, "system_authorities", lambda: None)
    assert with_authorities(config).ca_bundle == certifi.where()
    named = dataclasses.replace(config, ca_bundle="/my.pem")
    assert with_authorities(named) is named
    for variable in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):
        with monkeypatch.context() as context:
            context.setenv(variable, "/my.pem")
            assert with_authorities(config) is config
    monkeypatch.setitem(sys.modules, "certifi", None)
    assert with_authorities(config) is config


def test_the_options_page_has_the_names_of_this_package() -> None:
    rows = [line.split(" | ") for line in (ROOT / "docs" / "options.md").read_text().splitlines() if line.startswith("| `")]
    names = {row[1].strip("`") for row in rows}
    assert {field.name for field in dataclasses.fields(Config)} <= names
