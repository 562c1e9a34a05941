"""Denying: a reason out of the list, the clause that it rests on, and the letter; all of it kept as it was."""

import datetime
from uuid import UUID

from django.utils import timezone

from claims.decisions.models import Appeal, Denial, DenialReason
from claims.events import ClaimAppealDecided, ClaimDenied
from claims.letters.services import tell_denial
from claims.models import Claim, Stage, Status
from claims.rules import refuse_parties, refuse_payees
from claims.services.appeals import decide_appeal, open_appeal, refuse_first_decider
from claims.services.asking import close_requests
from claims.services.checking import Step, keep_check
from claims.services.moving import claim_for, move, require_step, required_reason, tell
from claims.services.proving import basis_of
from policies.reading import Clause, form_of, promise_for
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.errors import Invalid

OTHER = "other"


def deny_claim(
    actor: User | None,
    claim_id: UUID,
    *,
    reason: str,
    reason_code: str = OTHER,
    clause: str | None = None,
    version: int | None = None,
) -> Claim:
    """processing → denied, with its letter. Without a clause the one that the reason is about; without a code "other".

    On an appeal it is upheld, by another person than who decided first. Raises Conflict: "decided_first", "party"; NotAllowed; Invalid
    for the reason, its code ("unknown", "retired"), or a clause that the policy does not have ("unknown").
    """
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.deny_claim", claim_id, version, under_cover=True)
        require_step(claim, "deny")
        refuse_parties(actor, claim)
        refuse_payees(actor, claim)
        refuse_first_decider(actor, claim)
        appeal = open_appeal(claim)
        denial = drafted_denial(actor, claim, reason=why, reason_code=reason_code, clause=clause, appeal=appeal)
        keep_check(claim, actor, Step.DENY, basis_of(claim))
        close_requests(claim, actor)
        denied = move(
            claim,
            actor,
            "deny",
            status=Status.DENIED,
            stage=Stage.DENIED,
            event=ClaimDenied,
            reason=why,
            processed_date=denial.decided_at,
            proposed_amount=None,
            proposed_by=None,
            appealed_at=None,
            first_decided_by=None,
        )
        if appeal is not None:
            decide_appeal(appeal, actor, Appeal.Outcome.UPHELD)
            tell(ClaimAppealDecided, denied, actor, None)
        keep_denial(actor, denial)
        return denied


def keep_denial(actor: User | None, denial: Denial) -> None:
    """Store the denial, and write its letter, of the moment at which it was decided."""
    denial.save(force_insert=True)
    tell_denial(actor, denial)


def drafted_denial(
    actor: User | None,
    claim: Claim,
    *,
    reason: str,
    reason_code: str = OTHER,
    clause: str | None = None,
    appeal: Appeal | None = None,
    at: datetime.datetime | None = None,
) -> Denial:
    """The denial as it would be kept, decided `at` a moment (now, unless given), not stored yet; its letter can be drafted from it.

    Raises Invalid, see `deny_claim`.
    """
    code = DenialReason.objects.filter(pk=reason_code).first()
    if code is None:
        known = ", ".join(DenialReason.objects.filter(is_active=True).values_list("code", flat=True))
        raise Invalid(f"Reason code is one of {known}.", code="unknown", field="reason_code")
    if not code.is_active:
        raise Invalid(f"“{code.label}” is not used any more. Choose another reason.", code="retired", field="reason_code")
    rests_on = _clause(claim, code, clause)
    return Denial(
        claim=claim,
        reason_code=code,
        reason=reason,
        clause_reference=rests_on.reference if rests_on else "",
        clause_heading=rests_on.heading if rests_on else "",
        clause_text=rests_on.text if rests_on else "",
        decided_by=actor,
        decided_at=at or timezone.now(),
        appeal=appeal,
    )


def _clause(claim: Claim, code: DenialReason, reference: str | None) -> Clause | None:
    """The clause that is named, or else the one of the coverage that the reason is about."""
    form = form_of(claim.policy)
    if reference:
        if (named := form.named(reference)) is None:
            known = ", ".join(clause.reference for clause in form.clauses)
            raise Invalid(f"The policy has no clause {reference}. It has {known}.", code="unknown", field="clause")
        return named
    found = form.about(code.topic, promise_for(claim.policy, claim.claim_type).code)
    if found is None and code.needs_clause:
        raise Invalid(f"“{code.label}” needs the clause of the policy that it rests on.", code="required", field="clause")
    return found
