"""The programs that are measured, as processes: where they run, and how they are talked to."""

from __future__ import annotations

import json
import os
import pathlib
import select
import subprocess
import time
from typing import Any, Callable, Mapping, Sequence


Command = Sequence[object]  # words, paths, numbers


class BenchError(Exception):
    """A program that did not do what it was started for."""


class Cores:
    """Which core the measured program has to itself, and which the server. Both have all where there is only one."""

    def __init__(self, pin: bool) -> None:
        self.all = sorted(os.sched_getaffinity(0))
        self.pinned = pin and len(self.all) > 1
        self.measured = {self.all[0]} if self.pinned else set(self.all)
        self.server = {self.all[1]} if self.pinned else set(self.all)


def clean_environment() -> dict[str, str]:
    """Nothing of the user's own account, or of a proxy, has a place here."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "AIOKPL_")) and not name.lower().endswith("_proxy")
    }


class Process:
    """A child that speaks lines of JSON, and ends with its standard input at the latest."""

    def __init__(
        self, command: Command, cores: set[int], environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = [str(word) for word in command]
        self._child = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**clean_environment(), **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self._rest = b""

    @property
    def pid(self) -> int:
        return self._child.pid

    def say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line.encode() + b"\n")

    def hear(self, seconds: float) -> dict[str, Any]:
        """Its next line of JSON; other lines, as libraries write them, are passed over."""
        until = time.monotonic() + seconds
        while True:
            line = self._line(until)
            if line.startswith(b"{"):
                heard: dict[str, Any] = json.loads(line)
                return heard

    def _line(self, until: float) -> bytes:
        assert self._child.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._child.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise BenchError("no word in time from: " + " ".join(self.command))
            more = self._child.stdout.read(65536)
            if not more:
                raise BenchError("it ended early: " + " ".join(self.command))
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def end(self, seconds: float = 20) -> None:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.close()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Server:
    """The local Kinesis: bench_server, in a process and on a core of its own."""

    def __init__(self, programs: pathlib.Path, folder: pathlib.Path, cores: Cores, streams: Sequence[str]) -> None:
        self.ca_file = folder / "ca.pem"
        self._process = Process([programs / "bench_server", "--ca-file", self.ca_file, *streams], cores.server)
        endpoints = self._process.hear(30)
        self.plain: str = endpoints["plain"]
        self.tls: str = endpoints["tls"]

    def counters(self) -> dict[str, float]:
        return self._ask("counters")

    def stall(self) -> None:
        self._ask("stall")

    def go_on(self) -> None:
        self._ask("go on")

    def _ask(self, command: str) -> dict[str, Any]:
        self._process.say(command)
        return self._process.hear(30)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()


def run_to_end(
    command: Command,
    cores: set[int],
    seconds: float,
    events: Mapping[str, Callable[[], None]] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Runs a program that says {"event": ...} and waits, calls what belongs to the event, and gives its last word."""
    until = time.monotonic() + seconds
    with Process(command, cores, environment) as process:
        while True:
            heard = process.hear(until - time.monotonic())
            if heard.get("event", "done") == "done":
                if events and "done" in events:
                    events["done"]()
                return heard
            if events and heard["event"] in events:
                events[heard["event"]]()
            process.say("go")
