"""plot.py RESULTS SVG: what a soak found, over time."""

from __future__ import annotations

import json
import pathlib
import sys

from suite.lines import Line, Panel, lines_chart


def main() -> None:
    results, drawn = map(pathlib.Path, sys.argv[1:])
    samples = json.loads(results.read_text())["samples"]

    def line(label: str, name: str, scale: float = 1.0) -> Line:
        return Line(label, [sample[name] / scale for sample in samples])

    panels = [
        Panel("memory, MiB", [line("resident", "rss", 1 << 20)]),
        Panel("open files", [line("open files", "fds")]),
        Panel("from put to outcome, ms", [line("p50", "p50_ms"), line("p99", "p99_ms")], logarithmic=True),
        Panel("records a second", [line("resolved", "records_per_second")]),
    ]
    drawn.write_text(lines_chart([sample["at"] for sample in samples], panels))


if __name__ == "__main__":
    main()
