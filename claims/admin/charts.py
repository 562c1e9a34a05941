"""Bars as SVG, made on the server: attributes only, and no script."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, BASE, TOP = 320, 100, 80, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its figure above and its name below; `url` leads to its rows."""

    label: str
    value: int
    tone: str
    url: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def figure_y(self) -> float:
        return round(self.y - 5, 1)


def bars(figures: Sequence[tuple[str, int, str, str]]) -> list[Bar]:
    """Bars for (label, value, tone, url), the highest filling the height."""
    slot = WIDTH / len(figures)
    highest = max((value for _, value, _, _ in figures), default=0) or 1
    made = []
    for index, (label, value, tone, url) in enumerate(figures):
        height = round((BASE - TOP) * value / highest, 1)
        made.append(Bar(label, value, tone, url, round(slot * index + slot * 0.19, 1), BASE - height, round(slot * 0.62, 1), height))
    return made
