"""Claims in the states that work comes to, each reached by the services, and the acts that lead on from there."""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from claims.fraud.services import close_referral, refer_claim
from claims.models import STAGES_OF, Claim, Status
from claims.services import (
    appeal_claim,
    approve_claim,
    ask_information,
    assign_claim,
    check_claim_cover,
    deny_claim,
    evaluate_claim,
    investigate_claim,
    receive_information,
    reopen_claim,
    set_reserve,
    start_claim,
    update_claim,
    withdraw_approval,
)
from policies.products.models import ProductVersion
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim, superuser, supervisor

QUESTION = "The rot is older than the policy"
State = Callable[[], Claim]
Act = Callable[[Claim], Any]


def large() -> dict[str, Any]:
    """A loss above an adjuster's authority."""
    return {"policy": PolicyFactory.create(coverage_amount=Decimal(90000)), "claim_amount": Decimal(60000)}


def homeowners() -> ProductVersion:
    return ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")


# -- The states, each reached by the services


def waiting_for_an_owner() -> Claim:
    return submitted_claim()


def investigated() -> Claim:
    return started_claim(adjuster(), **large())


def without_cover() -> Claim:
    """Recorded to be denied: the loss was before the term."""
    before = timezone.now() - datetime.timedelta(days=200)
    return submitted_claim(incident_date=before, to_be_denied=True)


def of_a_type_that_no_coverage_names() -> Claim:
    return submitted_claim(PolicyFactory.create(product_version=homeowners()), claim_type="flood")


def uncovered() -> Claim:
    return start_claim(adjuster(), without_cover().pk)


def unnamed() -> Claim:
    return start_claim(adjuster(), of_a_type_that_no_coverage_names().pk)


def questioned() -> Claim:
    return check_claim_cover(None, investigated().pk, left_open=QUESTION)


def evaluated() -> Claim:
    return evaluate_claim(None, investigated().pk)


def questioned_in_evaluation() -> Claim:
    return check_claim_cover(None, evaluated().pk, left_open=QUESTION)


def referred() -> Claim:
    return refer_claim(None, investigated().pk, reason="Two receipts")


def referred_in_evaluation() -> Claim:
    return refer_claim(None, evaluated().pk, reason="Two receipts")


def referred_while_cover_is_open() -> Claim:
    return refer_claim(None, questioned().pk, reason="Two receipts")


def referred_before_the_start() -> Claim:
    return refer_claim(None, submitted_claim().pk, reason="Two receipts")


def proposed() -> Claim:
    claim = investigated()
    return approve_claim(claim.assignee, claim.pk)


def asked() -> Claim:
    return ask_information(None, investigated().pk, question="Photos")


def asked_in_evaluation() -> Claim:
    return ask_information(None, evaluated().pk, question="Photos")


def asked_while_cover_is_open() -> Claim:
    return ask_information(None, questioned().pk, question="Photos")


def denied() -> Claim:
    claim = investigated()
    return deny_claim(claim.assignee, claim.pk, reason="Rot")


def denied_without_cover() -> Claim:
    return deny_claim(None, uncovered().pk, reason="Before the term")


def appealed() -> Claim:
    return appeal_claim(None, denied().pk, reason="No rot")


def appeal_proposed() -> Claim:
    return approve_claim(adjuster(), appealed().pk)


def approved() -> Claim:
    return approve_claim(None, started_claim(adjuster()).pk)


# -- The acts


def start(claim: Claim) -> None:
    start_claim(None, claim.pk)


def question_the_cover(claim: Claim) -> None:
    check_claim_cover(None, claim.pk, left_open=QUESTION)


def settle_the_cover(claim: Claim) -> None:
    check_claim_cover(None, claim.pk)


def establish_the_loss(claim: Claim) -> None:
    evaluate_claim(None, claim.pk)


def look_further(claim: Claim) -> None:
    investigate_claim(None, claim.pk, reason="A second estimate is far lower")


def ask(claim: Claim) -> None:
    ask_information(None, claim.pk, question="Photos")


def receive(claim: Claim) -> None:
    receive_information(None, claim.pk)


def refer(claim: Claim) -> None:
    refer_claim(None, claim.pk, reason="Two receipts")


def end_the_referral(claim: Claim) -> None:
    close_referral(superuser(), claim.pk, outcome="unfounded", reason="Both roofs exist")


def ask_to_approve(claim: Claim) -> None:
    approve_claim(adjuster() if claim.assignee is None else claim.assignee, claim.pk)


def approve(claim: Claim) -> None:
    approve_claim(superuser(), claim.pk)


def deny(claim: Claim) -> None:
    deny_claim(None, claim.pk, reason="Rot")


def withdraw(claim: Claim) -> None:
    withdraw_approval(claim.proposed_by, claim.pk, reason="The estimate was read wrongly")


def enter_depreciation(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"depreciation": Decimal(500)})


def correct_the_amount(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_amount": Decimal(4000)})


def correct_the_type(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_type": "fire"})


def correct_the_day(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"incident_date": timezone.now() - datetime.timedelta(days=20)})


def set_aside(claim: Claim) -> None:
    set_reserve(None, claim.pk, amount=Decimal(3000), reason="First estimate")


def give_away(claim: Claim) -> None:
    assign_claim(supervisor(), claim.pk, assignee_id=adjuster().pk)


def reopen(claim: Claim) -> None:
    reopen_claim(None, claim.pk, reason="A second report")


def appeal(claim: Claim) -> None:
    appeal_claim(None, claim.pk, reason="No rot")


def follows(claim: Claim, stage: str) -> None:
    """The claim stands there, its status allows it, its history says so with each step, and there is a next action."""
    fresh = Claim.objects.get(pk=claim.pk)
    assert fresh.stage == stage
    assert fresh.stage in STAGES_OF[Status(fresh.status)]
    steps = list(fresh.transitions.order_by("at", "id"))
    assert (steps[-1].to_status, steps[-1].stage) == (fresh.status, fresh.stage)
    assert all(before.to_status == after.from_status for before, after in itertools.pairwise(steps))
    assert fresh.due_at is not None
    assert fresh.diary.open().exists()
