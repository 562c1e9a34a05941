"""The reports that there are, and the one way to ask for one."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from claims.past import nothing_since
from claims.reports.bordereau import bordereau
from claims.reports.cycle_time import cycle_time
from claims.reports.development import development
from claims.reports.inventory import inventory
from claims.reports.loss_ratio import loss_ratio
from claims.reports.periods import end_of
from claims.reports.punctuality import punctuality
from claims.reports.question import Question
from claims.reports.tables import Report
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require

OF_A_DAY_BEFORE = (
    "What was corrected after that day (date and type of the loss, amount, owner, deadlines) is shown as it was known then. What an "
    "undecided claim would cost is reckoned with the limit and deductible that were booked by that day, but with the type, date and "
    "depreciation of the loss as they stand today: a correction of one of these changes that figure for earlier days too. The rule and the "
    "aggregate of the coverage, what other claims have used of it, and the policy’s type are those of today; a claim that was deleted is "
    "not shown."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """`asks` are the fields of the question that it looks at."""

    name: str
    title: str
    describes: str
    asks: tuple[str, ...]
    make: Callable[[Question], Report]


CATALOGUE = {
    entry.name: entry
    for entry in (
        Entry(
            "development",
            "Loss development",
            "Triangles of what was paid, incurred, reported and closed, with the chain ladder’s reserve and its standard error.",
            ("value", "origin", "development", "book", "known_on"),
            development,
        ),
        Entry(
            "loss-ratio",
            "Loss ratio",
            "Incurred for each dollar of earned premium, with frequency and severity, by product and year of loss.",
            ("book", "known_on"),
            loss_ratio,
        ),
        Entry(
            "inventory",
            "Open inventory",
            "Open claims and what is outstanding on them, by days since the report and by owner.",
            ("book", "known_on"),
            inventory,
        ),
        Entry(
            "cycle-time",
            "Cycle time",
            "Days from report to decision and from decision to closing: median and quartiles, by year and type of loss.",
            ("year", "book", "known_on"),
            cycle_time,
        ),
        Entry(
            "deadlines",
            "Deadlines missed",
            "Which clocks ran out in a year, with their rules: kept, missed, and missed and still to be done.",
            ("year", "book", "known_on"),
            punctuality,
        ),
        Entry(
            "bordereau",
            "Bordereau",
            "A month’s claims and money: what was open at its start, what moved, what is open at its end.",
            ("month", "book"),
            bordereau,
        ),
    )
}


def make_report(name: str, question: Question, *, user: User | None) -> Report:
    """Raises NotAllowed without `claims.view_reports`, KeyError for an unknown report, ValueError where the question makes no sense."""
    require(user, "claims.view_reports")
    report = CATALOGUE[name].make(question)
    # A bordereau is of its month, whatever the day that was asked for.
    return report if nothing_since(end_of(report.known_on)) else replace(report, notes=[*report.notes, OF_A_DAY_BEFORE])
