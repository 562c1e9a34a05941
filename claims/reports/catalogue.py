"""The reports that there are, and the one way to ask for one."""

from collections.abc import Callable
from dataclasses import dataclass

from claims.reports.development import development
from claims.reports.loss_ratio import loss_ratio
from claims.reports.question import Question
from claims.reports.tables import Report
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require


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
    )
}


def make_report(name: str, question: Question, *, user: User | None) -> Report:
    """Raises NotAllowed without `claims.view_reports`, KeyError for an unknown report, ValueError where the question makes no sense."""
    require(user, "claims.view_reports")
    return CATALOGUE[name].make(question)
