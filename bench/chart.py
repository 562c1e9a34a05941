"""The chart of growth: rows across, milliseconds up, both by powers of ten, a line an operation. Plain SVG, readable on light and dark."""

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT = 860, 400, 60, 30, 480, 310
COLOURS = ("#2f6fb5", "#2e8b57", "#c77700", "#c0392b", "#7d4fb2")
INK = "#777777"


def drawn(sizes: Sequence[int], medians: Mapping[str, Sequence[float]]) -> str:
    values = [value for line in medians.values() for value in line]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size: int) -> float:
        return LEFT + (math.log10(size) - first) / ((last - first) or 1) * PLOT_WIDTH

    def y(value: float) -> float:
        return TOP + PLOT_HEIGHT - (math.log10(value) - low) / ((high - low) or 1) * PLOT_HEIGHT

    parts = [_text(LEFT, 18, "median ms a request, one caller")]
    for power in range(low, high + 1):
        up = f'y1="{y(10.0**power):.1f}" y2="{y(10.0**power):.1f}"'
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + PLOT_WIDTH}" {up} stroke="{INK}" stroke-opacity="0.3"/>')
        parts.append(_text(LEFT - 8, y(10.0**power) + 4, f"{10.0**power:g}", anchor="end"))
    parts += [_text(x(size), TOP + PLOT_HEIGHT + 22, f"{size:,} claims", anchor="middle") for size in sizes]
    # Names stand in the order of the lines' ends, far enough apart to be read.
    below = 0.0
    for colour, (name, line) in sorted(zip(COLOURS, medians.items(), strict=False), key=lambda entry: y(entry[1][1][-1])):
        points = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in zip(sizes, line, strict=False))
        below = max(y(line[-1]) + 4, below + 18)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [
            f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="4" fill="{colour}"/>' for size, value in zip(sizes, line, strict=False)
        ]
        parts.append(_text(LEFT + PLOT_WIDTH + 14, below, f"{name}: {line[-1]:.1f}", colour))
    body = "\n".join(parts)
    style = 'font-family="system-ui, sans-serif" font-size="13"'
    title = "<title>Cost of a request against the number of claims</title>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {style}>\n{title}\n{body}\n</svg>\n'


def _text(x: float, y: float, words: str, colour: str = INK, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'
