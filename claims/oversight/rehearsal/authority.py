"""Another limit of authority, over what was approved: which approvals would have taken a second person, and which no longer."""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from claims.models import Claim, ClaimPayment, ClaimTransition, CostType, LedgerEntry, PaymentStatus
from claims.oversight.rehearsal.shape import Outcome
from claims.oversight.rehearsal.then import Limit, Limits, LimitsThen, RolesThen, authority, with_candidates
from claims.past.facts import values_at
from vanguard.accounts.models import User
from vanguard.money import ZERO, dollars, to_cents

ALONE, SECOND, HIGHER = "Would not take a second person", "Would take a second person", "Would take a second person with more authority"
MONEY: DecimalField = DecimalField(max_digits=15, decimal_places=2)
# A second person was asked for these, whatever the amount.
BY_AMOUNT = Q(waits_for="") | Q(waits_for__startswith="Above the authority") | Q(waits_for__startswith="Split:")


@dataclass(frozen=True, slots=True)
class Decision:
    """Who asked for how much in all, and who approved it; `second` where that was another person."""

    claim_id: UUID
    claim_number: str
    claim_type: str
    cost_type: str
    at: datetime.datetime
    words: str
    amount: Decimal
    total: Decimal
    maker: UUID
    approver: UUID | None
    second: bool


