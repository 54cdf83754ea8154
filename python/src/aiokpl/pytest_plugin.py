"""The pytest plugin: the fixture `local_kinesis` and its marker.

It is there by itself where the package is installed; elsewhere: `pytest_plugins = ["aiokpl.pytest_plugin"]`.
"""

from __future__ import annotations

from _aiokpl_pytest import local_kinesis, pytest_configure

__all__ = ["local_kinesis", "pytest_configure"]
