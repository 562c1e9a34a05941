"""What a claim would cost by the terms of its policy: the settlement that its proof shows (claims.settlement), worked out by the database.

A book of a million claims is reckoned where it lies, so the rule stands here a second time; tests/reports/test_estimates.py holds the two
to each other. What is not read as of an earlier day: docs/reports.md. (docs/decisions/0190)
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    DecimalField,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Greatest, Least, Lower
from django.db.models.lookups import In

from claims.coverages import left_of_aggregates
from claims.models import Claim
from claims.settlement import UP_TO_THE_LIMIT
from policies.models import PolicySegment
from policies.reading import Promise, Promises, promises_by_version

MONEY: DecimalField = DecimalField(max_digits=15, decimal_places=2)
# As policies.models.values keeps them.
LIMIT, DEDUCTIBLE = "limitAmount", "deductibleAmount"
# What is reckoned with on the way: told as money, SQLite would cast each step, and read none that is so deep.
NUMBER = FloatField()
NOTHING = Value(Decimal(0), output_field=MONEY)
# What an aggregate leaves where there is none.
PLENTY = Value(Decimal("9999999999999.99"), output_field=MONEY)

# From the name of a claim's column to an expression for it, where the claim is the row, or outside of a subquery.
type Refer = Callable[[str], F]


class Terms:
    """The terms in force at each loss, as known at `until`. Type, day and depreciation of the loss, and what others used of an
    aggregate, are read as of now (docs/decisions/0185).

    Two queries, for what products promise and for aggregates that are nearly used up. A policy on which nothing was booked after its
    first version tells its terms by its row; the others are asked segment by segment.
    """

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._book = promises_by_version()
        self._tight = _tight(self._book)

    def estimate(self, path: str = "", claimed: Combinable | None = None) -> Expression:
        """min(loss − depreciation − deductible, cap, left of the aggregate), not below nought.

        `path` leads to the claim; `claimed`, where it is not what is claimed now.
        """
        claimed = F(f"{path}claim_amount") if claimed is None else claimed
        loss = claimed - Coalesce(F(f"{path}depreciation"), NOTHING, output_field=NUMBER)
        found = [
            _number(loss - self._in_force(path, self._deductible)),
            _number(self._in_force(path, self._limit) - self._in_force(path, self._off_the_limit)),
            *self._left(path),
        ]
        return Greatest(Least(*found, output_field=NUMBER), NOTHING, output_field=MONEY)

    def _in_force(self, path: str, figure: Callable[[str, Refer], Expression]) -> Expression:
        """A figure by the terms in force at the loss; by the policy as it is now where its versions do not hold that moment."""
        loss = OuterRef(f"{path}incident_date")
        held = PolicySegment.objects.filter(
            version__policy=OuterRef(f"{path}policy"), version__booked_at__lt=self._until, starts_at__lte=loss, ends_at__gt=loss
        )
        there = held.order_by("-version__number").annotate(figure=figure("", lambda name: OuterRef(f"{path}{name}")))
        booked = When(**{f"{path}policy__booked_versions__gt": 1}, then=Subquery(there.values("figure")[:1], output_field=NUMBER))
        now = figure(f"{path}policy__", lambda name: F(f"{path}{name}"))
        return Coalesce(Case(booked, default=None, output_field=NUMBER), now, output_field=NUMBER)

    def _limit(self, row: str, claim: Refer) -> Expression:
        return self._figure(row, claim, "coverage_amount", LIMIT)

    def _deductible(self, row: str, claim: Refer) -> Expression:
        return self._figure(row, claim, "deductible_amount", DEDUCTIBLE)

    def _off_the_limit(self, row: str, claim: Refer) -> Expression:
        """What of the deductible comes off the limit too: all of it, or by the rule "limit" nothing."""
        up_to = self._answered(claim, _pays_up_to_the_limit)
        return self._figure(row, claim, "deductible_amount", DEDUCTIBLE, *([] if up_to is None else [When(up_to, then=NOTHING)]))

    def _figure(self, row: str, claim: Refer, column: str, name: str, *before: When) -> Expression:
        """The figure `name` of the coverage that answers the claim; the policy's, which a Case finds first, where none has its own.

        `before` are the cases in which it is another figure.
        """
        whole, covers = F(f"{row}{column}"), f"{row}covers"
        codes = {each.code for promises in self._book.values() for each in promises.all if not each.is_principal}
        own = [
            When(answered & Q(**{f"{covers}__{code}__{name}__isnull": False}), then=Cast(_own(covers, code, name), MONEY))
            for code in sorted(codes)
            if (answered := self._answered(claim, _is_own(code))) is not None
        ]
        return Case(*before, When(**{f"{covers}__isnull": True}, then=whole), *own, default=whole, output_field=NUMBER)

    def _left(self, path: str) -> list[Expression]:
        """What other claims have left of the aggregate of the coverage that answers the claim; empty where none may decide."""
        arms = [When(**{f"{path}pk__in": keys}, then=Value(left, output_field=MONEY)) for left, keys in self._tight.items()]
        known = [key for keys in self._tight.values() for key in keys]
        # In two steps: all other claims are past it with one look into a set.
        left = Case(When(**{f"{path}pk__in": known}, then=Case(*arms, output_field=NUMBER)), default=PLENTY, output_field=NUMBER)
        return [left] if arms else []

    def _answered(self, claim: Refer, wanted: Callable[[Promise], bool]) -> Q | None:
        return _answered_in(self._book, claim, wanted)


def _answered_in(book: Mapping[UUID, Promises], claim: Refer, wanted: Callable[[Promise], bool]) -> Q | None:
    """The claims whose loss a promise answers that is wanted, on policies of these versions; None where there can be none."""
    # Versions that say the same share a condition.
    alike: dict[tuple[bool, tuple[str, ...]], list[UUID]] = defaultdict(list)
    for version, promises in book.items():
        alike[_kinds(promises, wanted)].append(version)
    found = []
    for told, versions in alike.items():
        of_versions, kinds = Q(In(claim("policy__product_version"), versions)), _of_kinds(told, claim)
        if kinds is not None:
            found.append(of_versions & kinds)
    return reduce(or_, found) if found else None


def _kinds(promises: Promises, wanted: Callable[[Promise], bool]) -> tuple[bool, tuple[str, ...]]:
    """Whether a loss of a type that no coverage names is answered by one that is wanted, and the types for which it is the other way."""
    others = wanted(promises.answering(""))
    return others, tuple(kind for kind in promises.kinds if wanted(promises.answering(kind)) != others)


def _of_kinds(told: tuple[bool, tuple[str, ...]], claim: Refer) -> Q | None:
    """Claims of such types; None where there can be none, an empty condition where all are."""
    others, differ = told
    if not differ:
        return Q() if others else None
    kinds = Q(In(Lower(claim("claim_type")), list(differ)))
    return ~kinds if others else kinds


def _tight(book: Mapping[UUID, Promises]) -> dict[Decimal, list[UUID]]:
    """The claims for which an aggregate may decide: by what others have left of it. One query, where an aggregate is sold at all."""
    under = _answered_in(book, F, lambda each: each.aggregate is not None)
    found: dict[Decimal, list[UUID]] = defaultdict(list)
    if under is not None:
        of_policies = Claim.objects.filter(policy__in=_nearly_used_up(book, under))
        for key, left in left_of_aggregates(of_policies, book).items():
            found[left].append(key)
    return found


def _nearly_used_up(book: Mapping[UUID, Promises], under: Q) -> QuerySet[Any]:
    """Policies on which what is approved, with the largest claim, comes to more than their least aggregate: of the others none decides."""
    least = {
        version: min((each.aggregate or PLENTY.value for each in promises.with_aggregate), default=None)
        for version, promises in book.items()
    }
    arms = [
        When(policy__product_version=version, then=Value(amount, output_field=MONEY))
        for version, amount in least.items()
        if amount is not None
    ]
    sums = {
        "used": Sum(Coalesce("approved_amount", "paid_amount"), output_field=MONEY),
        "largest": Max("claim_amount", output_field=MONEY),
        "least": Min(Case(*arms, default=PLENTY, output_field=MONEY), output_field=MONEY),
    }
    having_one = Claim.objects.order_by().filter(under).values("policy")
    policies: QuerySet[Any] = Claim.objects.order_by().filter(policy__in=having_one).values("policy").annotate(**sums)
    return policies.filter(used__gte=F("least") - F("largest")).values("policy")


def _pays_up_to_the_limit(promise: Promise) -> bool:
    return promise.rule == UP_TO_THE_LIMIT


def _is_own(code: str) -> Callable[[Promise], bool]:
    """The coverage of this code, where it may have figures of its own."""
    return lambda each: each.code == code and not each.is_principal


def _number(sum_: Combinable) -> Expression:
    return ExpressionWrapper(sum_, output_field=NUMBER)


def _own(covers: str, code: str, name: str) -> KeyTextTransform:
    return KeyTextTransform(name, KeyTransform(code, covers))
