"""The micro benchmarks of the producer's parts, for the record and for what is compared with the floor."""

from __future__ import annotations

import json
import os
import subprocess

from suite.processes import BenchError
from suite.rows import Lab


def measure_micro(lab: Lab) -> list[dict[str, object]]:
    """Nanoseconds of CPU time for each, and per byte or item where it says how many it did."""
    command = [
        str(lab.programs / "aiokpl_bench"),
        "--benchmark_format=json",
        "--benchmark_min_time=0.2",
    ]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=180,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, lab.cores.measured),
    )
    if done.returncode != 0:
        raise BenchError("aiokpl_bench failed")
    measured: list[dict[str, object]] = []
    for one in json.loads(done.stdout)["benchmarks"]:
        entry: dict[str, object] = {"name": one["name"], "ns": one["cpu_time"]}
        if "bytes_per_second" in one:
            entry["ns_per_byte"] = 1e9 / one["bytes_per_second"]
        if "items_per_second" in one:
            entry["ns_per_item"] = 1e9 / one["items_per_second"]
        measured.append(entry)
    return measured
