"""Metrics for Prometheus to scrape."""

from __future__ import annotations

from aiokpl import _core
from aiokpl.sinks._native import NativeSink


class PrometheusSink(NativeSink):
    """Serves metrics to Prometheus over HTTP, on a port of its own, from the moment it is made until it and the
    producers that have it are gone. Make it after a fork, not before.

    `address`: what to listen on; the default can be scraped from this machine only. `port`: 0 is any free one.
    `path`: where on the port. `metric_prefix` stands before every name. `max_series`: how many series are kept; what
    comes for further ones is counted in one without labels. A scrape sees what was exported until then: let
    `metrics_upload_interval_ms` be at most the scrape interval.
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        address: str = "127.0.0.1",
        port: int = 9464,
        path: str = "/metrics",
        metric_prefix: str = "aiokpl_",
        max_series: int = 10_000,
    ) -> None:
        self._native = _core.prometheus_sink(
            address=address, port=port, path=path, metric_prefix=metric_prefix, max_series=max_series
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return _core.prometheus_place(self._native)[0]

    @property
    def url(self) -> str:
        """What to scrape."""
        return _core.prometheus_place(self._native)[1]

    def __repr__(self) -> str:
        return f"<PrometheusSink at {self.url}>"


__all__ = ["PrometheusSink"]
