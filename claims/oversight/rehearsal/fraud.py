"""Another fraud rule, over the claims that were reported: for which a referral would have been suggested, and for which no longer."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from claims.fraud.facts import facts_of_many
from claims.fraud.indicators import INDICATORS, Assessment, Facts, assess, valid_rules
from claims.fraud.models import Code, FraudRule
from claims.models import Claim, ClaimTransition, CostType
from claims.oversight.rehearsal.shape import Outcome
from claims.oversight.rehearsal.then import LimitsThen
from claims.past.facts import values_of
from policies.models import Policy
from vanguard.money import ZERO

SUGGESTED, NO_LONGER = "A referral would be suggested", "No referral would be suggested"
FACTS = ("claim_type", "incident_date")
BATCH = 500
# What is read of each claim: a rehearsal makes a row of thousands of them.
OF_CLAIM = ("claim_number", "claim_type", "claim_amount", "incident_date", "reported_date")
OF_OTHERS = ("policy__customer__phone_hash", "assignee__first_name", "assignee__last_name", "assignee__email")
# Indicators that look at nothing but the claim's row and the limits of authority.
ON_THE_CLAIM = frozenset({Code.LATE_REPORT, Code.ROUND_AMOUNT, Code.UNDER_AUTHORITY})


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
        """Every claim that was reported from `since` to before `until`. A fixed number of queries for each batch of them.

        Where the rows themselves tell that the rule adds to the score what it added then, nothing else is read of the claim.
        """
        rules = list(FraudRule.objects.all())
        limits = LimitsThen({str(group.pk): group.name for group in Group.objects.all()})
        told = ClaimTransition.objects.filter(claim=OuterRef("pk"), command="submit").order_by("at").values("amount")[:1]
        rows = _reported(since, until).select_related("policy__customer", "assignee")
        # Of the policy all: what its terms are read from is not for this place to know.
        rows = rows.only(*OF_CLAIM, *(f"policy__{field.name}" for field in Policy._meta.concrete_fields), *OF_OTHERS)
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
        looks = [_Look(claim, valid_rules(rules, claim.reported_date), self.candidate, _authorities(limits, claim)) for claim in claims]
        facts = facts_of_many([look.claim for look in looks if look.may_change])
        for look in looks:
            yield look.outcome(facts.get(look.claim.pk))


@dataclass(frozen=True, slots=True)
class _Look:
    """One claim, with the rules of its report and the amounts up to which some role decided alone then."""

    claim: Claim
    rules: dict[str, FraudRule]
    candidate: FraudRule
    authorities: frozenset[Decimal]

    @property
    def may_change(self) -> bool:
        """Whether the candidate may add to the score what the rule of then did not."""
        then, would = self._adds(self.rules.get(self.candidate.code)), self._adds(self.candidate)
        return then is None or then != would

    def outcome(self, facts: Facts | None) -> Outcome:
        """By all rules; without facts it is what it was."""
        if facts is None:
            return _outcome(self.claim, "", "")
        seen = replace(facts, authorities=tuple(self.authorities))
        changed = {code: rule for code, rule in self.rules.items() if code != self.candidate.code}
        if self.candidate.active:
            changed[self.candidate.code] = self.candidate
        then, would = assess(seen, self.rules), assess(seen, changed)
        change = "" if then.suggests == would.suggests else SUGGESTED if would.suggests else NO_LONGER
        return _outcome(self.claim, _words(then), _words(would), change)

    def _adds(self, rule: FraudRule | None) -> int | None:
        """What a rule adds to the score, where the rows at hand tell; None where more has to be read."""
        if self.candidate.code == Code.THRESHOLD:
            return None  # it adds nothing: its weight is what every score is held against, and 0 is not the same as none
        if rule is None or not rule.active or not rule.weight:
            return 0
        claim, policy = self.claim, self.claim.policy
        if rule.code in ON_THE_CLAIM:
            return rule.weight if INDICATORS[rule.code](self._bare, rule.parameters) else 0
        # The insurance began with this term or with one before it.
        after = rule.code == Code.EARLY_CLAIM and (claim.incident_date - policy.start_date).days > rule.parameters["days"]
        never_ended = rule.code == Code.BEFORE_THE_END and policy.cancelled_at is None and policy.lapses_at is None
        return 0 if after or never_ended else None

    @property
    def _bare(self) -> Facts:
        """The facts that stand in the claim's row."""
        claim = self.claim
        return Facts(
            amount=claim.claim_amount, incident=claim.incident_date, reported=claim.reported_date, inception=claim.policy.start_date,
            ended=None, earlier_losses=(), phones=0, accounts=0, limit=ZERO, authorities=tuple(self.authorities),
        )  # fmt: skip


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


def _authorities(limits: LimitsThen, claim: Claim) -> frozenset[Decimal]:
    found = limits.at(claim.reported_date).items()
    return frozenset(amount for (_, kind, cost), amount in found if cost == CostType.INDEMNITY and kind in ("", claim.claim_type.lower()))


def _outcome(claim: Claim, then: str, would: str, change: str = "") -> Outcome:
    by = claim.assignee.get_full_name() if claim.assignee else ""
    return Outcome(
        claim.pk, claim.claim_number, claim.reported_date, "Claim reported", claim.claim_amount or ZERO, by or "nobody", then, would, change
    )


def _words(found: Assessment) -> str:
    """Such as: score 45, from 40 a referral: Reported late, Round amount."""
    seen = ", ".join(hit.title for hit in found.hits)
    return f"score {found.score} of {found.threshold}" + (f": {seen}" if seen else "")
