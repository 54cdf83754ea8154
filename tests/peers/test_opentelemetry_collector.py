"""OpenTelemetrySink and the real OpenTelemetry Collector, which writes out in words what it took."""

import pathlib
import re
import socket
import time

import pytest

import otlp
import servers

COLLECTOR = servers.PEERS / "otelcol" / "otelcol"
CONFIG = """
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{port}
exporters:
  debug:
    verbosity: detailed
    sampling_initial: 1000
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [otlp]
      exporters: [debug]
"""


@pytest.fixture
def collector(tmp_path):
    """A running Collector: (the URL of its receiver, the server, whose output is what it took)."""
    if not COLLECTOR.exists():
        pytest.skip("the OpenTelemetry Collector is not built (AIOKPL_PEER_OTELCOL=1 ./dev setup, with Go)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = pathlib.Path(tmp_path) / "config.yaml"
    config.write_text(CONFIG.format(port=port))
    with servers.running([str(COLLECTOR), "--config", f"file:{config}"]) as server:
        for line in server.lines():
            if "Everything is ready" in line:
                break
        else:
            raise RuntimeError("the Collector did not start:\n" + server.output())
        yield f"http://127.0.0.1:{port}", server
