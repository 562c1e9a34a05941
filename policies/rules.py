"""What a policy's terms must satisfy, whichever way they come in."""

import datetime

from vanguard.errors import FieldError

EARLIEST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


def check_policy_terms(*, start_date: datetime.datetime, end_date: datetime.datetime) -> list[FieldError]:
    """The period is half-open and not empty, in years that people insure."""
    errors = [
        FieldError(name, "out_of_range", f"{name.replace('_', ' ').capitalize()} is between 1900 and 2200.")
        for name, value in (("start_date", start_date), ("end_date", end_date))
        if not EARLIEST <= value < LATEST
    ]
    if start_date >= end_date:
        errors.append(FieldError("end_date", "before_start", "End date is after the start date."))
    return errors
