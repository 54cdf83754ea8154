"""The fixture `local_kinesis`, in runs of pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import aiokpl

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _found_from_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    # These runs have folders of their own; the package may be on a path that is relative to this one's.
    folder = str(Path(aiokpl.__file__).resolve().parent.parent)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)


def _run(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    pytester.makepyfile(tests)
    # Named, since it may not be installed; where it is, it is the same plugin twice, which must not matter.
    return pytester.runpytest_subprocess("-p", "aiokpl.pytest_plugin", "--strict-markers", "-W", "error", timeout=60)


def test_a_kinesis_for_each_test(pytester: pytest.Pytester) -> None:
    result = _run(
        pytester,
        """
        import aiokpl, pytest

        seen = []

        def put(kinesis):
            with aiokpl.SyncProducer(kinesis.config()) as producer:
                assert producer.put_record(stream="orders", partition_key="a", data=b"x").wait(timeout=20).success
            return len(kinesis.user_records("orders"))

        @pytest.mark.local_kinesis({"orders": 2})
        def test_streams_by_position(local_kinesis):
            assert put(local_kinesis) == 1

        @pytest.mark.local_kinesis(streams=["orders:2"], tls=True)
        def test_streams_by_name_and_options(local_kinesis):
            assert local_kinesis.tls_endpoint_url.startswith("https://")
            assert put(local_kinesis) == 1

        def test_without_the_mark_there_are_no_streams(local_kinesis):
            assert local_kinesis.streams() == []
            local_kinesis.create_stream("orders")
            assert put(local_kinesis) == 1
            seen.append(local_kinesis)

        def test_it_is_gone_afterwards():
            with pytest.raises(RuntimeError, match="not running"):
                seen[0].endpoint_url
        """,
    )
    result.assert_outcomes(passed=4)


def test_the_closest_mark_wins_and_the_others_fill_in(pytester: pytest.Pytester) -> None:
    result = _run(
        pytester,
        """
        import pytest

        pytestmark = pytest.mark.local_kinesis({"outer": 1}, region="eu-west-1")

        def test_module(local_kinesis):
            assert (local_kinesis.streams(), local_kinesis.region) == (["outer"], "eu-west-1")

        @pytest.mark.local_kinesis({"middle": 1})
        class TestClass:
            def test_class(self, local_kinesis):
                assert (local_kinesis.streams(), local_kinesis.region) == (["middle"], "eu-west-1")

            @pytest.mark.local_kinesis(streams={"inner": 1}, region="us-west-2")
            def test_function(self, local_kinesis):
                assert (local_kinesis.streams(), local_kinesis.region) == (["inner"], "us-west-2")
        """,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ('{"orders": 0}', "streams['orders']: shards: must be 1 to 10000, got 0"),
        ("stream={}", "unexpected keyword argument 'stream'"),
        ('{"orders": 1}, 2', "takes streams by position and all else by name"),
    ],
)
def test_a_wrong_mark_is_told_in_words(pytester: pytest.Pytester, mark: str, words: str) -> None:
    result = _run(
        pytester,
        f"""
        import pytest

        @pytest.mark.local_kinesis({mark})
        def test_never_runs(local_kinesis):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*@pytest.mark.local_kinesis: *{words.replace('[', '[[]')}*"])


def test_async_tests_use_it_as_well(pytester: pytest.Pytester) -> None:
    result = _run(
        pytester,
        """
        import aiokpl, pytest

        @pytest.mark.anyio
        @pytest.mark.local_kinesis({"orders": 1})
        async def test_put(local_kinesis):
            async with aiokpl.Producer(local_kinesis.config()) as producer:
                assert (await (await producer.put_record(stream="orders", partition_key="a", data=b"x"))).success

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param
        """,
    )
    result.assert_outcomes(passed=2)


def test_the_marker_is_listed_with_what_it_takes(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("-p", "aiokpl.pytest_plugin", "--markers", timeout=60)
    result.stdout.fnmatch_lines(["@pytest.mark.local_kinesis(streams, **options): *"])


def test_the_plugin_alone_loads_no_core() -> None:
    program = "import sys, _aiokpl_pytest; print([name for name in sys.modules if name.startswith('aiokpl')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"
