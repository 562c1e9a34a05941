"""How far a long run is: a bar where somebody watches, a plain line now and then in a log."""

import sys
import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper

BAR_WIDTH = 30
REDRAW_SECONDS = 0.1
LOG_SECONDS = 5.0


def progress_on(out: OutputWrapper) -> Callable[[str, int], "Progress"]:
    """Progress on a command's output."""
    return lambda title, total: Progress(title, total, out)


class Progress:
    """Counts `total` things of one kind and says how many are done, and how fast."""

    def __init__(self, title: str, total: int, out: OutputWrapper | None = None) -> None:
        self.title = title
        self.total = total
        self.done = 0
        self._out = out or OutputWrapper(sys.stdout)
        self._watched = self._out.isatty()
        self._started = time.monotonic()
        self._shown_at = self._started if not self._watched else 0.0

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._started, 1e-6)

    @property
    def rate(self) -> float:
        """Things a second, so far."""
        return self.done / self.seconds

    def advance(self, count: int = 1) -> None:
        """`count` more are done."""
        self.done += count
        now = time.monotonic()
        if now - self._shown_at >= (REDRAW_SECONDS if self._watched else LOG_SECONDS):
            self._shown_at = now
            self._show()

    def finish(self) -> None:
        """Shows the last state and ends the line."""
        self._show()
        if self._watched:
            self._out.write("\n")

    def _show(self) -> None:
        share = self.done / self.total if self.total else 1.0
        text = f"{self.title} {share:4.0%}  {self.done:,} of {self.total:,}  {self.rate:,.0f} a second"
        if self._watched:
            filled = int(share * BAR_WIDTH)
            self._out.write(f"\r{'█' * filled}{'░' * (BAR_WIDTH - filled)} {text} ", ending="")
        else:
            self._out.write(text)
        self._out.flush()
