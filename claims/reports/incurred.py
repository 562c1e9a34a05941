"""What claims have cost and will cost: by their ledger, or by their terms while nobody has set anything aside.

incurred = paid + outstanding − recovered. As soon as somebody has set a reserve on a claim, or money came back, its ledger says all three
(claims.models.ledger). Before that its payments say what was paid, and outstanding is worked out from its terms:

- before the decision what its settlement would come to: the claimed amount under the rule and the figures of the coverage that answers it
  (`terms.py`),
- after the approval what was approved and is not paid yet; after a denial, and once the file is closed, nothing.

Such a claim's incurred moves at three moments: its report, its decision, its closing; and once more where a payment is voided after that.
The three are read from the claim itself, except where it has lost them or its amount was corrected: then step by step (`turns.py`).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db.models import Case, Expression, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from claims.models import Claim, ClaimPayment, CostType, EntryKind, LedgerEntry, LedgerQuerySet
from claims.past import incident_at, nothing_since
from claims.reports.known import known_claims, of_book, reported_by
from claims.reports.making import Booked, Part, net
from claims.reports.sources import Passing, Source
from claims.reports.terms import MONEY, NOTHING, Terms
from claims.reports.turns import moved_by_turns, told_by_turns, value_by_turns

# How pages say what an undecided claim is expected to cost (terms.py).
WOULD_COST = (
    "what the settlement would come to: the claimed amount less depreciation and deductible, up to the limit by the rule of the coverage "
    "that answers the loss, and no more than its aggregate has left"
)
# By how much entries move incurred.
MOVED = Sum(F("paid") + F("outstanding") - F("recovered"), output_field=MONEY)


def _booked(until: datetime) -> LedgerQuerySet:
    return LedgerEntry.objects.filter(effective_at__lt=until).order_by()


def _told_by_the_ledger(until: datetime, path: str = "") -> Q:
    """Claims on which more was booked before `until` than their payments. `path` leads to the claim."""
    payments = (EntryKind.PAYMENT, EntryKind.PAYMENT_REVERSAL)
    return Q(**{f"{path}pk__in": _booked(until).exclude(kind__in=payments).values("claim")})


def _entries(until: datetime, policy_type: str) -> LedgerQuerySet:
    """What was booked before `until` on the claims of a book that were known then and are told by their ledger."""
    return _booked(until).filter(_told_by_the_ledger(until, "claim__"), reported_by(until, "claim__"), of_book(policy_type, "claim__"))


def _ledger_at(until: datetime) -> Subquery:
    own = _booked(until).filter(claim=OuterRef("pk")).values("claim")
    return Subquery(own.values(incurred=MOVED), output_field=MONEY)


def incurred_at(until: datetime) -> Expression:
    """Of each claim that was known at `until`: its incurred amount then."""
    terms = Terms(until)
    return Case(
        When(_told_by_the_ledger(until), then=_ledger_at(until)),
        When(told_by_turns(), then=value_by_turns(terms, until)),
        When(closed_at__lt=until, then=F("paid_amount") if nothing_since(until) else _paid_of_closed(until)),
        When(processed_date__lt=until, then=Coalesce("approved_amount", NOTHING)),
        default=terms.estimate(),
        output_field=MONEY,
    )


def _undone() -> QuerySet[ClaimPayment]:
    """The counter-rows of payments that were stopped or voided after they had gone out. They are few, and found by their index."""
    return ClaimPayment.objects.filter(reverses__isnull=False, cost_type=CostType.INDEMNITY).order_by()


def _paid_of_closed(before: datetime | OuterRef) -> Case:
    """Of each closed claim: what was paid before an instant. On a closed file nothing is paid, but a payment may be voided since."""
    since = _undone().filter(claim=OuterRef("pk"), paid_at__gte=before).values("claim").values(sum=Sum("amount"))
    then = F("paid_amount") - Coalesce(Subquery(since, output_field=MONEY), NOTHING)
    return Case(When(pk__in=_undone().values("claim"), then=then), default=F("paid_amount"), output_field=MONEY)


def net_paid_at(until: datetime) -> Expression:
    """Of each claim: what was paid before `until`, less what came back."""
    own = {"claim": OuterRef("pk")}
    paid = ClaimPayment.objects.filter(**own, paid_at__lt=until).order_by().values("claim").values(sum=Sum("amount"))
    back = _booked(until).filter(**own).values("claim").values(sum=Sum("recovered"))
    return Coalesce(Subquery(paid, output_field=MONEY), NOTHING) - Coalesce(Subquery(back, output_field=MONEY), NOTHING)


def movements(until: datetime, policy_type: str = "") -> list[Source]:
    """By how much incurred moved, and when: what lies before `until` adds up to `incurred_at(until)`."""
    by_terms = known_claims(until, policy_type).exclude(_told_by_the_ledger(until))
    return [*_by_ledger(until, policy_type), *_by_terms(by_terms, until)]


def movements_between(until: datetime, policy_type: str = "") -> list[Source | Passing]:
    """The same for who adds up by periods: what an estimate and an approval held comes and goes on most claims within one of them."""
    terms, known = Terms(until), known_claims(until, policy_type).exclude(_told_by_the_ledger(until))
    once, approved = known.exclude(told_by_turns()), Sum(Coalesce("approved_amount", NOTHING), output_field=MONEY)
    decided = once.filter(Q(processed_date__lt=until) | Q(closed_at__lt=until))
    return [
        *_by_ledger(until, policy_type),
        Passing(once, "reported_date", "processed_date", Sum(terms.estimate())),
        Passing(decided, "processed_date", "closed_at", approved),
        Source(once.filter(closed_at__lt=until), "", "closed_at", Sum(_paid_of_closed(OuterRef("closed_at")))),
        *_undone_and_by_turns(known, terms, until),
    ]


def _by_ledger(until: datetime, policy_type: str) -> list[Source]:
    return [Source(_entries(until, policy_type), "claim__", "effective_at", MOVED)]


def parts(until: datetime, policy_type: str, wanted: Callable[[Source], Source]) -> list[Part]:
    """Paid, outstanding and recovered, of which incurred is made; `wanted` narrows each source to the claims and the time that are meant.

    What was paid lowers what is outstanding, so that the three add up to what `movements` does. Two queries.
    """
    entries = _entries(until, policy_type)
    by_terms = known_claims(until, policy_type).exclude(_told_by_the_ledger(until))
    payments = ClaimPayment.objects.made().order_by().filter(paid_at__lt=until, claim__in=by_terms.values("pk"))
    paid = [Source(entries, "claim__", "effective_at", Sum("paid")), Source(payments, "claim__", "paid_at", Sum("amount"))]
    outstanding = [
        Source(entries, "claim__", "effective_at", Sum("outstanding")),
        *_by_terms(by_terms, until),
        Source(payments, "claim__", "paid_at", Sum(-F("amount"), output_field=MONEY)),
    ]
    return [
        Booked("paid", "Paid", map(wanted, paid)),
        Booked("outstanding", "Outstanding", map(wanted, outstanding)),
        Booked("recovered", "Recovered", [wanted(Source(entries, "claim__", "effective_at", Sum("recovered")))], sign=-1),
    ]


def lost_in(since: datetime | None, end: datetime | None, until: datetime, *, before: datetime | None = None) -> Callable[[Source], Source]:
    """Narrows a source to claims with a loss in a period, as known before `until`, and to what happened before `before`."""

    def wanted(source: Source) -> Source:
        rows = source.rows
        if since and end:
            rows = rows.alias(lost=incident_at(until, source.claim)).filter(lost__gte=since, lost__lt=end)
        return replace(source, rows=rows.filter(**{f"{source.moment}__lt": before}) if before else rows)

    return wanted


def of_claims(claims: QuerySet[Claim]) -> Callable[[Source], Source]:
    """Narrows a source to these claims."""
    return lambda source: replace(source, rows=source.rows.filter(**{f"{source.key}__in": claims.order_by().values("pk")}))


def moved_parts(since: datetime, before: datetime, policy_type: str, claims: QuerySet[Claim]) -> list[Part]:
    """By how much the three moved from one instant to another, on claims of which few are expected. They are found once."""
    keys = Claim.objects.filter(pk__in=list(claims.values_list("pk", flat=True)))
    was, now = (parts(until, policy_type, of_claims(keys)) for until in (since, before))
    return [net(after, earlier, after.name, after.label, sign=after.sign) for after, earlier in zip(now, was, strict=True)]


def _by_terms(known: QuerySet[Claim], until: datetime) -> list[Source]:
    terms, once = Terms(until), known.exclude(told_by_turns())
    decided, closed = once.filter(processed_date__lt=until), once.filter(closed_at__lt=until)
    approved = Coalesce("approved_amount", NOTHING)
    return [
        Source(once, "", "reported_date", Sum(terms.estimate()), "estimate"),
        Source(decided, "", "processed_date", Sum(approved - terms.estimate(), output_field=MONEY), "decision"),
        Source(closed, "", "closed_at", Sum(_paid_of_closed(OuterRef("closed_at")) - approved, output_field=MONEY), "closing"),
        *_undone_and_by_turns(known, terms, until),
    ]


def _undone_and_by_turns(known: QuerySet[Claim], terms: Terms, until: datetime) -> list[Source]:
    """The few: payments voided after the closing, and claims that are told step by step."""
    closed = known.exclude(told_by_turns()).filter(closed_at__lt=until)
    undone = _undone().filter(claim__in=closed.values("pk"), paid_at__gte=F("claim__closed_at"), paid_at__lt=until)
    return [Source(undone, "claim__", "paid_at", Sum("amount")), *moved_by_turns(terms, known.filter(told_by_turns()), until)]


def with_a_cost(until: datetime, policy_type: str = "") -> QuerySet[Claim]:
    """The claims known at `until` on which something was incurred."""
    return known_claims(until, policy_type).annotate(cost=incurred_at(until)).filter(Q(cost__gt=0))
