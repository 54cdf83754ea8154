"""What the tests of OpenTelemetrySink share: the program that feeds it, and what its points have to be."""

import json
import os
import subprocess

FEED = os.environ["AIOKPL_OPENTELEMETRY_FEED"]
UNITS = {"milliseconds": "ms", "bytes": "By"}


def feed(*arguments, environment=None):
    """Runs the sink; gives what it was fed, {"name": ..., ...} for each series, for each of its two exports."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([FEED, *arguments], capture_output=True, text=True, timeout=60, env={**clean, **(environment or {})})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def key(series):
    return series["name"], frozenset(series["dimensions"].items())


def unit(series):
    if series["unit"] != "count":
        return UNITS[series["unit"]]
    special = {"ErrorsByCode": "{error}", "AllErrors": "{error}", "RetriesPerRecord": "{retry}"}
    return special.get(series["name"], "{record}")


def added_up(first, second):
    """The two exports as one, which is what cumulative points of the second have to say. Both hold the same series."""
    total = {key(series): dict(series) for series in first}
    for series in second:
        sofar = total[key(series)]
        for name in ("count", "sum"):
            sofar[name] += series[name]
        sofar["min"] = min(sofar["min"], series["min"])
        sofar["max"] = max(sofar["max"], series["max"])
        sofar["buckets"] = [a + b for a, b in zip(sofar["buckets"], series["buckets"])]
        sofar["last"] = series["last"]
        sofar["end"] = series["end"]
    return list(total.values())
