"""Lines over time as SVG, drawn by hand as the bars are."""

from __future__ import annotations

import dataclasses
import math
from typing import Sequence

from suite.plots import COLOURS, WIDTH, text

LEFT, RIGHT, PANEL, GAP, TOP = 70, 20, 150, 46, 20


@dataclasses.dataclass(frozen=True)
class Line:
    label: str
    values: Sequence[float]


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    lines: Sequence[Line]
    logarithmic: bool = False


def _ticks(most: float) -> list[float]:
    """Three or four round values up to the largest."""
    step = 10 ** math.floor(math.log10(max(most, 1e-9)))
    for smaller in (2, 2.5, 2):
        if most / step < 3:
            step /= smaller
    return [step * n for n in range(int(most / step) + 1)]


def _decades(least: float, most: float) -> list[float]:
    return [10.0**n for n in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]


def _panel(panel: Panel, times: Sequence[float], top: float) -> list[str]:
    values = [value for line in panel.lines for value in line.values if value > 0 or not panel.logarithmic]
    most = max([*values, 1e-9]) * 1.05
    least = min([*values, most]) if panel.logarithmic else 0.0
    ticks = _decades(least, most) if panel.logarithmic else _ticks(most)
    if panel.logarithmic:
        least, most = ticks[0], ticks[-1]

    def x(time: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * time / max(times[-1], 1e-9)

    def y(value: float) -> float:
        if panel.logarithmic:
            share = math.log(max(value, least) / least) / max(math.log(most / least), 1e-9)
        else:
            share = value / most
        return top + PANEL * (1 - share)

    drawn = [text(12, top - 8, panel.title, size=13)]
    for tick in ticks:
        drawn.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#e3e7eb"/>'
        )
        drawn.append(text(LEFT - 6, y(tick) + 4, f"{tick:,g}", "end", 11))
    at = WIDTH - RIGHT
    for colour, line in reversed(list(zip(COLOURS[1:] + COLOURS[:1], panel.lines))):
        drawn.append(f'<g fill="{colour}">{text(at, top - 8, line.label, "end")}</g>')
        at -= 20 + 7 * len(line.label)
        points = " ".join(f"{x(time):.1f},{y(value):.1f}" for time, value in zip(times, line.values))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>')
    return drawn


def lines_chart(times: Sequence[float], panels: Sequence[Panel]) -> str:
    """Panels with one axis of time, in seconds; at most three lines each."""
    height = TOP + len(panels) * (PANEL + GAP) + 10
    drawn = []
    for number, panel in enumerate(panels):
        drawn += _panel(panel, times, TOP + 20 + number * (PANEL + GAP))
    for tick in _ticks(times[-1]):
        place = LEFT + (WIDTH - LEFT - RIGHT) * tick / max(times[-1], 1e-9)
        drawn.append(text(place, height - 8, f"{tick:,g} s", "middle", 11))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *drawn,
            "</svg>\n",
        ]
    )
