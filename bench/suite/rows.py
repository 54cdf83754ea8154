"""The rows: a base, and what changes when one factor of it does."""

from __future__ import annotations

import dataclasses
import pathlib
import statistics
from typing import Any, Sequence

from suite.floor import Floor, mean, measure_floor
from suite.processes import Cores, Server, run_to_end

SHARDS = {"s1": 1, "s64": 64, "s4096": 4096}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    words: str
    flags: tuple[str, ...] = ()
    stream: str = "s64"
    tls: bool = True
    key: bool = True
    size: int = 200
    # On every core there is, and not on one of its own.
    spread: bool = False
    quick: bool = False


ROWS = (
    Row("base", "200 bytes, 64 shards, TLS, CBOR, aggregated, one caller, every outcome awaited", quick=True),
    Row("plain", "no TLS", tls=False, quick=True),
    Row("json", "JSON on the wire", ("--json",), quick=True),
    Row("bytes20", "20 bytes", size=20, quick=True),
    Row("bytes2000", "2,000 bytes", size=2_000),
    Row("bytes50000", "50,000 bytes", size=50_000),
    Row("shards1", "1 shard", stream="s1"),
    Row(
        "shards4096",
        "4,096 shards, 1,000,000 outstanding",
        ("--outstanding", "1000000", "--pool", "1000000"),
        stream="s4096",
        quick=True,
    ),
    Row("callers4", "4 callers", ("--callers", "4"), quick=True),
    Row("keyless", "no keys", ("--no-keys",), key=False),
    Row("bulk", "put_records, 1,000 a call", ("--calls", "bulk"), quick=True),
    Row("unaggregated", "aggregation off", ("--no-aggregation",), quick=True),
    Row("forgotten", "outcomes dropped", ("--calls", "forgotten"), quick=True),
    Row("polled", "outcomes asked whether they are there, failures by on_failed", ("--calls", "polled")),
    Row("coroutine", "a coroutine puts and awaits", ("--calls", "coroutine")),
    Row("summary", "metrics at the level summary, exported every second", ("--metrics", "summary")),
    Row("detailed", "metrics at the level detailed, exported every second", ("--metrics", "detailed"), quick=True),
    Row("spread", "the base on all cores", spread=True),
    Row("spread4", "4 callers on all cores", ("--callers", "4"), spread=True),
)


@dataclasses.dataclass(frozen=True)
class Lab:
    """What every measurement needs."""

    programs: pathlib.Path
    folder: pathlib.Path
    cores: Cores
    server: Server
    # Of CPU time, for a row.
    seconds: float
    # For each primitive of the floor.
    floor_seconds: float
    repeat: int
    # All that were measured. The one before a run is the one after the run before it.
    floors: list[Floor] = dataclasses.field(default_factory=list)

    def measure_floor(self) -> Floor:
        self.floors.append(measure_floor(self.programs, self.cores, self.floor_seconds))
        return self.floors[-1]

    def producer(self, mode: str, stream: str, tls: bool, flags: Sequence[str]) -> list[object]:
        command: list[object] = [self.programs / "bench_producer", mode, "--stream", stream, *flags]
        if tls:
            return [*command, "--endpoint-url", self.server.tls, "--ca-file", self.server.ca_file]
        return [*command, "--endpoint-url", self.server.plain]


class Span:
    """What the server counted between two moments."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._before: dict[str, float] = {}
        self.counted: dict[str, float] = {}

    def begin(self) -> None:
        self._before = self._server.counters()

    def end(self) -> None:
        self.counted = {name: value - self._before[name] for name, value in self._server.counters().items()}


def figures_of(found: dict[str, Any], counted: dict[str, float], floor_us: float) -> dict[str, Any]:
    records = found["records"]
    cpu_us = (found["cpu_user"] + found["cpu_system"]) / records * 1e6
    requests, stored = counted["requests"], counted["records"]
    faults = []
    if found["failures"]:
        faults.append(f"{found['failures']} records failed")
    if stored == 0 or stored > records:
        faults.append(f"{stored:.0f} Kinesis records for {records} user records")
    return {
        "records_per_second": records / found["seconds"],
        "megabytes_per_second": found["data_bytes"] / found["seconds"] / 1e6,
        "cpu_us_per_record": cpu_us,
        "cpu_system_share": found["cpu_system"] / (found["cpu_user"] + found["cpu_system"]),
        "floor_us_per_record": floor_us,
        "floors": cpu_us / floor_us,
        "user_records_per_kinesis_record": records / max(stored, 1),
        "bytes_per_request": counted["bytes"] / max(requests, 1),
        "peak_rss": found.get("peak_rss"),
        "allocations_per_record": found["allocations"] / records if "allocations" in found else None,
        "server_busy": counted["cpu"] / found["seconds"],
        "bad": "; ".join(faults) or None,
    }


def run_once(lab: Lab, row: Row) -> dict[str, Any]:
    flags = ["--record-size", str(row.size), "--seconds", str(lab.seconds), *row.flags]
    command = lab.producer("throughput", row.stream, row.tls, flags)
    cores = set(lab.cores.all) if row.spread else lab.cores.measured
    before = lab.floors[-1] if lab.floors else lab.measure_floor()
    span = Span(lab.server)
    found = run_to_end(command, cores, 120, {"ready": span.begin, "done": span.end})
    floor = mean([before, lab.measure_floor()])
    bytes_per_record = (found["data_bytes"] + found["key_bytes"]) / found["records"]
    return figures_of(found, span.counted, floor.per_record(bytes_per_record, row.tls, row.key))


def nothing(lab: Lab, row: Row) -> dict[str, float]:
    """The same loop around a producer that does nothing: what the measuring costs and holds."""
    flags = ["--record-size", str(row.size), "--seconds", "0.2", "--warm-up", "0.05", "--nothing", *row.flags]
    found = run_to_end(lab.producer("throughput", row.stream, row.tls, flags), lab.cores.measured, 60)
    return {
        "nothing_us_per_record": (found["cpu_user"] + found["cpu_system"]) / found["records"] * 1e6,
        "nothing_peak_rss": found["peak_rss"],
    }


def measure_row(lab: Lab, row: Row) -> dict[str, Any]:
    """The middle one of several runs, by its multiple of the floor; none that went wrong is hidden by the others."""
    runs = sorted((run_once(lab, row) for _ in range(lab.repeat)), key=lambda run: float(run["floors"]))
    middle = dict(runs[(len(runs) - 1) // 2])
    middle["all_floors"] = [run["floors"] for run in runs]
    middle["bad"] = "; ".join(sorted({run["bad"] for run in runs if run["bad"]})) or None
    pinned = lab.cores.pinned and not row.spread
    return {"row": row.name, "words": row.words, "pinned": pinned, **middle, **nothing(lab, row)}


def typical_floor(floors: list[Floor]) -> Floor:
    names = [field.name for field in dataclasses.fields(Floor)]
    return Floor(**{name: statistics.median(getattr(floor, name) for floor in floors) for name in names})
