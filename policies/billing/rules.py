"""The arithmetic of billing. Nothing here reads or writes; an auditor can redo each line by hand."""

import calendar
import datetime
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from policies.billing.models import Plan
from vanguard.money import CENT, ZERO

INSTALMENTS = {Plan.ANNUAL: 1, Plan.SEMI_ANNUAL: 2, Plan.QUARTERLY: 4, Plan.MONTHLY: 12}
MONTHS = 12


def parts(amount: Decimal, count: int) -> list[Decimal]:
    """Equal parts in whole cents that sum to `amount` exactly; the last takes the remainder. 1000 in 12: 11 × 83.33 and 83.37.

    Cut off and not rounded half up: 0.06 in 12 would be 11 × 0.01, and a last part below nought.
    """
    part = (amount / count).quantize(CENT, rounding=ROUND_DOWN)
    return [*[part] * (count - 1), amount - part * (count - 1)]


def due_dates(start: datetime.datetime, end: datetime.datetime, plan: str, zone: datetime.tzinfo = datetime.UTC) -> list[datetime.datetime]:
    """The plan's due dates in a term: at its start and every so many months on the wall clock of `zone`, at most a year's instalments,
    each within the term.

    So six months paid monthly are six instalments, and a term of three years paid monthly is paid within its first.
    """
    count = INSTALMENTS[Plan(plan)]
    dates = [months_after(start, MONTHS // count * number, zone) for number in range(count)]
    return [date for number, date in enumerate(dates) if number == 0 or date < end]


def months_after(moment: datetime.datetime, months: int, zone: datetime.tzinfo = datetime.UTC) -> datetime.datetime:
    """The same day and time on the clock of `zone` so many months later; the month's last day where it has no such day."""
    local = moment.astimezone(zone)
    years, month = divmod(local.month - 1 + months, MONTHS)
    year = local.year + years
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(datetime.UTC)


def covered(amounts: Sequence[Decimal], money: Decimal) -> tuple[list[Decimal], Decimal]:
    """What `money` pays of each of `amounts`, in their order, and what is left of it. Both are never negative for money that is not."""
    paid = []
    for amount in amounts:
        paid.append(min(amount, money))
        money -= paid[-1]
    return paid, money


def taken_off(open_amounts: Sequence[Decimal], amount: Decimal) -> list[Decimal]:
    """How a return premium is taken off what is open: from the last instalment backwards, since what is due first is for cover given."""
    taken, _ = covered(open_amounts[::-1], amount)
    return taken[::-1]


def lapse_of(
    given_at: datetime.datetime, grace_days: int, start: datetime.datetime, zone: datetime.tzinfo = datetime.UTC
) -> datetime.datetime:
    """When cover ends after a notice: the grace in full, and then on to the time of day at which the policy's own days begin, on the
    wall clock of `zone`."""
    earliest = given_at + datetime.timedelta(days=grace_days)
    day, time = earliest.astimezone(zone).date(), start.astimezone(zone).time()
    lapse = datetime.datetime.combine(day, time, zone).astimezone(datetime.UTC)
    if lapse < earliest:
        lapse = datetime.datetime.combine(day + datetime.timedelta(days=1), time, zone).astimezone(datetime.UTC)
    return lapse


def refundable(credit: Decimal, written_off: Decimal) -> Decimal:
    """What may be paid out of a credit: what was written off never came in, so it never goes out."""
    return max(credit - written_off, ZERO)
