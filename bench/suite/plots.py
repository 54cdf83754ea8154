"""Bar charts as SVG, drawn by hand: a benchmark should not need a plotting library to show a few bars."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from typing import Any, Sequence
from xml.sax.saxutils import escape

COLOURS = ("#9aa7b5", "#2f6fa7", "#d9822b")
LEFT, RIGHT, TOP, BAR, GAP = 170, 130, 56, 16, 8
WIDTH = 760


@dataclasses.dataclass(frozen=True)
class Bar:
    label: str
    # One on top of the other, in the order of the chart's legend.
    parts: tuple[float, ...]
    note: str


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height}" fill="{colour}"/>'


def chart(title: str, legend: Sequence[str], bars: Sequence[Bar], logarithmic: bool = False) -> str:
    """Lengths start at zero, or with `logarithmic` a little left of the smallest value; such bars have one part."""
    height = TOP + len(bars) * (BAR + GAP) + GAP
    room = WIDTH - LEFT - RIGHT
    most = max(sum(bar.parts) for bar in bars)
    least = min(sum(bar.parts) for bar in bars) / 2

    def length(value: float) -> float:
        if logarithmic:
            return room * math.log(max(value, least) / least) / math.log(most / least)
        return room * value / most

    drawn = [text(12, 20, title, size=14)]
    x = float(LEFT)
    for colour, words in zip(COLOURS, legend):
        drawn += [_rect(x, 32, 12, 12, colour), text(x + 16, 42, words)]
        x += 40 + 7 * len(words)
    for index, bar in enumerate(bars):
        y = TOP + index * (BAR + GAP)
        drawn.append(text(LEFT - 8, y + 13, bar.label, "end"))
        x = float(LEFT)
        for colour, part in zip(COLOURS, bar.parts):
            drawn.append(_rect(x, y, length(part), BAR, colour))
            x += length(part)
        drawn.append(text(x + 6, y + 13, bar.note))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def rows_chart(rows: Sequence[dict[str, Any]]) -> str:
    bars = []
    for row in rows:
        floor, cpu = row["floor_us_per_record"], row["cpu_us_per_record"]
        bars.append(Bar(row["row"], (1.0, max(cpu / floor - 1, 0)), f"{cpu / floor:.2f} ({cpu:.2f} us)"))
    return chart("CPU per record, as a multiple of the floor", ("the floor", "beyond it"), bars)


def latency_chart(latencies: Sequence[dict[str, Any]]) -> str:
    bars = []
    for one in latencies:
        for name, words in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
            value = one["latency_ms"][name]
            buffered = min(value, one["buffering_ms"])
            label = f"{one['records_per_second']:,.0f}/s, {words}"
            bars.append(Bar(label, (buffered, value - buffered), f"{value:.1f} ms"))
    return chart("From put to outcome", ("up to the buffering time", "beyond it"), bars)


def peers_chart(peers: Sequence[dict[str, Any]], ours: Sequence[dict[str, Any]]) -> str:
    bars = []
    for one in [*ours, *peers]:
        label = one["peer"] if "peer" in one else f"ours: {one['row']}"
        bars.append(Bar(label, (0, one["cpu_us_per_record"]), f"{one['cpu_us_per_record']:.2f} us"))
    return chart("CPU per record, logarithmic", (), bars, logarithmic=True)


def write_plots(results: dict[str, Any], folder: pathlib.Path) -> list[str]:
    written = []
    ours = [row for row in results["rows"] if row["row"] in ("base", "plain")]
    for name, found, draw in (
        ("rows", results.get("rows"), rows_chart),
        ("latency", results.get("latency"), latency_chart),
        ("peers", results.get("peers"), lambda peers: peers_chart(peers, ours)),
    ):
        if found:
            (folder / f"{name}.svg").write_text(draw(found))
            written.append(f"{name}.svg")
    return written
