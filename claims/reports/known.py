"""What was known of a claim at an instant, from the rows that carry the time of each step.

Everything that happened is taken by its own time: the report (and its entry, where it was entered later), decisions, payments, closing,
reopening and appeal. Facts that are corrected afterwards (loss, type, owner) are read by claims.past.querying.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from claims.models import AGAIN, Claim, ClaimTransition


def reported_by(until: datetime, path: str = "") -> Q:
    """Claims that were reported, and entered here, before `until`. `path` leads to the claim."""
    # PostgreSQL cannot tell that there are few. A list of their keys it would look through once for each claim, and shun every plan that
    # asks for single claims; this it joins.
    entered_later = ClaimTransition.objects.filter(command="submit", at__gte=until, claim=OuterRef(f"{path}pk")).order_by()
    return Q(**{f"{path}reported_date__lt": until}) & ~Q(Exists(entered_later))


def closed_by(until: datetime) -> Q:
    """Claims whose file was closed at `until`: closed before, or closed before and taken up again since."""
    return Q(closed_at__lt=until) | Q(pk__in=last_closings(until).values("claim"))


def taken_up_again(since: datetime | None = None) -> QuerySet[ClaimTransition]:
    """The steps, from `since` on, that began work on a decided claim anew and opened its file: reopenings and appeals."""
    steps = ClaimTransition.objects.filter(command__in=AGAIN).order_by()
    return steps if since is None else steps.filter(at__gte=since)


def last_closings(until: datetime) -> QuerySet[ClaimTransition]:
    """The steps before `until` that closed a file which was not taken up again by then, of claims that were taken up again since."""
    again = taken_up_again().filter(claim=OuterRef("claim"), at__gte=OuterRef("at"), at__lt=until)
    closings = ClaimTransition.objects.filter(command="close", at__lt=until, claim__in=taken_up_again(until).values("claim"))
    return closings.filter(~Exists(again)).order_by()


def open_at(until: datetime) -> Q:
    """Claims known at `until` whose file was open then."""
    return reported_by(until) & ~closed_by(until)


def of_book(policy_type: str, path: str = "") -> Q:
    """Claims on policies of this type; all of them without one. `path` leads to the claim."""
    return Q(**{f"{path}policy__policy_type": policy_type}) if policy_type else Q()


def known_claims(until: datetime, policy_type: str = "") -> QuerySet[Claim]:
    """The claims of a book that were known at `until`, in no order."""
    return Claim.objects.order_by().filter(reported_by(until), of_book(policy_type))
