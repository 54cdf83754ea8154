"""Metrics to Amazon CloudWatch."""

from __future__ import annotations

from typing import Literal

from aiokpl import _core
from aiokpl.sinks._native import NativeSink, described


class CloudWatchSink(NativeSink):
    """Uploads metrics to Amazon CloudWatch with PutMetricData, summed up as the KPL does it, so that its dashboards go
    on working.

    An empty `region` is the producer's, then the environment's. `endpoint_url`: an http or https URL instead of the
    region's. `verify_ssl`: False accepts any certificate, None does as the producer does. Without credentials of its
    own it takes the producer's, then the environment's. `ca_bundle`: a PEM file; None is the producer's. `names`: which
    names BufferedTime and ExpiredRecords have, "page" for these, "kpl" for BufferingTime and UserRecordExpired, "both"
    for each of them twice. `high_resolution`: CloudWatch keeps what it gets by the second.
    """

    __slots__ = ("_endpoint_url", "_namespace", "_region")

    def __init__(
        self,
        *,
        region: str,
        namespace: str = "aiokpl",
        endpoint_url: str | None = None,
        verify_ssl: bool | None = True,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        ca_bundle: str | None = None,
        names: Literal["both", "page", "kpl"] = "both",
        high_resolution: bool = False,
    ) -> None:
        self._native = _core.cloudwatch_sink(
            region=region,
            namespace=namespace,
            endpoint_url=endpoint_url,
            verify_ssl=verify_ssl,
            aws_access_key_id=aws_access_key_id,
            aws_secret_access_key=aws_secret_access_key,
            aws_session_token=aws_session_token,
            ca_bundle=ca_bundle,
            names=names,
            high_resolution=high_resolution,
        )
        self._region = region
        self._namespace = namespace
        self._endpoint_url = endpoint_url

    @property
    def namespace(self) -> str:
        """CloudWatch's."""
        return self._namespace

    def __repr__(self) -> str:
        return described(self, region=self._region, namespace=self._namespace, endpoint_url=self._endpoint_url)


__all__ = ["CloudWatchSink"]
