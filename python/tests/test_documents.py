"""The Python code of this repository's own documents, against the local Kinesis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from aiokpl.local import LocalKinesis

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(block, id=f"{name}-{index}")
    for name in ("README.md", "python/README.md", "docs/python.md")
    for index, block in enumerate(BLOCK.findall((ROOT / name).read_text()))
]


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with LocalKinesis({"my-stream": 2}) as kinesis:
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def test_there_are_blocks() -> None:
    assert len(BLOCKS) >= 6


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs(block: str, environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "test_block.py"
    file.write_text(block)
    command: list[str | Path] = [sys.executable, "-W", "error", file]
    if "def test_" in block:
        command: list[str | Path] = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", file]
        if not entry_points(group="pytest11", name="aiokpl"):
            command[3:3] = ["-p", "_aiokpl_pytest"]  # not installed, but seen through PYTHONPATH
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout
    if "print(" in block:
        assert done.stdout.strip()
