import datetime

import pytest

from claims.deadlines import end_of_day, next_deadline
from claims.models import Claim

FRIDAY = datetime.datetime(2025, 12, 19, 15, 30, tzinfo=datetime.UTC)


def claim(**fields: object) -> Claim:
    return Claim(**({"status": "pending", "stage": "reported", "reported_date": FRIDAY, "incident_date": FRIDAY} | fields))


def test_a_clock_counts_days_and_its_last_day_counts_whole() -> None:
    found = next_deadline(claim())
    assert found is not None
    assert (found.due_at.date(), found.citation) == (datetime.date(2026, 1, 3), "10 CCR 2695.5(e)")
    assert found.due_at == datetime.datetime(2026, 1, 3, 23, 59, 59, 999999, tzinfo=datetime.UTC)
    assert found.reason == "15 days after the report, 19 Dec"


@pytest.mark.parametrize(
    ("fields", "action", "due"),
    [
        ({"status": "processing", "stage": "investigation"}, "Approve or deny", datetime.date(2026, 1, 28)),
        ({"status": "processing", "stage": "evaluation", "reopened_at": FRIDAY}, "Decide again", datetime.date(2026, 1, 28)),
        (
            {"status": "approved", "stage": "payment_pending", "approved_amount": 5, "processed_date": FRIDAY},
            "Issue the payment",
            datetime.date(2026, 1, 18),
        ),
        (
            {"status": "approved", "stage": "approved", "approved_amount": 0, "processed_date": FRIDAY},
            "Close the file",
            datetime.date(2026, 1, 18),
        ),
        ({"status": "denied", "stage": "denied", "processed_date": FRIDAY}, "Close the file", datetime.date(2026, 1, 18)),
    ],
)
def test_each_state_has_its_next_action_and_its_clock(fields: dict[str, object], action: str, due: datetime.date) -> None:
    found = next_deadline(claim(**fields))
    assert found is not None
    assert (found.action, found.due_at.date()) == (action, due)


def test_a_closed_file_has_none() -> None:
    assert next_deadline(claim(status="denied", stage="denied", processed_date=FRIDAY, closed_at=FRIDAY)) is None


def test_the_day_is_that_of_utc_whatever_the_offset_it_was_given_in() -> None:
    evening = datetime.datetime(2026, 1, 1, 20, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=-8)))
    assert end_of_day(evening).date() == datetime.date(2026, 1, 2)
