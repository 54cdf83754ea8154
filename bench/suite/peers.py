"""Other producers, with the records of the base row, against the same server in the same run. Each is optional."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Callable

from suite.processes import BenchError, Process, run_to_end
from suite.rows import SHARDS, Lab, Span

WARM_UP = 3.0
STREAM = "s64"


@dataclasses.dataclass(frozen=True)
class Peers:
    """Where they are installed, and what is measured of them."""

    folder: pathlib.Path
    lab: Lab
    # By the clock, for those that keep a core busy in their own way.
    seconds: float

    @property
    def records_file(self) -> pathlib.Path:
        return self.lab.folder / "records.bin"

    def write_records(self) -> None:
        command = [self.lab.programs / "bench_producer", "records", "--records-file", self.records_file]
        run_to_end(command, self.lab.cores.measured, 60)


class Missing(Exception):
    """Not installed here; the message says what."""


def _figures(name: str, words: str, found: dict[str, Any], cpu: float, peak_rss: int) -> dict[str, Any]:
    return {
        "peer": name,
        "words": words,
        "records_per_second": found["records"] / found["seconds"],
        "cpu_us_per_record": cpu / found["records"] * 1e6,
        "peak_rss": peak_rss,
        "bad": f"{found['failures']} records failed" if found["failures"] else None,
    }


def _other_python(peers: Peers) -> pathlib.Path:
    python = peers.folder / "bench-venv" / "bin" / "python"
    if not python.exists():
        raise Missing("its environment is not installed")
    return python


def _our_python(peers: Peers) -> pathlib.Path:
    """An environment with our package, of the version of Python that the others have, if there is one."""
    found = sorted((peers.folder.parent / "python").glob("env-*/installed"))
    if not found:
        raise Missing("the package is not built (./dev setup)")
    others = {library.name for library in (peers.folder / "bench-venv" / "lib").glob("python3.*")}
    same = [one for one in found if one.parent.name.replace("env-", "python") in others]
    return (same or found)[0].parent / "bin" / "python"


def _python_peer(
    peers: Peers, python: pathlib.Path, name: str, words: str, *more: str, called: str | None = None
) -> list[dict[str, Any]]:
    server = peers.lab.server
    command: list[object] = [
        python, pathlib.Path(__file__).parent.parent / "peers" / "python_peer.py", name,
        "--endpoint-url", server.tls, "--ca-file", server.ca_file, "--stream", STREAM,
        "--records", peers.records_file, "--seconds", str(peers.seconds), "--warm-up", str(WARM_UP), *more,
    ]  # fmt: skip
    span = Span(server)
    found = run_to_end(command, peers.lab.cores.measured, 180, {"ready": span.begin, "done": span.end})
    figures = _figures(called or name, words, found, found["cpu"], found["peak_rss"])
    return [{**figures, "requests": span.counted["requests"]}]


def _ours(name: str, words: str) -> Callable[[Peers], list[dict[str, Any]]]:
    """With as many records outstanding as the C++ rows have."""

    def measure(peers: Peers) -> list[dict[str, Any]]:
        more = ("--outstanding", "100000")
        return _python_peer(peers, _our_python(peers), name, words, *more, called=f"python-{name}")

    return measure


def _others(name: str, words: str) -> Callable[[Peers], list[dict[str, Any]]]:
    return lambda peers: _python_peer(peers, _other_python(peers), name, words)


def measure_kpl(peers: Peers) -> list[dict[str, Any]]:
    home = peers.folder / "kpl"
    if not (home / "classes").exists():
        raise Missing("it is not installed")
    temporary = home / "temporary"
    temporary.mkdir(exist_ok=True)
    command: list[object] = [
        "java", "-cp", f"{home}/classes:{home}/lib/*", "KplPeer",
        peers.lab.server.tls, STREAM, peers.records_file, temporary, str(WARM_UP), str(peers.seconds),
    ]  # fmt: skip
    span = Span(peers.lab.server)
    found = run_to_end(command, peers.lab.cores.measured, 180, {"ready": span.begin, "done": span.end})
    daemon = _figures("kpl-daemon", "KPL 1.1.1, its daemon", found, found["cpu_daemon"], found["peak_rss_daemon"])
    jvm = _figures("kpl-jvm", "KPL 1.1.1, the JVM beside it", found, found["cpu"], found["peak_rss"])
    return [one | {"requests": span.counted["requests"]} for one in (daemon, jvm)]


def measure_librdkafka(peers: Peers) -> list[dict[str, Any]]:
    program = peers.lab.programs / "bench_kafka"
    if not program.exists():
        raise Missing("librdkafka-dev is not installed")
    with Process([program, "cluster", str(SHARDS[STREAM])], peers.lab.cores.server) as cluster:
        bootstrap = cluster.hear(30)["bootstrap"]
        command = [program, "producer", bootstrap, str(peers.lab.seconds)]
        found = run_to_end(command, peers.lab.cores.measured, 120)
    words = "librdkafka to its mock cluster, no TLS, nothing signed"
    return [_figures("librdkafka", words, found, found["cpu"], found["peak_rss"])]


MEASURE: dict[str, Callable[[Peers], list[dict[str, Any]]]] = {
    "librdkafka": measure_librdkafka,
    "our package for Python": _ours("aiokpl", "ours in Python, Producer in asyncio"),
    "our package for Python, SyncProducer": _ours("aiokpl-sync", "ours in Python, SyncProducer"),
    "our package for Python, put_records": _ours("aiokpl-bulk", "ours in Python, put_records, 1,000 a call"),
    "aws-kinesis-agg + boto3": _others("boto3", "aws-kinesis-agg + boto3, no outcomes, no retries"),
    "aiokpl 0.2.0": _others("aiokpl", "aiokpl 0.2.0, Producer in asyncio"),
    "aiokpl 0.2.0, SyncProducer": _others("aiokpl-sync", "aiokpl 0.2.0, SyncProducer"),
    "the KPL": measure_kpl,
}


def measure_peers(
    lab: Lab, folder: pathlib.Path, seconds: float, tell: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Their figures, and a word for each that is missing."""
    peers = Peers(folder, lab, seconds)
    peers.write_records()
    measured: list[dict[str, Any]] = []
    missing = []
    for name, measure in MEASURE.items():
        tell(f"== peer: {name}")
        try:
            measured += measure(peers)
        except (Missing, BenchError, OSError) as error:
            missing.append(f"skipped {name}: {error}")
    return measured, missing
