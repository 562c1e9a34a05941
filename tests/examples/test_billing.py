"""What a premium is paid in."""

from decimal import Decimal

import pytest

from tests.clock import SetClock
from tests.examples.ways import Way

pytestmark = pytest.mark.once


def test_1000_dollars_in_12_instalments(way: Way, clock: SetClock) -> None:
    clock.set("2025-12-01 09:00")
    policy = way.book("2026-01-01 00:01", "2027-01-01 00:01", "1000")
    assert way.pay_in_instalments(policy) == [Decimal("83.33")] * 11 + [Decimal("83.37")]
    assert way.owed(policy) == Decimal("1000.00")
