"""The first rules, as the law stood in 2026, and the federal holidays of 2008 to 2035; from then on both are data.

How each law is read is said in docs/clocks.md.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import migrations

SINCE = datetime.date(2000, 1, 1)
CA, STANDARD = "10 CCR 2695", "Company standard, as 10 CCR 2695"
STATUS = "Write where it stands"
FIRST_YEAR, LAST_YEAR = 2008, 2035


def standard(state: str, cited: str) -> Iterator[dict[str, Any]]:
    """California's figures; the company holds to them wherever no law says something else."""

    def rule(kind: str, action: str, starts: str, stops: str, days: int, place: str, **more: Any) -> dict[str, Any]:
        named = {"jurisdiction": state, "kind": kind, "action": action, "citation": f"{cited}.{place}"}
        return named | {"starts": starts, "stops": stops, "days": days} | more

    yield rule("acknowledge", "Acknowledge and start", "report", "acknowledgement", 15, "5(e)")
    yield rule("decide", "Approve or deny", "report", "decision", 40, "7(b)")
    yield rule("decide_again", "Decide again", "reopening", "decision", 40, "7(b)")
    for start in ("report", "reopening"):
        yield rule("status", STATUS, start, "status_letter", 40, "7(c)(1)", then_every=30)
    yield rule("inquiry", "Answer the insurance department", "inquiry", "answer", 21, "5(a)")
    yield rule("pay", "Issue the payment", "approval", "payment", 30, "7(h)")


def company() -> Iterator[dict[str, Any]]:
    """What no law says."""
    own = {"jurisdiction": "", "citation": "Company rule"}
    yield own | {"kind": "appeal", "action": "Decide the appeal", "starts": "appeal", "stops": "decision", "days": 14}
    yield own | {"kind": "close", "action": "Close the file", "starts": "decision", "stops": "closing", "days": 30}


def texas() -> Iterator[dict[str, Any]]:
    """Insurance Code, chapter 542, subchapter B. The days to decide run from when all that was asked for has come."""
    own = {"jurisdiction": "US-TX", "counts": "business"}
    decision = own | {"stops": "decision", "days": 15, "waits_for": "request", "extension_days": 45, "citation": "Texas Ins. Code 542.056"}
    yield {
        "jurisdiction": "US-TX", "kind": "acknowledge", "action": "Acknowledge and start", "starts": "report", "stops": "acknowledgement",
        "days": 15, "citation": "Texas Ins. Code 542.055",
    }
    yield decision | {"kind": "decide", "action": "Approve or deny", "starts": "report"}
    yield decision | {"kind": "decide", "action": "Approve or deny", "starts": "information"}
    yield decision | {"kind": "decide_again", "action": "Decide again", "starts": "reopening"}
    yield own | {
        "kind": "pay", "action": "Issue the payment", "starts": "approval", "stops": "payment", "days": 5,
        "citation": "Texas Ins. Code 542.057",
    }


def iowa() -> Iterator[dict[str, Any]]:
    """Administrative Code 191-15.42; of decisions and payments it names no days."""
    own = {"jurisdiction": "US-IA"}
    yield own | {
        "kind": "acknowledge", "action": "Acknowledge and start", "starts": "report", "stops": "acknowledgement", "days": 15,
        "citation": "Iowa Admin. Code 191-15.42(1)",
    }
    yield own | {
        "kind": "inquiry", "action": "Answer the insurance department", "starts": "inquiry", "stops": "answer", "days": 21,
        "citation": "Iowa Admin. Code 191-15.42(2)",
    }
    yield own | {
        "kind": "reply", "action": "Reply to the insured", "starts": "information", "stops": "reply", "days": 15,
        "citation": "Iowa Admin. Code 191-15.42(3)",
    }


def pennsylvania() -> Iterator[dict[str, Any]]:
    """Title 31, chapter 146. The report is taken for the proof of loss."""
    own = {"jurisdiction": "US-PA"}
    yield own | {
        "kind": "acknowledge", "action": "Acknowledge and start", "starts": "report", "stops": "acknowledgement", "days": 10,
        "counts": "business", "citation": "31 Pa. Code 146.5(a)",
    }
    yield own | {
        "kind": "inquiry", "action": "Answer the insurance department", "starts": "inquiry", "stops": "answer", "days": 15,
        "counts": "business", "citation": "31 Pa. Code 146.5(b)",
    }
    decision = own | {"stops": "decision", "days": 15, "counts": "business", "citation": "31 Pa. Code 146.7(a)(1)"}
    yield decision | {"kind": "decide", "action": "Approve or deny", "starts": "report"}
    yield decision | {"kind": "decide_again", "action": "Decide again", "starts": "reopening"}
    for start in ("report", "reopening"):
        yield own | {
            "kind": "status", "action": STATUS, "starts": start, "stops": "status_letter", "days": 30, "then_every": 45,
            "citation": "31 Pa. Code 146.6",
        }


def holidays(year: int) -> Iterator[tuple[datetime.date, str]]:
    """5 U.S.C. 6103: what falls on a Saturday is kept on the Friday before, on a Sunday on the Monday after."""
    yield _observed(datetime.date(year, 1, 1)), "New Year’s Day"
    yield _nth(year, 1, 3), "Birthday of Martin Luther King, Jr."
    yield _nth(year, 2, 3), "Washington’s Birthday"
    yield _last_monday_of_may(year), "Memorial Day"
    if year >= 2021:
        yield _observed(datetime.date(year, 6, 19)), "Juneteenth"
    yield _observed(datetime.date(year, 7, 4)), "Independence Day"
    yield _nth(year, 9, 1), "Labor Day"
    yield _nth(year, 10, 2), "Columbus Day"
    yield _observed(datetime.date(year, 11, 11)), "Veterans Day"
    yield _nth(year, 11, 4, weekday=3), "Thanksgiving Day"
    yield _observed(datetime.date(year, 12, 25)), "Christmas Day"


def _observed(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, place: int, weekday: int = 0) -> datetime.date:
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (place - 1))


def _last_monday_of_may(year: int) -> datetime.date:
    last = datetime.date(year, 5, 31)
    return last - datetime.timedelta(days=last.weekday())


def seed(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    rule, holiday = apps.get_model("clocks", "ClockRule"), apps.get_model("clocks", "Holiday")
    rows = [*standard("", STANDARD), *company(), *standard("US-CA", CA), *texas(), *iowa(), *pennsylvania()]
    rule.objects.using(using).bulk_create(rule(valid_from=SINCE, **row) for row in rows)
    # A New Year's Day that is kept in the year before comes with the year that it begins.
    days = {day: name for year in range(FIRST_YEAR, LAST_YEAR + 1) for day, name in holidays(year)}
    holiday.objects.using(using).bulk_create(holiday(date=day, name=name) for day, name in sorted(days.items()))


class Migration(migrations.Migration):

    dependencies = [
        ('clocks', '0001_clocks'),
    ]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
