"""Referral: a second person decides whatever the amount, and nobody but investigators ever reads the notes."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, connection, transaction

from claims.fraud.models import InvestigationNote, Referral
from claims.fraud.services import close_referral, note_investigation, refer_claim
from claims.models import Claim
from claims.services import approve_claim, close_claim, deny_claim, pay_claim
from tests.api.calling import Caller
from tests.factories import adjuster, policyholder, staff, started_claim, submitted_claim, superuser, supervisor, underwriter
from tests.workbench.desk import desk_of, send, words
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WHY, NOTE, END = "Xylophone-suspicion", "Xylophone-notes", "Xylophone-outcome"


def referred(owner: User, **fields: Any) -> Claim:
    claim = started_claim(owner, **fields)
    refer_claim(owner, claim.pk, reason=WHY)
    return claim


def test_a_referral_keeps_the_score_and_reasons_of_its_moment() -> None:
    owner = adjuster()
    claim = referred(owner, claim_amount=Decimal("5000.00"))
    referral = claim.referrals.get()
    assert (referral.referred_by, referral.is_open, referral.score) == (owner, True, 10)
    assert referral.reasons == [{"code": "round_amount", "reason": "$5,000.00 is claimed: a multiple of 1,000.", "weight": 10}]
    step = claim.transitions.get(command="refer")
    assert (step.actor, step.reason) == (owner, "Referred to special investigation")


def test_a_referred_claim_takes_a_second_person_whatever_the_amount_and_whoever_asks() -> None:
    for maker in (adjuster(), superuser()):
        claim = referred(maker)
        waiting = approve_claim(maker, claim.pk, amount=Decimal("0.01"))
        assert (waiting.status, waiting.stage) == ("processing", "awaiting_approval")
        with pytest.raises(Conflict) as refused:
            approve_claim(maker, claim.pk, amount=Decimal("0.01"))
        assert refused.value.code == "four_eyes"
        approved = approve_claim(supervisor(), claim.pk)
        step = approved.transitions.get(command="approve")
        assert (approved.status, step.basis, step.maker) == ("approved", "second_person", maker)


def test_the_page_says_that_a_second_person_is_asked_and_why() -> None:
    owner = adjuster()
    claim = referred(owner)
    desk = desk_of(owner)
    assert "Send to a second person" in words(desk.get(f"/admin/claims/claim/{claim.pk}/approve/"))
    sent = send(desk, f"/admin/claims/claim/{claim.pk}/approve/", "command-form", amount="10.00")
    assert "Whatever the amount, this claim takes two people." in words(sent)


def test_not_even_the_platform_itself_approves_a_referred_claim_alone() -> None:
    claim = referred(adjuster())
    with pytest.raises(Conflict):
        approve_claim(None, claim.pk)


def test_a_payment_on_a_referred_claim_waits_for_a_second_person() -> None:
    owner = supervisor()
    claim = started_claim(owner)
    approve_claim(owner, claim.pk)
    refer_claim(owner, claim.pk, reason=WHY)
    pay_claim(owner, claim.pk)
    payment = claim.payments.get()
    assert (payment.status, payment.waits_for) == ("requested", "The claim is with special investigation.")


@pytest.mark.parametrize("outcome", ["founded", "unfounded"])
def test_an_outcome_ends_it_and_the_claim_is_decided_as_any_other(outcome: str) -> None:
    owner = adjuster()
    claim = referred(owner)
    note_investigation(staff("Compliance"), claim.pk, text=NOTE)
    close_referral(staff("Compliance"), claim.pk, outcome=outcome, reason=END)
    assert Referral.objects.get().outcome == outcome
    with pytest.raises(Conflict) as refused:
        note_investigation(supervisor(), claim.pk, text="Too late")
    assert refused.value.code == "not_referred"
    assert approve_claim(owner, claim.pk).status == "approved"


def test_a_claim_is_referred_once_at_a_time_open_with_a_reason_and_by_who_may() -> None:
    owner = adjuster()
    claim = referred(owner)
    with pytest.raises(Conflict) as refused:
        refer_claim(owner, claim.pk, reason="Again")
    assert refused.value.code == "referred"
    with pytest.raises(Invalid):
        refer_claim(owner, submitted_claim().pk, reason="  ")
    for person in (underwriter(), staff("Finance"), adjuster()):
        with pytest.raises(NotAllowed):
            refer_claim(person, claim.pk, reason="x")
    closed = started_claim(owner)
    deny_claim(owner, closed.pk, reason="No cover")
    close_claim(owner, closed.pk)
    with pytest.raises(Conflict):
        refer_claim(owner, closed.pk, reason="x")


def test_only_investigators_write_read_and_end_an_investigation() -> None:
    claim = referred(adjuster())
    for role in ("Adjuster", "Underwriter", "Finance"):
        for act in (
            lambda who: note_investigation(who, claim.pk, text="x"),
            lambda who: close_referral(who, claim.pk, outcome="founded", reason="x"),
        ):
            with pytest.raises(NotAllowed):
                act(staff(role))
    with pytest.raises(Invalid):
        close_referral(supervisor(), claim.pk, outcome="perhaps", reason="x")


def test_the_database_keeps_notes_and_what_was_referred_as_they_are() -> None:
    claim = referred(adjuster())
    note_investigation(supervisor(), claim.pk, text=NOTE)
    broken = (
        lambda: InvestigationNote.objects.update(text="Other"),
        lambda: InvestigationNote.objects.all().delete(),
        lambda: Referral.objects.update(score=0),
        lambda: Referral.objects.update(reasons=[]),
        lambda: Referral.objects.all()._raw_delete("default"),  # as SQL would
        lambda: Referral.objects.create(claim=claim, reason="Twice", score=1),
    )
    for attempt in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    close_referral(supervisor(), claim.pk, outcome="founded", reason=END)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(outcome="unfounded")


def test_the_database_holds_ciphertext_of_what_is_suspected_and_found() -> None:
    claim = referred(adjuster())
    note_investigation(supervisor(), claim.pk, text=NOTE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason, outcome_reason FROM fraud_referral UNION ALL SELECT text, '' FROM fraud_investigationnote")
        assert "Xylophone" not in str(cursor.fetchall())


def test_no_page_answer_export_audit_entry_or_log_line_tells_the_notes_to_anybody_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    owner, boss = adjuster(), supervisor()
    claim = referred(owner)
    holder = policyholder(claim.policy.customer)
    api = Caller(boss)
    assert api.post(f"/claims/{claim.pk}/investigation/notes", {"text": NOTE}, Idempotency_Key="k").status == 201
    assert NOTE in api.get(f"/claims/{claim.pk}/investigation").text
    close_referral(boss, claim.pk, outcome="unfounded", reason=END)
    told = []
    for person in (owner, staff("Finance"), underwriter()):
        desk = desk_of(person)
        pages = [
            f"/admin/claims/claim/{claim.pk}/change/", "/admin/", "/admin/claims/claim/?view=all", "/admin/search/?q=Xyl",
            f"/admin/claims/claim/{claim.pk}/investigate/", f"/admin/policies/policy/{claim.policy_id}/change/",
        ]  # fmt: skip
        told += [desk.get(page).content.decode() for page in pages]
        export = {"action": "export", "select_across": "1", "_selected_action": str(claim.pk)}
        told.append(desk.post("/admin/claims/claim/?view=all", export).content.decode())
    for person in (owner, holder, staff("Finance")):
        answers = ("", "/indicators", "/triage", "/investigation", "/money")
        told += [Caller(person).get(f"/claims/{claim.pk}{path}").text for path in answers]
    told += [str(list(LogEntry.objects.values())), caplog.text]
    told = [text[max(0, text.find("Xylophone") - 300) :][:400] for text in told if "Xylophone" in text]
    assert told == []
    assert Caller(holder).get(f"/claims/{claim.pk}/investigation").status == 403
    seen = Caller(holder).get(f"/claims/{claim.pk}").text
    assert not [word for word in ("refer", "score", "severity", "founded") if word in seen]


def test_a_claim_that_was_referred_is_not_deleted() -> None:
    boss, claim = supervisor(), submitted_claim()
    refer_claim(boss, claim.pk, reason=WHY)
    answer = Caller(boss).send("DELETE", f"/claims/{claim.pk}", If_Match='"2"')
    assert (answer.status, answer.errors) == (409, {"status": "in_use"})
