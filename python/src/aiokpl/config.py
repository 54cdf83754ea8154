"""Everything tunable of a producer."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Literal

from aiokpl import _core
from aiokpl.metrics import MetricsLevel

if TYPE_CHECKING:
    from aiokpl.sinks import MetricsSink


@dataclass(slots=True, frozen=True)
class Config:
    """Everything tunable of a producer. Make one, hand it to the producer, use `dataclasses.replace` for another.

    Times are in milliseconds, sizes in bytes. A wrong value raises ValueError or TypeError here, with the field's
    name, the value and what is allowed. What stands for None is said in docs/options.md.
    """

    #: AWS region, such as "us-east-1".
    region: str
    #: Pack many user records into one Kinesis record (the KPL's format).
    aggregation_enabled: bool = True
    #: Most user records in one aggregated record.
    aggregation_max_count: int = 4_294_967_295
    #: Bytes of an aggregated record.
    aggregation_max_size: int = 51_200
    #: How long a record may wait for others before it is sent on.
    record_max_buffered_time_ms: float = 100.0
    #: After this time a record that was not stored fails as "Expired".
    record_ttl_ms: float = 30_000.0
    #: Most Kinesis records in one PutRecords request; 500 is the service's limit.
    collection_max_count: int = 500
    #: Bytes in one PutRecords request.
    collection_max_size: int = 5_242_880
    #: Kinesis records a second and shard; 1,000 is the service's limit.
    rate_limit_records_per_sec_per_shard: float = 1_000.0
    #: Bytes a second and shard; 1 MiB is the service's limit.
    rate_limit_bytes_per_sec_per_shard: float = 1_048_576.0
    #: Longest wait between two looks at a record that the limiter holds back.
    drain_interval_ms: float = 25.0
    #: A throttled record fails instead of being sent again.
    fail_if_throttled: bool = False
    #: A record that is sent again waits this long for others.
    retry_deadline_ms: float = 50.0
    #: Records accepted and not yet resolved; beyond, `put_record` waits.
    max_outstanding_records: int = 100_000
    #: Instead of the region's endpoint: an http or https URL.
    endpoint_url: str | None = None
    #: False: accept any certificate. For tests.
    verify_ssl: bool = True
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = field(default=None, repr=False)
    aws_session_token: str | None = field(default=None, repr=False)
    #: How much is measured.
    metrics_level: MetricsLevel = MetricsLevel.NONE
    #: Where metrics go; one of aiokpl.sinks, or of your own.
    metrics_sink: MetricsSink | None = None
    #: From one export to the next.
    metrics_upload_interval_ms: float = 60_000.0

    _: KW_ONLY
    #: Bytes (data, key and 64 for each record) accepted and not yet resolved; beyond, `put_record` waits.
    max_outstanding_bytes: int = 268_435_456
    #: Largest user record, data and partition key. None: the stream's own limit.
    max_record_size: int | None = None
    #: Connections to the service, which is requests in flight.
    max_connections: int = 24
    connect_timeout_ms: float = 6_000.0
    #: From the last byte that moved, either way, to giving up on a request.
    request_timeout_ms: float = 6_000.0
    #: How long leaving the `async with` waits for outstanding records. None: record_ttl_ms.
    shutdown_timeout_ms: float | None = None
    record_distribution_strategy: Literal["detect", "user_partition_key", "auto"] = "detect"
    #: How often the strategy of a stream with traffic is asked for.
    describe_stream_interval_ms: float = 60_000.0
    wire_protocol: Literal["cbor", "json"] = "cbor"
    #: PEM file of certificate authorities, the only ones that are trusted.
    ca_bundle: str | None = None
    use_fips_endpoint: bool | None = None
    use_dualstack_endpoint: bool | None = None
    #: HTTP proxy to all endpoints but those on this machine.
    proxy_host: str | None = None
    proxy_port: int = 443
    proxy_user_name: str | None = None
    proxy_password: str | None = field(default=None, repr=False)
    #: How finely metrics are told apart. None: by stream at SUMMARY, by shard at DETAILED.
    metrics_granularity: Literal["global", "stream", "shard"] | None = None
    #: Dimensions of one's own on the metrics: "NAME=VALUE[@global|stream|shard]", separated by commas.
    additional_dimensions: str | None = None
    #: Profile of the shared AWS files, for credentials, region and endpoint.
    profile: str | None = None
    #: Added to the User-Agent header.
    user_agent_suffix: str | None = None

    def __post_init__(self) -> None:
        _core.check_config(self)


__all__ = ["Config"]
