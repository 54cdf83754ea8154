"""Latency at a steady rate, a producer with nothing to do, and what an outstanding record holds."""

from __future__ import annotations

from typing import Any

from suite.processes import run_to_end
from suite.rows import Lab, Span

# As much as one Kinesis record of the latency rows holds.
ANSWER_BYTES = 3_000


def measure_latency(lab: Lab, rate: int, seconds: float) -> dict[str, Any]:
    """The producer has the core as the rows have it; the pacing loop's own cost is measured beside, and taken off."""
    flags = ["--rate", str(rate), "--seconds", str(seconds), "--warm-up", "1"]
    span = Span(lab.server)
    found = run_to_end(
        lab.producer("latency", "s64", True, flags),
        lab.cores.measured,
        seconds + 60,
        {"ready": span.begin, "done": span.end},
    )
    alone = run_to_end(lab.producer("latency", "s64", True, [*flags, "--nothing"]), lab.cores.measured, seconds + 60)
    client = [lab.programs / "bench_client", lab.server.tls, lab.server.ca_file, "s64", "500", str(ANSWER_BYTES)]
    answer = run_to_end(client, lab.cores.measured, 60)
    latency = found["latency_ms"]
    return {
        "records_per_second": found["records"] / found["seconds"],
        "latency_ms": latency,
        "buffering_ms": found["buffering_ms"],
        # The usual answer, not the slowest: what else slows this machine down does not make the producer look better.
        "answer_ms": answer["p50_ms"],
        "p99_beyond_ms": latency["p99"] - found["buffering_ms"] - answer["p50_ms"],
        "requests_per_second": span.counted["requests"] / found["seconds"],
        "kinesis_records_per_second": span.counted["records"] / found["seconds"],
        "cpu_of_core": found["cpu"] / found["seconds"],
        "pacing_cpu_of_core": alone["cpu"] / alone["seconds"],
        "cpu_less_pacing": found["cpu"] / found["seconds"] - alone["cpu"] / alone["seconds"],
        "bad": f"{found['failures']} records failed" if found["failures"] else None,
    }


def measure_idle(lab: Lab, seconds: float) -> dict[str, Any]:
    command = lab.producer("idle", "s64", True, ["--seconds", str(seconds)])
    found = run_to_end(command, lab.cores.measured, seconds + 60)
    bare = run_to_end(
        [lab.programs / "bench_client", lab.server.tls, lab.server.ca_file, "s64"], lab.cores.measured, 60
    )
    return {
        "cpu_of_core": found["cpu"] / found["seconds"],
        "wake_ups_per_second": found["wake_ups"] / found["seconds"],
        "rss": found["rss"],
        "bare_client_rss": bare["rss"],
        "rss_beyond": found["rss"] - bare["rss"],
        "bad": "the record failed" if found["failures"] else None,
    }


def measure_memory(lab: Lab) -> dict[str, Any]:
    """Bytes for each record between 200,000 and 1,000,000 outstanding ones; the handles are there before the first."""
    command = lab.producer("memory", "s64", True, ["--outstanding", "1000000"])
    try:
        found = run_to_end(
            command, lab.cores.measured, 120, {"ready": lab.server.stall, "measured": lab.server.go_on}
        )
    finally:
        lab.server.go_on()
    grown = found["rss_after"] - found["rss_before"]
    return {
        "records": found["records"],
        "rss_per_record": grown / found["records"],
        "user_bytes_per_record": found["user_bytes"] / found["records"],
        "beyond_per_record": (grown - found["user_bytes"]) / found["records"],
        "bad": f"{found['failures']} records failed" if found["failures"] else None,
    }
