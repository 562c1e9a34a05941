"""Bars as SVG, made on the server: attributes and classes only, so that the strict policy holds, and no script.

Nothing hangs on colour: the second series is hatched, each bar has its figure and its name, and the page has the table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, TOP, BASE = 1120, 216, 64, 16, 176
MARKS = ("wb-s1", "wb-hatched", "wb-s3")
# So many names stand beside each other without touching.
NAMES = 15


@dataclass(frozen=True, slots=True)
class Block:
    """One series of one bar."""

    mark: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name and figure below it, what it says in full, where it leads."""

    x: float
    width: float
    middle: float
    blocks: Sequence[Block]
    label: str
    figure: str
    says: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid, with its figure."""

    y: float
    figure: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the template needs; `keys` are the series, by mark and name."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    keys: Sequence[tuple[str, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = BASE


def stacked(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], urls: Sequence[str], write: Callable[[float], str]
) -> Drawing:
    """Bars for `labels`, the series (name, values not below nought) on top of each other. `write` makes a value a short figure."""
    sums = [sum(values) for values in zip(*(values for _, values in series), strict=True)]
    step = _step(max(sums, default=0))
    top = step * 4
    slot = (WIDTH - LEFT) / max(len(labels), 1)
    every = ceil(len(labels) / NAMES) or 1
    bars = [
        _bar(index, label, [(name, values[index]) for name, values in series], slot, top, urls[index] if urls else "", write, every)
        for index, label in enumerate(labels)
    ]
    lines = [Line(round(BASE - (BASE - TOP) * index / 4, 1), write(step * index)) for index in range(5)]
    return Drawing(bars, lines, [(mark, name) for mark, (name, _) in zip(MARKS, series, strict=False)])


def _bar(
    index: int,
    label: str,
    values: Sequence[tuple[str, float]],
    slot: float,
    top: float,
    url: str,
    write: Callable[[float], str],
    every: int,
) -> Bar:
    blocks, y, width = [], float(BASE), min(round(slot * 0.62, 1), 64.0)
    x = round(LEFT + slot * index + (slot - width) / 2, 1)
    for mark, (_, value) in zip(MARKS, values, strict=False):
        height = round((BASE - TOP) * value / top, 1)
        y = round(y - height, 1)
        blocks.append(Block(mark, y, height))
    says = f"{label}: " + ", ".join(f"{name.lower()} {write(value)}" for name, value in values)
    shown = index % every == 0
    figure = write(sum(value for _, value in values))
    return Bar(x, width, round(x + width / 2, 1), blocks, label if shown else "", figure if shown else "", says, url)


def _step(highest: float) -> float:
    """A quarter of the axis: the next of 1, 2, 2.5, 5, 10 times a power of ten."""
    if highest <= 0:
        return 1
    rough = highest / 4
    power = 10.0 ** floor(log10(rough))
    return next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.9999)
