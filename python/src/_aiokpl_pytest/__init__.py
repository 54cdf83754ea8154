"""The pytest plugin `aiokpl.pytest_plugin`.

Beside the package, and not in it: every run of pytest loads this, and most have no use for the core, which is loaded
with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aiokpl.local import LocalKinesis


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line(
        "markers",
        "local_kinesis(streams, **options): what the fixture local_kinesis is made with, as aiokpl.local.LocalKinesis",
    )


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    options: dict[str, Any] = {}
    # The closest mark comes first; what it leaves open, the marks of the class and the module say.
    for mark in request.node.iter_markers("local_kinesis"):
        if len(mark.args) > 1:
            raise TypeError(f"takes streams by position and all else by name, got {mark.args!r}")
        given = {**mark.kwargs, **({"streams": mark.args[0]} if mark.args else {})}
        options = {**given, **options}
    return options


@pytest.fixture
def local_kinesis(request: pytest.FixtureRequest) -> Iterator[LocalKinesis]:
    """A Kinesis on this machine, of the test's own: an aiokpl.local.LocalKinesis that serves.

    It starts without streams. `@pytest.mark.local_kinesis(streams={"orders": 4}, tls=True)` on the test, its class or
    its module says what it is made with.
    """
    from aiokpl.local import LocalKinesis

    try:
        kinesis = LocalKinesis(**_options(request))
    except (TypeError, ValueError) as error:
        pytest.fail(f"@pytest.mark.local_kinesis: {error}", pytrace=False)
    with kinesis:
        yield kinesis


__all__ = ["local_kinesis", "pytest_configure"]
