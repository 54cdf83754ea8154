"""Metrics to Datadog."""

from __future__ import annotations

from collections.abc import Sequence

from aiokpl import _core
from aiokpl.sinks._native import NativeSink, described


class DatadogSink(NativeSink):
    """Sends metrics to Datadog over its HTTP API, from the core: no other package is needed.

    `api_key`: None is DD_API_KEY; one of the two must be there. `app_key`: None is DD_APP_KEY; Datadog does not ask for
    one where metrics are submitted, it is taken for programs that have one. `site`: None is DD_SITE, then
    "datadoghq.com". `metric_prefix` stands before every name. `endpoint_url`: an http or https URL of a proxy or a test
    instead of https://api.<site>. `tags`: on everything, each as "key:value"; DD_ENV, DD_SERVICE, DD_VERSION and
    DD_TAGS come to them. `host`: None is DD_HOSTNAME, then none. `max_values_per_point`: most values of a distribution
    in one export; of more observations a sample as large as this is sent.

    Counts arrive as counts, gauges as gauges, distributions as distributions.
    """

    __slots__ = ("_endpoint_url", "_metric_prefix", "_site")

    def __init__(
        self,
        *,
        api_key: str | None = None,
        app_key: str | None = None,
        site: str | None = None,
        metric_prefix: str = "aiokpl.",
        endpoint_url: str | None = None,
        tags: Sequence[str] = (),
        host: str | None = None,
        max_values_per_point: int = 1_000,
    ) -> None:
        self._native = _core.datadog_sink(
            api_key=api_key,
            app_key=app_key,
            site=site,
            metric_prefix=metric_prefix,
            endpoint_url=endpoint_url,
            tags=tags,
            host=host,
            max_values_per_point=max_values_per_point,
        )
        self._site = site
        self._metric_prefix = metric_prefix
        self._endpoint_url = endpoint_url

    @property
    def metric_prefix(self) -> str:
        """What stands before every name."""
        return self._metric_prefix

    def __repr__(self) -> str:
        return described(self, site=self._site, metric_prefix=self._metric_prefix, endpoint_url=self._endpoint_url)


__all__ = ["DatadogSink"]
