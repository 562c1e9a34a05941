"""The rules of a first notice and of each step, as functions that write nothing: services, diary and the bulk import ask the same ones."""

import datetime
from collections.abc import Iterable
from decimal import Decimal

from claims.models import DECIDED, Claim, Status
from claims.parties.matching import claims_on, is_record_of, name_words
from policies.models import Policy
from policies.reading import cover_at
from policies.rules import EARLIEST
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may
from vanguard.errors import Conflict, FieldError, NotAllowed
from vanguard.money import dollars

# command → the statuses from which it may be given
ALLOWED_FROM: dict[str, tuple[Status, ...]] = {
    "start": (Status.PENDING,),
    "approve": (Status.PROCESSING,),
    "deny": (Status.PROCESSING,),
    "close": DECIDED,
    "reopen": DECIDED,
    "appeal": (Status.DENIED,),
    "ask": (Status.PROCESSING,),
    "received": (Status.PROCESSING,),
    "check_cover": (Status.PROCESSING,),
    "investigate": (Status.PROCESSING,),
    "evaluate": (Status.PROCESSING,),
    "withdraw": (Status.PROCESSING,),
}


def require_open(claim: Claim) -> None:
    """Raises Conflict ("not_allowed_now") for a closed file."""
    if not claim.is_open:
        raise Conflict(f"{claim.claim_number} is closed; reopen it first.", code="not_allowed_now", field="status")


def refuse_parties(actor: User | None, claim: Claim) -> None:
    """Nobody handles or decides a claim in which they are insured, or on which they claim. Raises Conflict ("party")."""
    if actor is None:
        return
    if is_record_of(claim.policy.customer, actor):
        raise Conflict(f"{actor} is the insured of this claim, so another person handles it.", code="party")
    if claims_on(actor, claim):
        raise Conflict(f"{actor} is a claimant of this claim, so another person handles it.", code="party")


def refuse_payees(actor: User | None, claim: Claim) -> None:
    """Nobody decides on a claim on which they are paid, or were to be: for the loss or for costs, whatever became of the payment.

    Raises Conflict ("party").
    """
    if actor is not None and is_among(claim.payments.values_list("payee", flat=True), actor):
        raise Conflict(f"{actor} is a payee of this claim, so another person decides on it.", code="party")


def is_among(payees: Iterable[str], person: User) -> bool:
    """Whether one of these payees is this person."""
    return any(is_payee(payee, person) for payee in payees)


def is_payee(payee: str, person: User) -> bool:
    """Whether a payment to `payee` is one to this person: by the name, or the e-mail address where that was written for a name."""
    words = name_words(payee)
    return bool(words) and (words == name_words(person.get_full_name()) or words == name_words(person.email))


def require_own(actor: User | None, claim: Claim) -> None:
    """A claim is worked on by its owner, nobody's by anybody, anybody's by who may. Raises NotAllowed ("not_your_claim")."""
    if actor is None or claim.assignee_id in (None, actor.pk) or may(actor, "claims.handle_any_claim"):
        return
    raise NotAllowed(f"{claim.claim_number} belongs to {claim.assignee}. Ask for it, or ask a supervisor.", code="not_your_claim")


def check_dates(*, incident_date: datetime.datetime, reported_date: datetime.datetime, now: datetime.datetime) -> list[FieldError]:
    """incident ≤ reported ≤ now."""
    errors = []
    if incident_date < EARLIEST:
        errors.append(FieldError("incident_date", "out_of_range", "Incident date is in 1900 or later."))
    if incident_date > now:
        errors.append(FieldError("incident_date", "in_future", "Incident date is not in the future."))
    elif incident_date > reported_date:
        errors.append(FieldError("incident_date", "after_reported", "Incident date is not after the reported date."))
    if reported_date > now:
        errors.append(FieldError("reported_date", "in_future", "Reported date is not in the future."))
    return errors


def check_depreciation(loss: Decimal, depreciation: Decimal | None) -> list[FieldError]:
    """What age and wear take off is part of the loss."""
    if depreciation is None or depreciation <= loss:
        return []
    return [FieldError("depreciation", "above_the_loss", f"Depreciation is not above the loss ({dollars(loss)}).")]


def check_cover(policy: Policy, incident_date: datetime.datetime) -> FieldError | None:
    """The policy was in force at the instant of loss, or why not."""
    cover = cover_at(policy, incident_date)
    if cover.in_force:
        return None
    within = policy.start_date <= incident_date < policy.end_date
    if within and policy.lapsed_from() <= incident_date:
        what = "the term that it renews" if policy.lapses_with_prior else "it"
        why = f"{what} lapsed at {policy.lapsed_from():%Y-%m-%d %H:%M} UTC, when the grace for a premium that was not paid had run out"
    elif within and policy.cancelled_at is not None and policy.cancelled_at <= incident_date:
        why = f"it was cancelled from {policy.cancelled_at:%Y-%m-%d %H:%M} UTC"
    elif within:
        why = f"it was cancelled from {cover.starts_at:%Y-%m-%d %H:%M} UTC and reinstated from {cover.ends_at:%Y-%m-%d %H:%M} UTC"
    else:
        why = f"it covers {policy.start_date:%Y-%m-%d %H:%M} to {policy.end_date:%Y-%m-%d %H:%M} UTC, the end not included"
    return FieldError("incident_date", "not_in_force", f"Policy {policy.policy_number} was not in force at the loss: {why}.")
