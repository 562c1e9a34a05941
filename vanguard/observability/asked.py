"""Figures that only the database knows: what waits, what is late, when something was last verified. Each room tells its own.

They are on the page of `/metrics` beside those that are counted as things happen, once and not for each worker. Scrapes cannot load the
database: a worker asks every half minute at the most, in a thread of its own and for a second a figure, and a database that does not
answer leaves them out and says so (`vanguard_asked_ok`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from django.db import DatabaseError, connection, connections, transaction
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from vanguard.observability import health

KEPT_SECONDS = 30.0
# For one figure at the database; for all of them, before a scrape is answered without.
STATEMENT_MS = 1000
WAIT_SECONDS = 3.0

logger = logging.getLogger(__name__)
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="asked-figures")

# The values of the labels, and the figure.
type Values = Iterable[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge that is asked for. `ask` gives a value for each set of labels; it may use the ORM."""

    name: str
    says: str
    ask: Callable[[], Values]
    labels: tuple[str, ...] = ()


_figures: dict[str, Figure] = {}


def add_figure(figure: Figure) -> None:
    _figures[figure.name] = figure


@dataclass
class _Last:
    """What was asked last, in this process."""

    at: float = 0.0
    families: list[Metric] = field(default_factory=list)
    asking: "asyncio.Future[list[Metric]] | None" = None


_last = _Last()


async def figures() -> bytes:
    """The text for `/metrics`."""
    if not _last.at or monotonic() - _last.at >= KEPT_SECONDS:
        await _renew()
    registry = CollectorRegistry()
    registry.register(_Told([*_last.families, *await _health()]))
    return generate_latest(registry)


def forget() -> None:
    """The next scrape asks anew."""
    _last.at = 0.0


async def _renew() -> None:
    """One asks at a time: scrapes that come meanwhile wait for the same answer, within their time."""
    loop = asyncio.get_running_loop()
    if _last.asking is None or _last.asking.done() or _last.asking.get_loop() is not loop:
        _last.asking = loop.run_in_executor(_thread, _ask_all)
    try:
        _last.families = await asyncio.wait_for(asyncio.shield(_last.asking), WAIT_SECONDS)
    except TimeoutError:
        _last.families = [_ok(answered=False)]
    except Exception:
        # A scrape must tell of everything else whatever one room does.
        logger.warning("Figures could not be asked for.", exc_info=True)
        _last.families = [_ok(answered=False)]
    _last.at = monotonic()


def _ask_all() -> list[Metric]:
    """In the thread, which keeps no connection."""
    try:
        return ask_all()
    finally:
        connections.close_all()


def ask_all() -> list[Metric]:
    """Every figure; where one is not to be had in time, the others."""
    families = [_family(figure) for figure in list(_figures.values())]
    told = [family for family in families if family is not None]
    return [*told, _ok(answered=len(told) == len(families))]


def _family(figure: Figure) -> Metric | None:
    family = GaugeMetricFamily(figure.name, figure.says, labels=figure.labels)
    try:
        with _in_time():
            for labels, value in figure.ask():
                family.add_metric(list(labels), value)
    except DatabaseError as error:
        logger.warning("%s could not be asked of the database: %s.", figure.name, type(error).__name__)
        return None
    return family


@contextmanager
def _in_time() -> Iterator[None]:
    """Reading, and not for long. On SQLite a transaction would make writers wait, and a file next to the process hangs less."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MS}")
        yield


def _ok(*, answered: bool) -> Metric:
    return GaugeMetricFamily("vanguard_asked_ok", "Whether the database told the figures that are asked of it.", value=float(answered))


async def _health() -> list[Metric]:
    """As `/health` has it, whose answers are kept for a second. Redis only where it is used."""
    looked = dict(zip(health.MONITORS, await asyncio.gather(*(each.look() for each in health.MONITORS.values())), strict=True))
    family = GaugeMetricFamily("vanguard_part_healthy", "Whether a part that the platform needs answers.", labels=["part"])
    for name, result in looked.items():
        if result.message not in health.NOT_IN_USE:
            family.add_metric([name], float(result.status == health.HEALTHY))
    return [family]


class _Told:
    """A collector of what is known already."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterator[Metric]:
        yield from self.families