class AuthorityRehearsal:
    """`candidates` take the place of the limits of their role, type of loss and type of cost; all others are as they were then."""

    def __init__(self, candidates: Sequence[Limit]) -> None:
        self.candidates = candidates
        self.people = {user.pk: user for user in User.objects.only("pk", "first_name", "last_name", "email", "is_superuser")}

    def assumptions(self) -> Sequence[str]:
        return (
            "Limits, roles and the type of loss are those at the time of each decision; only the limit that you changed is exchanged.",
            "What a second person was asked for regardless of the amount (a payee who works here, or is not the insured) stays as it was.",
            "Administrators have no limit. What the platform set up itself counts from the beginning.",
        )

    def moments(self, since: datetime.datetime, until: datetime.datetime) -> Sequence[tuple[QuerySet[Any], str]]:
        """Approvals of claims, and payments that were asked for."""
        return [(_approved(since, until), "at"), (_asked_for(since, until), "created_at")]

    def outcomes(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        """Approvals of claims and of payments. Raises nothing: a decision that nobody made is passed over."""
        limits, roles = LimitsThen({str(group.pk): group.name for group in Group.objects.all()}), RolesThen()
        for decision in (*_approvals(since, until), *_payments(since, until)):
            if not self.people[decision.maker].is_superuser:
                yield self._outcome(decision, limits.at(decision.at), roles)

    def _outcome(self, decision: Decision, limits: Limits, roles: RolesThen) -> Outcome:
        changed = with_candidates(limits, self.candidates)
        before, after = (self._left(decision, each, roles, decision.maker) for each in (limits, changed))
        change = ""
        if (before >= ZERO) != (after >= ZERO):
            change = ALONE if after >= ZERO else SECOND
        elif after < ZERO and decision.second and decision.approver and not self.people[decision.approver].is_superuser:
            reached, reaches = (self._left(decision, each, roles, decision.approver) for each in (limits, changed))
            change = HIGHER if reached >= ZERO > reaches else ""
        limit = dollars(decision.total + after)
        would = f"{dollars(decision.total)} in all, within {limit}" if after >= ZERO else f"{dollars(decision.total)} in all, above {limit}"
        then = f"approved by {self._name(decision.approver)} as second person" if decision.second else "approved alone"
        return Outcome(
            decision.claim_id, decision.claim_number, decision.at, decision.words, decision.amount,
            self._name(decision.maker), then, would, change,
        )  # fmt: skip

    def _left(self, decision: Decision, limits: Limits, roles: RolesThen, who: UUID) -> Decimal:
        """What is left of somebody's authority after the decision; below nought, it is beyond."""
        return authority(limits, roles.at(who, decision.at), decision.claim_type, decision.cost_type) - decision.total

    def _name(self, who: UUID | None) -> str:
        return str(self.people[who].get_full_name() or self.people[who].email) if who else "nobody"


def _approvals(since: datetime.datetime, until: datetime.datetime) -> Iterator[Decision]:
    """A claim's approval is held against all that the claim pays: what was paid before, and what is approved."""
    paid = LedgerEntry.objects.filter(claim=OuterRef("claim"), cost_type=CostType.INDEMNITY, effective_at__lt=OuterRef("at"))
    before = Subquery(paid.order_by().values("claim").values(sum=Sum("paid")), output_field=MONEY)
    rows = _approved(since, until).select_related("claim").annotate(before=Coalesce(before, ZERO, output_field=MONEY)).order_by()
    for step in rows.iterator(2000):
        second = step.basis == ClaimTransition.Basis.SECOND_PERSON and step.maker_id is not None
        maker, approver = (step.maker_id, step.actor_id) if second else (step.actor_id, None)
        if maker is None:
            continue
        total, type_ = to_cents(step.before + step.amount), _type_then(step.claim, step.at)
        yield Decision(
            step.claim_id, step.claim.claim_number, type_, CostType.INDEMNITY, step.at, "Claim approved",
            step.amount or ZERO, total, maker, approver, second,
        )  # fmt: skip


def _approved(since: datetime.datetime, until: datetime.datetime) -> QuerySet[ClaimTransition]:
    return ClaimTransition.objects.filter(command="approve", at__gte=since, at__lt=until, actor__isnull=False, amount__isnull=False)


def _asked_for(since: datetime.datetime, until: datetime.datetime) -> QuerySet[ClaimPayment]:
    asked = ClaimPayment.objects.filter(BY_AMOUNT, created_at__gte=since, created_at__lt=until, amount__gt=0)
    asked = asked.filter(requested_by__isnull=False).exclude(basis="")
    # Carried out on the approval of the claim: no limit of who asked had a say.
    return asked.exclude(basis=ClaimTransition.Basis.SECOND_PERSON, waits_for="")


def _type_then(claim: Claim, at: datetime.datetime) -> str:
    """Facts are corrected before the decision only, so after it only where the claim was taken up again."""
    if claim.processed_date is not None and claim.processed_date <= at:
        return claim.claim_type
    return str(values_at(claim, at, ("claim_type",)).get("claim_type", claim.claim_type))


def _payments(since: datetime.datetime, until: datetime.datetime) -> Iterator[Decision]:
    """A payment is held against all payments of the claim and type of cost that were out or under way when it was asked for."""
    asked = _asked_for(since, until)
    others = _others(asked.values("claim"))
    for payment in asked.select_related("claim").order_by().iterator(2000):
        line = others[payment.claim_id, payment.cost_type]
        at, key = payment.created_at, (payment.created_at, payment.pk)
        total = sum((amount for made, pk, gone, amount in line if (made, pk) <= key and (gone is None or gone > at)), ZERO)
        second = payment.basis == ClaimTransition.Basis.SECOND_PERSON
        if payment.requested_by_id is None:
            continue
        yield Decision(
            payment.claim_id, payment.claim.claim_number, _type_then(payment.claim, at), payment.cost_type, at,
            f"Payment of {payment.get_cost_type_display().lower()}", payment.amount, to_cents(total),
            payment.requested_by_id, payment.approved_by_id if second else None, second,
        )  # fmt: skip


def _others(claims: Any) -> dict[tuple[UUID, str], list[tuple[datetime.datetime, UUID, datetime.datetime | None, Decimal]]]:
    """Of these claims every payment that was asked for: when, which, until when it stood (None: it stands), how much."""
    found = defaultdict(list)
    gone = _taken_back_at()
    columns = ("claim_id", "cost_type", "created_at", "pk", "amount")
    for claim, cost, made, pk, amount in ClaimPayment.objects.filter(claim__in=claims, amount__gt=0).values_list(*columns):
        found[claim, cost].append((made, pk, gone.get(str(pk)), amount))
    return found


def _taken_back_at() -> dict[str, datetime.datetime]:
    """When payments were stopped or voided, by the audit trail."""
    gone = (PaymentStatus.STOPPED, PaymentStatus.VOIDED)
    keys = [str(pk) for pk in ClaimPayment.objects.filter(status__in=gone).values_list("pk", flat=True)]
    kind = ContentType.objects.get_for_model(ClaimPayment)
    rows = LogEntry.objects.filter(content_type=kind, action=LogEntry.Action.UPDATE, object_pk__in=keys).order_by("timestamp")
    return {entry.object_pk: entry.timestamp for entry in rows if (entry.changes or {}).get("status", ["", ""])[1] in gone}
