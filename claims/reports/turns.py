"""Incurred of claims that no longer say themselves what it was: step by step, each by its own time.

A reopening and an appeal empty what a claim says of its decision, and a correction replaces what was claimed. Of such claims each turn
(decision, closing, reopening, appeal, correction, payment taken back after a denial or the closing) says what was incurred from then on
to the next one. They are few.
"""

from datetime import datetime
from typing import Any

from django.db.models import Case, Expression, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, Greatest

from claims.models import AGAIN, Claim, ClaimPayment, ClaimTransition, CostType
from claims.reports.sources import Source
from claims.reports.terms import MONEY, NOTHING, Terms

# A correction of the claimed amount says what was claimed before it.
CORRECTION = Q(command="edit", amount__isnull=False)
STATES = ("approve", "deny", "close", *AGAIN)
# A payment that comes back is a turn where no approval stands: under one it is still to be paid.
COMES_BACK = Q(command__in=("stop_payment", "void_payment"))
TURN = Q(command__in=STATES) | CORRECTION | COMES_BACK & Q(state__in=("deny", "close", *AGAIN))
ONLY_PAID = Q(command__in=("deny", "close")) | COMES_BACK & Q(state__in=("deny", "close"))


def told_by_turns() -> Q:
    """The claims that are told step by step."""
    return Q(pk__in=ClaimTransition.objects.filter(Q(command__in=AGAIN) | CORRECTION).order_by().values("claim"))


def claimed_at(until: datetime) -> Expression:
    """Of each claim: what was claimed at `until`."""
    return _claimed("", ClaimTransition.objects.filter(CORRECTION, claim=OuterRef("pk"), at__gte=until))


def value_by_turns(terms: Terms, until: datetime) -> Expression:
    """Of each claim that is told by turns: what was incurred at `until`."""
    last = _valued(terms, _turns(until).filter(claim=OuterRef("pk"))).order_by("-at", "-id")
    return Coalesce(Subquery(last.values("value")[:1]), _at_first(terms), output_field=MONEY)


def moved_by_turns(terms: Terms, known: QuerySet[Claim], until: datetime) -> list[Source]:
    """By how much their incurred moved before `until`, and when: each value is added at its turn, and taken away at the next one."""
    turns = _turns(until)
    of_claim, after = turns.filter(claim=OuterRef("pk")), turns.filter(claim=OuterRef("claim"), at__gt=OuterRef("at"))
    valued = _valued(terms, turns.filter(claim__in=known.values("pk"))).order_by()
    first = known.annotate(value=_at_first(terms))
    return [
        Source(first, "", "reported_date", Sum("value"), "estimate"),
        Source(_ending(first, of_claim), "", "next_at", Sum(-F("value"), output_field=MONEY), "turn_over"),
        Source(valued, "claim__", "at", Sum("value")),
        Source(_ending(valued, after), "claim__", "next_at", Sum(-F("value"), output_field=MONEY), "turn_over"),
    ]


def _turns(until: datetime) -> QuerySet[ClaimTransition]:
    """The turns before `until`; `state` is the last decision, closing, reopening or appeal before each."""
    before = ClaimTransition.objects.filter(command__in=STATES, claim=OuterRef("claim"), at__lt=OuterRef("at")).order_by("-at", "-id")
    return ClaimTransition.objects.alias(state=Subquery(before.values("command")[:1])).filter(TURN, at__lt=until)


def _ending(rows: QuerySet[Any], turns: QuerySet[ClaimTransition]) -> QuerySet[Any]:
    """Those whose value a turn ended, and when: at `next_at`."""
    ended: QuerySet[Any] = rows.annotate(next_at=Subquery(turns.order_by("at").values("at")[:1])).filter(next_at__isnull=False)
    return ended


def _at_first(terms: Terms) -> Expression:
    """Of each claim: by the amount that was claimed with the first notice."""
    return terms.estimate("", _claimed("", ClaimTransition.objects.filter(CORRECTION, claim=OuterRef("pk"))))


def _valued(terms: Terms, turns: QuerySet[ClaimTransition]) -> QuerySet[Any]:
    """Each turn with the `value` that was incurred after it. What was paid stays incurred, whatever is decided."""
    corrections = ClaimTransition.objects.filter(CORRECTION, claim=OuterRef("claim"), at__gt=OuterRef("at"))
    undecided = Greatest(terms.estimate("claim__", _claimed("claim__", corrections)), _paid(at="paid_at__lte"), output_field=MONEY)
    # An approval says what is paid on top of what was paid before it.
    approved = Coalesce("amount", NOTHING) + _paid(at="paid_at__lt")
    return turns.annotate(
        value=Case(
            When(command="approve", then=approved),
            When(ONLY_PAID, then=_paid(at="paid_at__lte")),
            default=undecided,
            output_field=MONEY,
        )
    )


def _claimed(path: str, corrections: QuerySet[ClaimTransition]) -> Expression:
    """What the first of these corrections replaced; what is claimed now where there was none."""
    return Coalesce(Subquery(corrections.order_by("at", "id").values("amount")[:1]), F(f"{path}claim_amount"), output_field=MONEY)


def _paid(*, at: str) -> Expression:
    """Of each turn: what had been paid of the loss itself."""
    own = ClaimPayment.objects.filter(claim=OuterRef("claim"), cost_type=CostType.INDEMNITY, **{at: OuterRef("at")})
    return Coalesce(Subquery(own.order_by().values("claim").values(sum=Sum("amount")), output_field=MONEY), NOTHING)
