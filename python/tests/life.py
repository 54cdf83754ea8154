"""Programs of their own, for tests of what happens to whole processes.

A test runs a scenario, which is a function of a module beside it, in an interpreter of its own: bounded in time, and
with the local Kinesis of the test, which outlives it. Scenarios find the rest of this module useful in there.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiokpl import Config
from aiokpl.local import LocalKinesis

_tests = Path(__file__).parent

#: Seconds that a scenario has, on a machine with other things to do; then it tells where its threads are, and fails.
patience = float(os.environ.get("AIOKPL_TEST_PATIENCE", "60"))


def run(
    module: str,
    scenario: str,
    kinesis: LocalKinesis,
    *words: str,
    flags: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    status: int | None = 0,
) -> subprocess.CompletedProcess[str]:
    """Runs a scenario; `status` is what it has to end with, None: whatever.

    At its word "stall" Kinesis answers nothing until it says "answer"; it gets a line when that is so.
    """
    said = ""
    with start(module, scenario, kinesis, *words, flags=flags, env=env) as program:
        assert program.stdin is not None and program.stdout is not None and program.stderr is not None
        for line in program.stdout:
            said += line
            if line in ("stall\n", "answer\n"):
                kinesis.set_stalled(line == "stall\n")
                program.stdin.write("done\n")
                program.stdin.flush()
        errors = program.stderr.read()
    if status is not None:
        assert program.returncode == status, f"{scenario} ended with {program.returncode}\n{said}\n{errors}"
    return subprocess.CompletedProcess(program.args, program.returncode, said, errors)


def start(
    module: str,
    scenario: str,
    kinesis: LocalKinesis,
    *words: str,
    flags: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Starts a scenario, which is killed with all of its children when it takes too long."""
    program = subprocess.Popen(
        [sys.executable, *flags, str(_tests / f"{module}.py"), scenario, *words],
        env=environment(kinesis, env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    threading.Thread(target=_bound, args=(program, os.pidfd_open(program.pid)), daemon=True).start()
    return program


def _bound(program: subprocess.Popen[str], descriptor: int) -> None:
    select.select([descriptor], [], [], patience + 5)
    os.close(descriptor)
    # Children that outlive it, too: they hold its pipes.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)


def environment(kinesis: LocalKinesis, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process needs to find the package and the local Kinesis of the test."""
    path = os.pathsep.join([str(_tests), os.environ.get("PYTHONPATH", "")])
    found = {
        **os.environ,
        "PYTHONPATH": path,
        "LOCAL_KINESIS": kinesis.tls_endpoint_url or kinesis.endpoint_url,
        "LOCAL_KINESIS_CA": kinesis.certificate_file or "",
        **(more or {}),
    }
    return found


# In the scenarios.


def ask(what: str) -> None:
    """Has the test stall Kinesis, or let it answer again."""
    print(what, flush=True)
    assert sys.stdin.readline() == "done\n"


def config(**overrides: Any) -> Config:
    """Of a producer for the test's local Kinesis."""
    fields: dict[str, Any] = {
        "region": "us-east-1",
        "endpoint_url": os.environ["LOCAL_KINESIS"],
        "ca_bundle": os.environ["LOCAL_KINESIS_CA"] or None,
        "aws_access_key_id": "local",
        "aws_secret_access_key": "local",
        "record_max_buffered_time_ms": 5,
        "rate_limit_records_per_sec_per_shard": 1e6,
        "rate_limit_bytes_per_sec_per_shard": 1e10,
        "request_timeout_ms": 60_000,  # a Kinesis that is stalled stays so until the test has seen enough
    }
    return Config(**{**fields, **overrides})


def bound(seconds: float) -> None:
    """Has this process tell where its threads are, and end, when it takes longer than that. In a child, once more."""
    # Not faulthandler's own clock: its thread is in the parent, and a child would wait for it.
    faulthandler.register(signal.SIGALRM, chain=True)
    signal.alarm(math.ceil(seconds))


def main(scenarios: Mapping[str, Any]) -> None:
    """Runs the scenario that the command line names; in a program that hangs it tells where, and ends it."""
    bound(patience)
    # Where the tests run in the background of a shell, their processes ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _, name, *words = sys.argv
    scenarios[name](*words)


def wait_for_child(pid: int, seconds: float = 30) -> int:
    """The exit status of a child of this process; one that does not end is told by its stacks, and killed."""
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], seconds)[0]:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            raise AssertionError(f"the child {pid} did not end within {seconds} s")
    finally:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fork(child: Callable[[], None], seconds: float = 20) -> int:
    """Runs `child` in a child, and there what is registered for the end of the interpreter; the caller's own frames are
    left alone. It ends with status 0, or 1 with a traceback where it raised."""
    pid = os.fork()
    if pid:
        return pid
    bound(seconds)
    try:
        child()
        gc.collect()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def raises(error: type[BaseException], words: str, call: Callable[[], object]) -> None:
    """As pytest.raises, where there is no pytest."""
    try:
        call()
    except error as raised:
        assert words in str(raised), f"{raised!r} does not say {words!r}"
    else:
        raise AssertionError(f"{error.__name__} was not raised")


def until(condition: Callable[[], object], seconds: float = 20, last: Callable[[], object] | None = None) -> None:
    """For what gives no event: looks again and again, and fails after so many seconds with the words of `last`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, last() if last else "it did not come about"
        time.sleep(0.002)
