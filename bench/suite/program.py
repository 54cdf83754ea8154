"""The program `aiokpl put`, with a file of lines: what reading them costs beside the library's own work."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
import time
from typing import Any

from suite.processes import BenchError, clean_environment
from suite.rows import Lab, Span

LINES = 1_000_000
LONGEST_SECONDS = 120


def write_lines(file: pathlib.Path) -> None:
    """160 to 240 random characters each, as the records of the rows; the same in every run."""
    source = random.Random(1)
    with file.open("w", encoding="ascii") as out:
        for _ in range(LINES // 1_000):
            text = source.randbytes(120_000).hex()
            at = 0
            for _ in range(1_000):
                size = source.randint(160, 240)
                out.write(text[at : at + size] + "\n")
                at += size


def measure_program(lab: Lab) -> dict[str, Any]:
    file = lab.folder / "lines.txt"
    write_lines(file)
    command = [
        "timeout", str(LONGEST_SECONDS), str(lab.programs.parent / "aiokpl"), "put", "--stream", "s64", "--quiet",
        "--endpoint-url", lab.server.tls, "--ca-bundle", str(lab.server.ca_file), "--region", "us-east-1",
        "--rate-limit-records-per-sec-per-shard", "1e15", "--rate-limit-bytes-per-sec-per-shard", "1e15", str(file),
    ]  # fmt: skip
    environment = {**clean_environment(), "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    span = Span(lab.server)
    span.begin()
    start = time.monotonic()
    child = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, lab.cores.measured),
    )
    # Its times are those of the program too, which `timeout` has waited for.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    span.end()
    file.unlink()
    if child.returncode != 0:
        raise BenchError(f"aiokpl put ended with status {child.returncode}")
    return {
        "records_per_second": LINES / seconds,
        "cpu_us_per_record": (usage.ru_utime + usage.ru_stime) / LINES * 1e6,
        "user_records_per_kinesis_record": LINES / max(span.counted["records"], 1),
        "bytes_per_request": span.counted["bytes"] / max(span.counted["requests"], 1),
    }
