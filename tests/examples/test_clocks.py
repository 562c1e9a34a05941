"""By when a claim is to be acknowledged and decided."""

import pytest

from tests.clock import SetClock
from tests.examples.ways import OTHER, Way

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("state", "reason", "due"),
    [
        ("US-CA", "15 days after the report, 19 Dec", "2026-01-03"),
        ("US-TX", "15 business days after the report, 19 Dec", "2026-01-13"),
        ("US-CA", "40 days after the report, 19 Dec", "2026-01-28"),
    ],
)
def test_clock_from_friday_2025_12_19_with_the_holidays_12_25_01_01_and_01_19(
    way: Way, clock: SetClock, state: str, reason: str, due: str
) -> None:
    clock.set("2025-12-19 15:00")
    claim = way.file(way.book("2025-06-01", "2026-06-01", "1200", kind=OTHER), "2025-12-18 12:00", state=state)
    assert way.deadlines(claim)[reason] == due
