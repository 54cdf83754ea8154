"""What the project wants to reach, and whether this run did. A figure that was not measured has no line."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable


@dataclasses.dataclass(frozen=True)
class Goal:
    words: str
    limit: float
    form: str
    find: Callable[[dict[str, Any]], float]


def _row(results: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in results["rows"] if row["row"] == name)


def _against(name: str, other: str) -> Callable[[dict[str, Any]], float]:
    """CPU per record of a row against another's, each by the floor of its own moment: the machine's speed drifts."""
    return lambda results: float(_row(results, name)["floors"] / _row(results, other)["floors"])


def _against_peer(name: str) -> Callable[[dict[str, Any]], float]:
    def find(results: dict[str, Any]) -> float:
        peer = next(peer for peer in results["peers"] if peer["peer"] == name)
        return float(_row(results, "base")["cpu_us_per_record"] / peer["cpu_us_per_record"])

    return find


def _peers(name: str, other: str, figure: str) -> Callable[[dict[str, Any]], float]:
    """One peer's figure as a share of another's."""

    def find(results: dict[str, Any]) -> float:
        found = {peer["peer"]: float(peer[figure]) for peer in results["peers"]}
        return found[name] / found[other]

    return find


def _python_bulk(results: dict[str, Any]) -> float:
    ours = next(peer for peer in results["peers"] if peer["peer"] == "python-aiokpl-bulk")
    return float(ours["cpu_us_per_record"] / _row(results, "bulk")["cpu_us_per_record"])


def _lanes(results: dict[str, Any]) -> float:
    lanes = next(one for one in results["micro"] if one["name"].startswith("md5_in_lanes"))
    return float(lanes["ns_per_byte"] / results["floor"]["md5"])


def _program(results: dict[str, Any]) -> float:
    """Lines have no key."""
    return float(results["program"]["cpu_us_per_record"] / _row(results, "keyless")["cpu_us_per_record"])


GOALS = (
    Goal("CPU per record, base, floors", 1.5, "{:.2f}", lambda r: _row(r, "base")["floors"]),
    Goal("against the KPL's daemon alone", 1 / 30, "{:.4f}", _against_peer("kpl-daemon")),
    Goal("against aiokpl 0.2.0 (a SyncProducer each)", 1 / 300, "{:.4f}", _against_peer("aiokpl-sync")),
    Goal("against librdkafka without TLS", 1, "{:.2f}", _against_peer("librdkafka")),
    Goal("aiokpl put of lines, against the library", 2, "{:.2f}", _program),
    Goal("MD5 in lanes, against OpenSSL's", 1 / 4, "{:.2f}", _lanes),
    Goal("bulk put_records, floors", 1.2, "{:.2f}", lambda r: _row(r, "bulk")["floors"]),
    Goal("4,096 shards, against the base", 1.5, "{:.2f}", _against("shards4096", "base")),
    Goal("4 callers, against one", 1.05, "{:.2f}", _against("callers4", "base")),
    Goal("4 callers on all cores, against one on all cores", 1.05, "{:.2f}", _against("spread4", "spread")),
    Goal("metrics, detailed, against none", 1.03, "{:.3f}", _against("detailed", "base")),
    Goal("aggregation off, us per record", 3, "{:.2f}", lambda r: _row(r, "unaggregated")["cpu_us_per_record"]),
    Goal("heap allocations per record, base", 0.02, "{:.4f}", lambda r: _row(r, "base")["allocations_per_record"]),
    Goal("bytes of memory per record beyond data and key", 64, "{:.1f}", lambda r: r["memory"]["beyond_per_record"]),
    Goal("p99 beyond buffering and answer at 1,000/s, ms", 2, "{:.2f}", lambda r: r["latency"][0]["p99_beyond_ms"]),
    Goal("CPU at 1,000/s, % of a core", 1, "{:.2f}", lambda r: r["latency"][0]["cpu_less_pacing"] * 100),
    Goal("Python, CPU against aiokpl 0.2.0 in asyncio", 1 / 100, "{:.4f}",
         _peers("python-aiokpl", "aiokpl", "cpu_us_per_record")),
    Goal("Python, aiokpl 0.2.0's records/s against ours", 1 / 50, "{:.4f}",
         _peers("aiokpl", "python-aiokpl", "records_per_second")),
    Goal("Python, SyncProducer, aiokpl 0.2.0's records/s against ours", 1 / 100, "{:.4f}",
         _peers("aiokpl-sync", "python-aiokpl-sync", "records_per_second")),
    Goal("Python, put_records, CPU against the library's bulk row", 2, "{:.2f}", _python_bulk),
    Goal("idle wake-ups a second", 1, "{:.2f}", lambda r: r["idle"]["wake_ups_per_second"]),
    Goal("idle RSS beyond a bare client, MB", 4, "{:.2f}", lambda r: r["idle"]["rss_beyond"] / 1e6),
)  # fmt: skip


def judge(results: dict[str, Any]) -> list[dict[str, Any]]:
    judged = []
    for goal in GOALS:
        try:
            found = goal.find(results)
        except (KeyError, IndexError, StopIteration):
            continue
        judged.append(
            {
                "goal": goal.words,
                "reach": f"at most {goal.limit:.3g}",
                "found": goal.form.format(found),
                "value": found,
                "reached": found <= goal.limit,
            }
        )
    return judged
