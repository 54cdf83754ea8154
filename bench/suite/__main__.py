"""python3 -m suite PROGRAMS OUT PEERS [--quick] [--rows NAME,...]: measures, and writes what it found."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import shlex
import sys
import time
from typing import Any

from suite.goals import judge
from suite.micro import measure_micro
from suite.peers import measure_peers
from suite.plots import write_plots
from suite.processes import BenchError, Cores, Server
from suite.program import measure_program
from suite.rows import ROWS, SHARDS, Lab, Row, measure_row, typical_floor
from suite.standing import measure_idle, measure_latency, measure_memory
from suite.table import whole_table

STANDING = ("latency", "idle", "memory", "program", "micro", "peers")
QUICK_STANDING = ("latency", "idle", "memory")


def parse_arguments() -> argparse.Namespace:
    words = "What a record costs, as a multiple of what the hardware asks for it; see docs/performance.md."
    parser = argparse.ArgumentParser(prog="./dev bench", usage="./dev bench [options]", description=words)
    # Given by ./dev: where bench_producer and the others are, where the results go, where the peers are installed.
    for folder in ("programs", "out", "peers_folder"):
        parser.add_argument(folder, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rows, once each; under two minutes")
    parser.add_argument("--rows", help="only these: " + ", ".join([*(row.name for row in ROWS), *STANDING]))
    parser.add_argument("--peers", action="store_true", help="short for --rows base,plain,peers")
    parser.add_argument("--seconds", type=float, help="of CPU time for a row (2, quick: 1)")
    parser.add_argument("--repeat", type=int, help="runs of a row, of which the middle one counts (3, quick: 1)")
    parser.add_argument("--no-pin", action="store_true", help="leave it to the system which core runs what")
    arguments = parser.parse_args()
    arguments.words = sys.argv[4:]
    known = {*(row.name for row in ROWS), *STANDING}
    arguments.rows = [name for name in (arguments.rows or "").split(",") if name]
    if arguments.peers:
        arguments.rows += ["base", "plain", "peers"]
    if wrong := [name for name in arguments.rows if name not in known]:
        parser.error(f"--rows: no such row: {', '.join(wrong)}; there are {', '.join(sorted(known))}")
    return arguments


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "system": platform.platform()}


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def wanted_rows(arguments: argparse.Namespace) -> list[Row]:
    if arguments.rows:
        return [row for row in ROWS if row.name in arguments.rows]
    return [row for row in ROWS if row.quick or not arguments.quick]


def measure(lab: Lab, arguments: argparse.Namespace, results: dict[str, Any]) -> None:
    for row in wanted_rows(arguments):
        tell(f"== {row.name}: {row.words}")
        try:
            results["rows"].append(measure_row(lab, row))
        except BenchError as error:
            results["left_out"].append(f"{row.name}: {error}")
    results["floor"] = vars(typical_floor(lab.floors or [lab.measure_floor()]))
    usual = QUICK_STANDING if arguments.quick else STANDING
    standing = [name for name in STANDING if name in (arguments.rows or usual)]
    seconds = 3.0 if arguments.quick else 10.0
    for name in standing:
        tell(f"== {name}")
        try:
            if name == "latency":
                results["latency"] = [measure_latency(lab, rate, seconds) for rate in (1_000, 50_000)]
            elif name == "idle":
                results["idle"] = measure_idle(lab, seconds)
            elif name == "memory":
                results["memory"] = measure_memory(lab)
            elif name == "program":
                results["program"] = measure_program(lab)
            elif name == "micro":
                results["micro"] = measure_micro(lab)
            else:
                results["peers"], results["skipped"] = measure_peers(lab, arguments.peers_folder, seconds, tell)
        except BenchError as error:
            results["left_out"].append(f"{name}: {error}")


def main() -> int:
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cores = Cores(pin=not arguments.no_pin)
    results: dict[str, Any] = {
        "command": shlex.join(["./dev", "bench", *arguments.words]),
        "machine": machine(),
        "pinned": cores.pinned,
        "rows": [],
        "left_out": [],
    }
    started = time.monotonic()
    streams = [f"{name}:{count}" for name, count in SHARDS.items()]
    with Server(arguments.programs, arguments.out, cores, streams) as server:
        lab = Lab(
            programs=arguments.programs,
            folder=arguments.out,
            cores=cores,
            server=server,
            seconds=arguments.seconds or (1.0 if arguments.quick else 2.0),
            floor_seconds=0.1 if arguments.quick else 0.2,
            repeat=arguments.repeat or (1 if arguments.quick else 3),
        )
        measure(lab, arguments, results)
    results["goals"] = judge(results)
    results["seconds"] = time.monotonic() - started
    (arguments.out / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    table = whole_table(results)
    (arguments.out / "table.md").write_text(table)
    print(table)
    written = ["results.json", "table.md", *write_plots(results, arguments.out)]
    tell(f"   {results['seconds']:.0f} s; in {arguments.out}: {', '.join(written)}")
    return 1 if results["left_out"] or any(row["bad"] for row in results["rows"]) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as failure:
        sys.exit(f"bench: {failure}")
