"""What the tests share: the event loops, and nothing of the user's own account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import uvloop

SKIPPED = 77  # what CTest knows as skipped


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A file that skips itself leaves no test, which is an error only where there was none."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and reporter.stats.get("skipped"):
        session.exitstatus = SKIPPED


AsyncMain = Callable[[], Awaitable[Any]]


def _run_asyncio(main: AsyncMain) -> Any:
    return asyncio.run(main())  # type: ignore[arg-type]


def _run_uvloop(main: AsyncMain) -> Any:
    return uvloop.run(main())  # type: ignore[arg-type]


BACKENDS: dict[str, Callable[[AsyncMain], Any]] = {"asyncio": _run_asyncio, "trio": trio.run, "uvloop": _run_uvloop}


@pytest.fixture(params=list(BACKENDS))
def run(request: pytest.FixtureRequest) -> Callable[[AsyncMain], Any]:
    """Runs an async function to its end, in each event loop."""
    return BACKENDS[request.param]


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("AWS_", "AIOKPL_", "DD_", "OTEL_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
