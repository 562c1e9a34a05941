"""By when a claim is to be acknowledged and decided."""

import pytest

from tests.clock import SetClock
from tests.examples.ways import OTHER, Way

pytestmark = pytest.mark.once


def test_clock_from_friday_2025_12_19_with_the_holidays_12_25_01_01_and_01_19(way: Way, clock: SetClock) -> None:
    clock.set("2025-12-19 15:00")
    californian, texan = (
        way.deadlines(way.file(way.book("2025-06-01", "2026-06-01", "1200", kind=OTHER), "2025-12-18 12:00", state=state))
        for state in ("US-CA", "US-TX")
    )
    assert californian["15 days after the report, 19 Dec"] == "2026-01-03"
    assert texan["15 business days after the report, 19 Dec"] == "2026-01-13"
    assert californian["40 days after the report, 19 Dec"] == "2026-01-28"
