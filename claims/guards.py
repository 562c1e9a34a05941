"""What claims objects to when a policy is about to change."""

import re
from decimal import Decimal

from django.db.models import Q

from claims.coverages import committed_by_claims
from claims.intake.models import NoticeDraft
from claims.models import Claim
from claims.settlement import UP_TO_THE_LIMIT, settle
from policies.events import CoverWidening, PolicyCancelling, PolicyTermsChanging
from policies.reading import Promise, numbers_of_all_terms, promises_in
from policies.terms import Terms
from vanguard.errors import Conflict
from vanguard.events import on
from vanguard.money import ZERO, dollars

WIDER = {
    "coverage_amount": "the limit would be raised",
    "deductible_amount": "the deductible would be lowered",
    "effective_date": "cover would be put back",
    "start_date": "cover would begin earlier",
    "end_date": "cover would last longer",
}
# What a renewal's number has behind that of its first term.
TERM = re.compile(r"-R\d+$")
# So few of a number's last digits are enough to tell it by.
DIGITS = re.compile(r"\d{3,}")
WIDER_OF_COVERAGE = {"limit_amount": "coverage_amount", "deductible_amount": "deductible_amount"}


@on(PolicyTermsChanging)
def keep_losses_inside(question: PolicyTermsChanging) -> None:
    """Raises Conflict ("claims_outside") when a claim's loss would lie outside the new period."""
    outside = Q(incident_date__lt=question.start_date) | Q(incident_date__gte=question.end_date)
    # What was recorded in order to be denied is outside already.
    claim = Claim.objects.filter(outside, policy_id=question.policy_id, finding=None).first()
    if claim is not None:
        moved = "start_date" if claim.incident_date < question.start_date else "end_date"
        raise Conflict(f"The loss of {claim.claim_number} would be outside the policy's period.", code="claims_outside", field=moved)


@on(PolicyTermsChanging)
def keep_approvals_covered(question: PolicyTermsChanging) -> None:
    """Raises Conflict ("claims_above") when more was approved or paid on a claim than the coverage that answers it, or another one that
    it was paid on, would pay by the new terms for a loss of its moment."""
    decided = list(Claim.objects.filter(Q(approved_amount__gt=0) | Q(paid_amount__gt=0), policy_id=question.policy_id))
    if not decided:
        return
    promises = promises_in(question.product_version_id)
    committed = committed_by_claims(decided, lambda _: promises)
    for claim in decided:
        stretch = next((each for each in question.stretches if each.starts_at <= claim.incident_date < each.ends_at), None)
        if stretch is not None:
            answering, field = promises.answering(claim.claim_type), question.moved_by or "coverage_amount"
            _refuse_less(claim, answering, max(claim.approved_amount or ZERO, claim.paid_amount), stretch.terms, field)
            for code, paid in committed[claim.pk].items():
                _refuse_less(claim, promises.paying(code, claim.claim_type), paid, stretch.terms, field)


def _refuse_less(claim: Claim, promise: Promise, agreed: Decimal, terms: Terms, field: str) -> None:
    limit, deductible = terms.figures_for(promise.code)
    most = settle(claim.claim_amount, deductible, limit, rule=promise.rule).cap
    if agreed > most:
        by = "the limit" if promise.rule == UP_TO_THE_LIMIT else "limit less deductible"
        message = f"More was approved on {claim.claim_number} than {by} would leave ({dollars(most)})."
        own = promise.code in dict(terms.covers)
        raise Conflict(message, code="claims_above", field=f"covers.{promise.code}.limit_amount" if own else field)


@on(CoverWidening)
def tell_known_loss(question: CoverWidening) -> None:
    """Raises Conflict ("known_loss") when a loss was reported of which more would be covered: as a claim, or as a notice that is none
    yet."""
    if known := _claimed(question) or _noticed(question):
        message = (
            f"The loss of {known} is known, and {_wider(question)} from before it. "
            "That takes a statement that no other loss is known, and the approval of a second person."
        )
        raise Conflict(message, code="known_loss", field=question.field)


def _claimed(question: CoverWidening) -> str:
    """The first claim with a loss in the stretch; "" where there is none."""
    claim = Claim.objects.filter(_loss_in(question), policy_id=question.policy_id).order_by("incident_date").first()
    return f"{claim.claim_number} on {claim.incident_date:%Y-%m-%d}" if claim else ""


def _noticed(question: CoverWidening) -> str:
    """The first open notice of a loss that may lie in the stretch, on this policy or on one that was told by its number only.

    Where nobody said yet when the loss was, it was before it was reported.
    """
    at_some_time = Q(incident_date=None, reported_date__gte=question.starts_at)
    notices = NoticeDraft.objects.filter(_loss_in(question) | at_some_time, status=NoticeDraft.Status.OPEN).order_by("reported_date", "id")
    found = notices.filter(policy_id=question.policy_id).first()
    if found is None and (told := list(notices.filter(policy=None).exclude(policy_told=""))):
        numbers = [_bare(TERM.sub("", number)) for number in numbers_of_all_terms(question.policy_id)]
        found = next((each for each in told if _names(each.policy_told, numbers)), None)
    return f"the notice reported on {found.reported_date:%Y-%m-%d}" if found else ""


def _names(told: str, numbers: list[str]) -> bool:
    """Whether somebody who says `told` may mean one of these numbers: all of it, or its last digits.

    People know the number of their first term, whichever term it is now; which one the loss is of, its day says.
    """
    # Word by word, and as one number that was told in groups.
    words, grouped = re.sub(r"(?<=\d)[/-]+(?=\d)", "", told), re.sub(r"(?<=\d)[\s/-]+(?=\d)", "", told)
    bare, digits = _bare(told), {*DIGITS.findall(words), *DIGITS.findall(grouped)}
    return any(number in bare or number.endswith(tuple(digits)) for number in numbers)


def _bare(number: str) -> str:
    """A number as it may have been told: without spaces, hyphens and capitals."""
    return "".join(filter(str.isalnum, number)).lower()


def _wider(question: CoverWidening) -> str:
    """By what more would be covered, in words; a field of a single coverage as those of the policy."""
    if question.by_product:
        return "the product that goes with it pays more"
    field = question.field
    return WIDER[field if field in WIDER else WIDER_OF_COVERAGE[field.rpartition(".")[2]]]


def _loss_in(stretch: CoverWidening) -> Q:
    return Q(incident_date__gte=stretch.starts_at, incident_date__lt=stretch.ends_at)


@on(PolicyCancelling)
def keep_paid_losses_covered(question: PolicyCancelling) -> None:
    """Raises Conflict ("claims_outside") when a claim was approved or paid for a loss after the cover would end.

    A claim that is not decided yet does not stand in the way: it can then no longer be approved.
    """
    money = Q(approved_amount__gt=0) | Q(paid_amount__gt=0)
    claim = Claim.objects.filter(money, policy_id=question.policy_id, incident_date__gte=question.effective_at).first()
    if claim is not None:
        message = f"{claim.claim_number} was approved for a loss after that moment. Cancel from later, or reopen the claim first."
        raise Conflict(message, code="claims_outside", field="effective_date")
