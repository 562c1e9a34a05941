"""What each coverage of a policy pays for a loss, and what of it is taken already. Nothing here writes. (docs/decisions/0189)

Exact under the policy's lock, which whoever approves a claim or decides on a payment of indemnity holds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from claims.models import Claim, ClaimPayment, CostType
from claims.models.payments import COMMITTED, OUT
from claims.settlement import settle
from policies.models import Policy
from policies.reading import Cover, Promise, Promises, cover_at, promises_held
from vanguard.errors import Conflict
from vanguard.money import ZERO, dollars, to_cents

# By the code of a coverage.
type Used = dict[str, Decimal]

INDEMNITY = Q(payments__cost_type=CostType.INDEMNITY)
TAKEN = INDEMNITY & Q(payments__status__in=COMMITTED)
GONE = INDEMNITY & Q(payments__status__in=OUT)


@dataclass(frozen=True, slots=True)
class Room:
    """One coverage at one loss: the most that it pays for it (`cap`), what of that is paid or asked for on the claim (`own`), and what
    other claims have used of its aggregate."""

    promise: Promise
    cap: Decimal
    own: Decimal
    used: Decimal

    @property
    def left_of_limit(self) -> Decimal:
        return max(self.cap - self.own, ZERO)

    @property
    def left_of_aggregate(self) -> Decimal | None:
        """None where the coverage has no aggregate."""
        return None if self.promise.aggregate is None else max(self.promise.aggregate - self.used - self.own, ZERO)

    @property
    def left(self) -> Decimal:
        """What may still be paid on it."""
        left = self.left_of_aggregate
        return self.left_of_limit if left is None else min(self.left_of_limit, left)


@dataclass(slots=True)
class Use:
    """What one claim has used of each coverage, and which of them answers its loss.

    What is paid or asked for counts for the coverage that the payment names. What is approved, or else paid, and has not left us on
    another one counts for the coverage that answers: a payment that is taken back is on it again.
    """

    policy: UUID
    claimed: Decimal
    answering: Promise
    reserved: Decimal
    taken: Used

    def of(self, code: str) -> Decimal:
        return max(self.taken[code], self.reserved) if code == self.answering.code else self.taken[code]


def uses_of(claims: QuerySet[Claim], promises_of: Callable[[UUID | None], Promises]) -> dict[UUID, Use]:
    """By claim; `promises_of` knows what a product version promises. One query."""
    names = ("pk", "policy", "policy__product_version", "claim_type", "claim_amount", "most", "payments__coverage")
    sums = {"taken": Sum("payments__amount", filter=TAKEN), "gone": Sum("payments__amount", filter=GONE)}
    rows = claims.order_by().annotate(most=Coalesce("approved_amount", "paid_amount")).values_list(*names).annotate(**sums)
    found: dict[UUID, Use] = {}
    for key, policy, version, kind, claimed, most, named, taken, gone in rows:
        promises = promises_of(version)
        code = promises.paying(named or "", kind).code
        if key not in found:
            found[key] = Use(policy, claimed, promises.answering(kind), to_cents(most), defaultdict(lambda: ZERO))
        found[key].taken[code] += to_cents(taken or ZERO)
        if code != found[key].answering.code:
            found[key].reserved -= to_cents(gone or ZERO)
    return found


def used_by_claims(policy: Policy, promises: Promises) -> dict[UUID, Use]:
    """What each claim of the policy's term has used. One query."""
    return uses_of(Claim.objects.filter(policy=policy.pk), lambda _: promises)


def left_of_aggregates(claims: QuerySet[Claim], book: Mapping[UUID, Promises]) -> dict[UUID, Decimal]:
    """Of claims under an aggregate, what the others of the term have left of it, where that is less than is claimed. One query.

    `claims` are all of some policies; `book` is what each product version promises.
    """
    uses = uses_of(claims, lambda version: (version and book.get(version)) or Promises())
    totals: dict[tuple[UUID, str], Decimal] = defaultdict(lambda: ZERO)
    for use in uses.values():
        for code in {*use.taken, use.answering.code}:
            totals[use.policy, code] += use.of(code)
    found = {}
    for key, use in uses.items():
        code, most = use.answering.code, use.answering.aggregate
        left = None if most is None else max(most - totals[use.policy, code] + use.of(code), ZERO)
        if left is not None and left < use.claimed:
            found[key] = left
    return found


def used_by_others(claim: Claim, promises: Promises, code: str) -> Decimal:
    """What the other claims of the term have used of a coverage. One query."""
    used = used_by_claims(claim.policy, promises)
    return sum((each.of(code) for key, each in used.items() if key != claim.pk), ZERO)


def committed_by_claims(
    claims: Iterable[Claim], promises_of: Callable[[Claim], Promises], *, besides: UUID | None = None
) -> dict[UUID, Used]:
    """What is paid or asked for on each claim, by coverage, one payment left out. One query.

    `promises_of` knows what the policy of a claim promises.
    """
    by_key = {claim.pk: claim for claim in claims}
    rows = ClaimPayment.objects.filter(claim__in=by_key, cost_type=CostType.INDEMNITY, status__in=COMMITTED)
    if besides is not None:
        rows = rows.exclude(pk=besides)
    found: dict[UUID, Used] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for key, named, amount in rows.order_by().values_list("claim", "coverage").annotate(Sum("amount")):
        claim = by_key[key]
        found[key][promises_of(claim).paying(named, claim.claim_type).code] += to_cents(amount)
    return found


def cap_of(claim: Claim, promise: Promise) -> Decimal:
    """The most that a coverage pays for the loss, by the terms in force then; nothing where there was no cover."""
    return cap_under(cover_at(claim.policy, claim.incident_date), promise)


def cap_under(cover: Cover, promise: Promise) -> Decimal:
    """The same, where the terms at the loss are known."""
    cover = cover.answering(promise.code)
    return settle(ZERO, cover.deductible, cover.limit, rule=promise.rule).cap if cover.in_force else ZERO


def room_on(claim: Claim, code: str, *, besides: UUID | None = None) -> Room:
    """What a coverage has left for a payment on the claim; of a payment that is stored already (`besides`) as if it were not there."""
    promises = promises_held(claim.policy)
    promise = promises.paying(code, claim.claim_type)
    used = ZERO if promise.aggregate is None else used_by_others(claim, promises, promise.code)
    own = committed_by_claims([claim], lambda _: promises, besides=besides)[claim.pk][promise.code]
    return Room(promise, cap_of(claim, promise), own, used)


def refuse_beyond(claim: Claim, payment: ClaimPayment) -> None:
    """The coverage that a payment of indemnity names pays it: within its limit for the loss, and its aggregate for the term.

    Expenses use up neither. Raises Conflict "over_limit", "over_aggregate".
    """
    if payment.cost_type != CostType.INDEMNITY:
        return
    room = room_on(claim, payment.coverage, besides=payment.pk)
    if payment.amount <= room.left:
        return
    promise, left = room.promise, room.left
    if left < room.left_of_limit:
        code, most = "over_aggregate", f"{dollars(promise.aggregate or ZERO)} for all losses of the term"
        taken = f"{dollars(room.used + room.own)} is used"
    else:
        code, most = "over_limit", f"{dollars(room.cap)} for this loss"
        taken = f"{dollars(room.own)} is paid or asked for"
    ways = f"Pay {dollars(left)} or less on it." if left else "Nothing is left to pay on it."
    raise Conflict(f"{promise.name} pays at most {most}, of which {taken}. {ways}", code=code, field="amount")
