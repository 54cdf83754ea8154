"""Metrics to OpenTelemetry receivers, by OTLP from the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aiokpl import _core
from aiokpl.sinks._native import NativeSink, described


class OtlpSink(NativeSink):
    """Sends metrics as OTLP over HTTP in protobuf, which the OpenTelemetry Collector and many services take. It needs
    no OpenTelemetry SDK; OpenTelemetrySink is the one that feeds an SDK.

    What is None comes from the variables of OpenTelemetry's specification (OTEL_EXPORTER_OTLP_...), then from the
    default. `endpoint`: an http or https URL, to which /v1/metrics is added; or http://localhost:4318. `headers`: sent
    with each request. `compression`: or "none". `timeout_ms`: 1 to 600,000; or 10,000. `certificate`: a PEM file of
    certificate authorities; or the system's. `temporality`: or "cumulative". `instrument_prefix` stands before every
    name. `service_name`: or the program's. `resource_attributes`: before those of OTEL_RESOURCE_ATTRIBUTES.
    """

    __slots__ = ("_endpoint", "_instrument_prefix")

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
        compression: Literal["none", "gzip"] | None = None,
        timeout_ms: float | None = None,
        certificate: str | None = None,
        temporality: Literal["cumulative", "delta"] | None = None,
        instrument_prefix: str = "aiokpl.",
        service_name: str | None = None,
        resource_attributes: Mapping[str, str] | None = None,
    ) -> None:
        self._native = _core.otlp_sink(
            endpoint=endpoint,
            headers=headers,
            compression=compression,
            timeout_ms=timeout_ms,
            certificate=certificate,
            temporality=temporality,
            instrument_prefix=instrument_prefix,
            service_name=service_name,
            resource_attributes=resource_attributes,
        )
        self._endpoint = endpoint
        self._instrument_prefix = instrument_prefix

    @property
    def instrument_prefix(self) -> str:
        """What stands before every name."""
        return self._instrument_prefix

    def __repr__(self) -> str:
        return described(self, endpoint=self._endpoint, instrument_prefix=self._instrument_prefix)


__all__ = ["OtlpSink"]
