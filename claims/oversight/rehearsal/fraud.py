"""Another fraud rule, over the claims that were reported: for which a referral would have been suggested, and for which no longer."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from claims.fraud.facts import facts_of_many
from claims.fraud.indicators import Assessment, assess, valid_rules
from claims.fraud.models import Code, FraudRule
from claims.models import Claim, ClaimTransition, CostType
from claims.oversight.rehearsal.shape import Outcome
from claims.oversight.rehearsal.then import LimitsThen
from claims.past.facts import values_of
from vanguard.money import ZERO

SUGGESTED, NO_LONGER = "A referral would be suggested", "No referral would be suggested"
FACTS = ("claim_type", "incident_date")
BATCH = 500


class FraudRehearsal:
    """`candidate`, a row that is not stored, takes the place of its code's row; an inactive one switches its indicator off."""

    def __init__(self, candidate: FraudRule) -> None:
        self.candidate = candidate

    @property
    def words(self) -> str:
        """The rule, in words."""
        figures = ", ".join(f"{name} {figure:,}" for name, figure in self.candidate.parameters.items())
        label = Code(self.candidate.code).label
        return f"{label}: {figures}, weight {self.candidate.weight}" if figures else f"{label}: {self.candidate.weight}"

    def assumptions(self) -> Sequence[str]:
        return (
            "Each claim is looked at as it was reported: the amount, type and loss that were told then, the other losses "
            "that were known, and the rules and the limits of authority of that moment; only the rule that you changed is exchanged.",
            "The customer's policies, when their cover ended, who claims, others' phones and the accounts paid to are as they stand now.",
            "Indicators suggest a referral and never decide: who refers a claim is a person, then as now.",
        )

    def moments(self, since: datetime.datetime, until: datetime.datetime) -> Sequence[tuple[QuerySet[Any], str]]:
        """Each claim once."""
        return [(_reported(since, until), "reported_date")]

    def outcomes(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        """Every claim that was reported from `since` to before `until`. A fixed number of queries for each batch of them."""
        rules = list(FraudRule.objects.all())
        limits = LimitsThen({str(group.pk): group.name for group in Group.objects.all()})
        told = ClaimTransition.objects.filter(claim=OuterRef("pk"), command="submit").order_by("at").values("amount")[:1]
        rows = _reported(since, until).select_related("policy__customer", "assignee")
        rows = rows.annotate(told=Coalesce(Subquery(told), "claim_amount")).order_by("pk")
        batch: list[Claim] = []
        for claim in rows.iterator(BATCH):
            batch.append(claim)
            if len(batch) == BATCH:
                yield from self._of(batch, rules, limits)
                batch = []
        yield from self._of(batch, rules, limits)

    def _of(self, claims: list[Claim], rules: list[FraudRule], limits: LimitsThen) -> Iterator[Outcome]:
        _as_told(claims)
        facts = facts_of_many(claims)
        for claim in claims:
            authorities = tuple(_authorities(limits, claim))
            seen = replace(facts[claim.pk], authorities=authorities)
            then = valid_rules(rules, claim.reported_date)
            changed = {code: rule for code, rule in then.items() if code != self.candidate.code}
            if self.candidate.active:
                changed[self.candidate.code] = self.candidate
            yield _outcome(claim, assess(seen, then), assess(seen, changed))


def _reported(since: datetime.datetime, until: datetime.datetime) -> QuerySet[Claim]:
    return Claim.objects.filter(reported_date__gte=since, reported_date__lt=until)


def _as_told(claims: list[Claim]) -> None:
    """What was corrected since is taken back on these rows, which are never saved."""
    for claim in claims:
        claim.claim_amount = getattr(claim, "told", claim.claim_amount)
    changed = values_of(claims, datetime.datetime.min.replace(tzinfo=datetime.UTC), FACTS)
    for claim in claims:
        for name, value in changed.get(str(claim.pk), {}).items():
            setattr(claim, name, value)


def _authorities(limits: LimitsThen, claim: Claim) -> set[Decimal]:
    found = limits.at(claim.reported_date).items()
    return {amount for (_, kind, cost), amount in found if cost == CostType.INDEMNITY and kind in ("", claim.claim_type.lower())}


def _outcome(claim: Claim, then: Assessment, would: Assessment) -> Outcome:
    change = ""
    if then.suggests != would.suggests:
        change = SUGGESTED if would.suggests else NO_LONGER
    by = claim.assignee.get_full_name() if claim.assignee else ""
    return Outcome(
        claim.pk, claim.claim_number, claim.reported_date, "Claim reported", claim.claim_amount or ZERO, by or "nobody",
        _words(then), _words(would), change,
    )  # fmt: skip


def _words(found: Assessment) -> str:
    """Such as: score 45, from 40 a referral: Reported late, Round amount."""
    seen = ", ".join(hit.title for hit in found.hits)
    return f"score {found.score} of {found.threshold}" + (f": {seen}" if seen else "")
