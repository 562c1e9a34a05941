"""What who claims and is no customer may ask: all that is held on them, and that it goes. Through the service, the API and the desk."""

import datetime
import json
import logging
import threading
import time
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from claims.models import Claim
from claims.parties.matching import rows_of_person
from claims.parties.models import Claimant, ClaimantErasure, ClaimantExport, ClaimantKey, ClaimantLook
from claims.services import (
    AskedErasure,
    ToldClaimant,
    add_claimant,
    close_claim,
    deny_claim,
    end_claimant,
    export_claimant,
    request_claimant_erasure,
    start_claim,
)
from customers.services import lift_hold, merge_customers, set_hold
from tests import needs
from tests.api.calling import Caller
from tests.authenticators import Enrolled
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, submitted_claim, supervisor
from tests.security.test_claimants_data import NORA, WORDS, closed_long_ago
from tests.security.test_erasure import tables_that_hold
from tests.workbench.desk import claim_url, desk_of, send, source, words
from vanguard.encryption.owned import keyring
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StepUpRequired
from vanguard.models import IdempotencyKey

pytestmark = pytest.mark.django_db
WHY = "By letter, and we called her back at the number on file"
EMAIL = "NORA@canaryvale.example"


def asked(claimant: Claimant, **fields: Any) -> list[AskedErasure]:
    given: dict[str, Any] = {"reason": WHY, "confirm": EMAIL}
    return request_claimant_erasure(staff("Compliance"), claimant.claim_id, claimant.pk, **(given | fields))


def code_of(claimant: Claimant, **fields: Any) -> str:
    with pytest.raises(DomainError) as refused:
        asked(claimant, **fields)
    return refused.value.code


def nora_of(claim: Claim) -> Claimant:
    return claim.claimants.get(ended_at=None)


def closed(claim: Claim) -> None:
    start_claim(None, claim.pk)
    close_claim(None, deny_claim(None, claim.pk, reason="Rust").pk)


# -- Erasure
def test_what_is_over_is_erased_at_once_and_that_it_was_asked_for_stays(caplog: pytest.LogCaptureFixture) -> None:
    claim = closed_long_ago(CustomerFactory.create())
    with caplog.at_level(logging.INFO, "insurance.events"):
        [done] = asked(nora_of(claim))
    assert done.erasure.done_at is not None
    nora = Claimant.objects.get(pk=done.erasure.claimant_id)
    assert (nora.name, nora.shown_name, nora.email_hash, nora.claims_for) == (None, "Erased", "", "bodily_injury")
    assert not ClaimantKey.objects.filter(pk=nora.pk).exists()
    assert "nora@" not in str(tables_that_hold("555-0161", "Canary Row", "Nora", "By letter"))
    assert tables_that_hold("555-0161", "Canary Row", "By letter") == set()
    assert claim.claimants.named().get().shown_name == "Ben Canaryvale", "who else claims there has not asked"
    keyring.remembered.clear()
    assert ClaimantErasure.objects.get().reason == ""
    assert LogEntry.objects.filter(object_pk=str(done.erasure.pk)).exists()
    assert "erasure_requested" in [getattr(each, "event_type", "") for each in caplog.records]
    assert "anary" not in caplog.text
    assert code_of(nora) == "erased"


def test_an_open_claim_keeps_it_and_then_its_years_and_it_goes_by_itself() -> None:
    claim = submitted_claim()
    nora = add_claimant(None, claim.pk, NORA)
    [waits] = asked(nora)
    assert (waits.erasure.done_at, waits.standing.due_at) == (None, None)
    assert f"claim {claim.claim_number} is open" in waits.standing.waits_for
    assert Claimant.objects.named().exists()
    assert code_of(nora) == "waits_already"
    call_command("apply_retention")
    assert Claimant.objects.named().exists()
    closed(claim)
    long_ago = timezone.now() - datetime.timedelta(days=8 * 366)
    Claim.objects.filter(pk=claim.pk).update(closed_at=long_ago, processed_date=long_ago)
    call_command("apply_retention")
    assert not Claimant.objects.named().exists()
    assert ClaimantErasure.objects.get().done_at is not None


def test_who_claims_no_more_on_a_claim_that_goes_on_is_kept_until_it_is_closed_and_decides_nothing_on_it(settings: Any) -> None:
    claim, nora_works_here = submitted_claim(), supervisor(first_name="Nora", last_name="Canaryvale")
    nora = add_claimant(None, claim.pk, NORA)
    end_claimant(None, claim.pk, nora.pk, reason="Another accident")
    [waits] = asked(nora)
    assert (waits.standing.due_at, waits.standing.is_due) == (None, False)
    settings.RETENTION_YEARS = 0
    call_command("apply_retention")
    assert Claimant.objects.named().exists()
    with pytest.raises(Conflict, match="another person handles it"):
        start_claim(nora_works_here, claim.pk)
    closed(claim)
    call_command("apply_retention")
    assert not Claimant.objects.named().exists()


@pytest.mark.parametrize("merged", [False, True])
def test_a_legal_hold_on_the_insured_refuses_it_and_is_kept_to(merged: bool) -> None:
    customer = CustomerFactory.create()
    claim = closed_long_ago(customer)
    hold = set_hold(staff("Compliance"), customer.pk, reason="A lawsuit")
    kept = CustomerFactory.create() if merged else customer
    if merged:
        merge_customers(None, kept.pk, customer.pk)
    nora = nora_of(claim)
    assert code_of(nora) == "on_hold"
    assert not ClaimantErasure.objects.exists()
    lift_hold(staff("Compliance"), kept.pk, reason="Settled")
    assert hold.pk
    assert asked(nora)[0].erasure.done_at is not None


def test_it_is_about_one_person_on_each_claim_and_nobody_else() -> None:
    """Name and address, or name and phone: a phone is a household's, and a name many people's."""
    old = nora_of(closed_long_ago(CustomerFactory.create()))
    recent = add_claimant(None, submitted_claim().pk, ToldClaimant("other", name="CANARYVALE, Nora", phone="907 555 0161"))
    husband = add_claimant(None, submitted_claim().pk, ToldClaimant("other", name="Leo Canaryvale", phone="(907) 555-0161"))
    namesake = add_claimant(None, submitted_claim().pk, ToldClaimant("other", name="Nora Canaryvale"))
    held = closed_long_ago(CustomerFactory.create())
    set_hold(staff("Compliance"), held.policy.customer_id, reason="A lawsuit")
    found = asked(old)
    assert found[0].erasure.claimant_id == old.pk
    stands = {each.claim.pk: (each.erasure.done_at is not None, each.standing.waits_for[:20]) for each in found}
    assert stands == {
        old.claim_id: (True, ""),
        recent.claim_id: (False, f"claim {recent.claim.claim_number}, on which"[:20]),
        held.pk: (False, "a legal hold on the "),
    }
    named = set(Claimant.objects.named().values_list("pk", flat=True))
    assert {recent.pk, husband.pk, namesake.pk, nora_of(held).pk} <= named
    assert old.pk not in named


@pytest.mark.parametrize("typed", ["", "nora@example.com", "Nora Canaryvale"])
def test_whom_it_is_about_is_typed_again(typed: str) -> None:
    nora = nora_of(closed_long_ago(CustomerFactory.create()))
    assert code_of(nora, confirm=typed) == "unconfirmed"
    assert code_of(nora, reason=" ") == "required"
    assert Claimant.objects.filter(pk=nora.pk).named().exists()


def test_where_no_address_is_known_the_name_is_typed_again() -> None:
    claim = submitted_claim()
    leo = add_claimant(None, claim.pk, ToldClaimant("other", name="Leo Canaryvale"))
    assert code_of(leo, confirm="Nora Canaryvale") == "unconfirmed"
    assert asked(leo, confirm="canaryvale, leo")


def test_a_customer_asks_on_the_customers_record_and_who_may_not_is_refused() -> None:
    claim = submitted_claim()
    ida = add_claimant(None, claim.pk, ToldClaimant("other", customer_id=CustomerFactory.create().pk))
    nora = add_claimant(None, claim.pk, NORA)
    assert code_of(ida) == "a_customer"
    for role in ("Adjuster", "Supervisor", "Underwriter", "Finance"):
        with pytest.raises(NotAllowed):
            request_claimant_erasure(staff(role), claim.pk, nora.pk, reason=WHY, confirm=EMAIL)
    with pytest.raises(NotFound):
        request_claimant_erasure(staff("Compliance"), submitted_claim().pk, nora.pk, reason=WHY, confirm=EMAIL)


def test_the_database_keeps_one_waiting_request_for_a_claimant() -> None:
    nora = add_claimant(None, submitted_claim().pk, NORA)
    asked(nora)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimantErasure(claimant=nora, reason="Again").save(force_insert=True)


# -- All that is held
def test_all_that_is_held_is_handed_out_as_a_look_and_nothing_of_others() -> None:
    claim, ruth = closed_long_ago(CustomerFactory.create(first_name="Otto", last_name="Insured")), staff("Compliance")
    recent = add_claimant(None, submitted_claim().pk, NORA)
    nora = nora_of(claim)
    content = export_claimant(ruth, claim.pk, nora.pk, form="json", reason=WHY)
    held = json.loads(content)
    assert [each["name"] for each in held["claimant"]] == [NORA.name, NORA.name]
    assert (held["claimant"][0]["phone"], held["claimant"][0]["address"]) == (NORA.phone, NORA.address)
    assert [each["claim"] for each in held["claimsMade"]] == [claim.claim_number, recent.claim.claim_number]
    for other in ("Otto", "Insured", "Ben", "was not there"):
        assert other not in content.decode()
    export, look = ClaimantExport.objects.get(), ClaimantLook.objects.get()
    assert (export.asked_by, export.size, export.reason, look.actor, look.reason) == (ruth, len(content), WHY, ruth, WHY)
    for row in (nora, recent):
        assert LogEntry.objects.filter(object_pk=str(row.pk), action=LogEntry.Action.ACCESS, actor=ruth).count() == 1
    assert export_claimant(ruth, claim.pk, nora.pk, form="pdf", reason=WHY).startswith(b"%PDF")
    asked(nora)
    with pytest.raises(Conflict):
        export_claimant(ruth, claim.pk, nora.pk, form="json", reason=WHY)
    keyring.remembered.clear()
    assert {each.reason for each in ClaimantExport.objects.all()} == {""}


def test_an_export_takes_a_reason_a_permission_a_form_and_a_fresh_code() -> None:
    nora = add_claimant(None, submitted_claim().pk, NORA)
    for role in ("Adjuster", "Supervisor", "Finance"):
        with pytest.raises(NotAllowed):
            export_claimant(staff(role), nora.claim_id, nora.pk, form="json", reason=WHY)
    for wrong in ({"reason": " "}, {"form": "xml"}):
        with pytest.raises(Invalid):
            export_claimant(staff("Compliance"), nora.claim_id, nora.pk, **({"form": "json", "reason": WHY} | wrong))
    with pytest.raises(StepUpRequired):
        export_claimant(Enrolled(staff("Compliance")).user, nora.claim_id, nora.pk, form="json", reason=WHY)
    assert not ClaimantExport.objects.exists()
    assert not ClaimantLook.objects.exists()


# -- Through the API
def test_the_api_erases_and_hands_out_for_compliance() -> None:
    claim = closed_long_ago(CustomerFactory.create())
    recent = add_claimant(None, submitted_claim().pk, NORA)
    nora, caller = nora_of(claim), Caller(staff("Compliance"))
    path = f"/claims/{claim.pk}/claimants/{nora.pk}"
    answer = caller.post(f"{path}/export", {"reason": WHY}, Idempotency_Key="once")
    assert (answer.status, "555-0161" in answer.text) == (200, True)
    assert f'filename="claimant-{nora.pk}.json"' in answer.headers["Content-Disposition"]
    assert not IdempotencyKey.objects.exists(), "what was handed out is kept nowhere"
    assert caller.post(f"{path}/export/pdf", {"reason": WHY}).status == 200
    assert caller.post(f"{path}/export", {}).errors == {"reason": "required"}
    wrong = {"reason": WHY, "confirm": "nora@example.com"}
    assert caller.post(f"{path}/erasure", wrong).errors == {"confirm": "unconfirmed"}
    done = caller.post(f"{path}/erasure", wrong | {"confirm": EMAIL})
    assert (done.status, [each["claimNumber"] for each in done.data]) == (201, [claim.claim_number, recent.claim.claim_number])
    assert [bool(each.get("doneAt")) for each in done.data] == [True, False]
    assert caller.post(f"{path}/erasure", wrong | {"confirm": EMAIL}).status == 409
    holder = Caller(policyholder(claim.policy.customer))
    assert holder.post(f"{path}/erasure", wrong | {"confirm": EMAIL}).status == 403
    assert Caller(policyholder()).post(f"{path}/export", {"reason": WHY}).status == 404


# -- At the desk
def test_the_desk_erases_after_the_address_was_typed_again_and_the_page_says_what_waits() -> None:
    claim = submitted_claim(PolicyFactory.create())
    nora = add_claimant(None, claim.pk, NORA)
    desk, url = desk_of(staff("Compliance")), claim_url(claim, "erase-claimant")
    page = words(desk.get(url))
    assert f"Nora Canaryvale Claim {claim.claim_number} is open" in page
    told = {"claimant": str(nora.pk), "reason": WHY, "confirm": "somebody@example.com"}
    assert "to confirm whom it is about" in words(send(desk, url, **told))
    assert "The erasure is noted." in words(send(desk, url, **(told | {"confirm": EMAIL})))
    assert f"To be erased: claim {claim.claim_number}" in words(desk.get(claim_url(claim)))
    assert "To be erased" not in words(desk_of(adjuster()).get(claim_url(claim)))
    assert "erase-claimant" not in source(desk_of(supervisor()).get(claim_url(claim)))
    closed(claim)
    page = words(desk.get(claim_url(claim)))
    assert "years after the claim was closed" in page
    set_hold(None, claim.policy.customer_id, reason="A lawsuit")
    assert "To be erased: a legal hold on the insured is on" in words(desk.get(claim_url(claim)))


def test_the_desk_hands_out_what_is_held_for_a_reason_after_a_fresh_code() -> None:
    claim = submitted_claim()
    nora = add_claimant(None, claim.pk, NORA)
    ruth = Enrolled(staff("Compliance"))
    desk, url = desk_of(ruth.user), f"/admin/claims/claim/{claim.pk}/export/{nora.pk}/"
    assert url in source(desk.get(claim_url(claim)))
    assert url not in source(desk_of(supervisor()).get(claim_url(claim)))
    assert (desk.get(url).status_code, desk.post(url, {"form": "json", "reason": WHY}).status_code) == (403, 403)
    page = desk.post(url, {"step_up_code": ruth.code()})
    assert (page.status_code, "As PDF" in words(page)) == (200, True)
    assert not any(word in source(page) for word in WORDS if "anaryvale" not in word)
    assert desk.post(url, {"form": "json", "reason": ""}).status_code == 422
    answer = desk.post(url, {"form": "json", "reason": WHY})
    assert (answer.headers["Content-Type"], "555-0161" in answer.content.decode()) == ("application/json", True)
    ida = add_claimant(None, claim.pk, ToldClaimant("other", customer_id=CustomerFactory.create().pk))
    assert desk.get(url.replace(str(nora.pk), str(ida.pk))).status_code == 404
    assert desk_of(adjuster()).get(url).status_code == 403


def test_who_has_a_part_in_the_claim_is_handed_nothing_of_the_others_and_erases_nobody() -> None:
    ruth = staff("Compliance")
    claim = submitted_claim(PolicyFactory.create(customer=CustomerFactory.create(email=ruth.email)))
    nora = add_claimant(None, claim.pk, NORA)
    with pytest.raises(Conflict) as handed:
        export_claimant(ruth, claim.pk, nora.pk, form="json", reason=WHY)
    with pytest.raises(Conflict) as erased:
        request_claimant_erasure(ruth, claim.pk, nora.pk, reason=WHY, confirm=EMAIL)
    assert [handed.value.code, erased.value.code] == ["party", "party"]
    assert not ClaimantExport.objects.exists()
    assert not ClaimantErasure.objects.exists()


def test_who_has_a_part_in_another_claim_of_the_person_leaves_the_answer_to_somebody_else() -> None:
    ruth = staff("Compliance")
    nora = add_claimant(None, submitted_claim().pk, NORA)
    add_claimant(None, submitted_claim(PolicyFactory.create(customer=CustomerFactory.create(email=ruth.email))).pk, NORA)
    for step in (
        lambda: export_claimant(ruth, nora.claim_id, nora.pk, form="json", reason=WHY),
        lambda: request_claimant_erasure(ruth, nora.claim_id, nora.pk, reason=WHY, confirm=EMAIL),
    ):
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "party"
    assert len(asked(nora)) == 2


def test_who_has_a_part_in_the_claim_is_shown_no_way_to_either() -> None:
    ruth = staff("Compliance")
    claim = submitted_claim(PolicyFactory.create(customer=CustomerFactory.create(email=ruth.email)))
    nora = add_claimant(None, claim.pk, NORA)
    desk, link = desk_of(ruth), reverse("admin:claims_claim_export", args=[claim.pk, nora.pk])
    page = source(desk.get(claim_url(claim)))
    assert "Hand out all that is held" not in page
    assert "erase-claimant" not in page
    assert "Hand out all that is held" in source(desk_of(staff("Compliance")).get(claim_url(claim)))
    assert desk.get(link).status_code == 403


def test_while_keys_are_changed_it_reaches_the_claims_of_before_and_after(settings: Any) -> None:
    old = add_claimant(None, submitted_claim().pk, NORA)
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "another key, of at least as many letters as are asked for"
    keyring.remembered.clear()
    new = add_claimant(None, submitted_claim().pk, NORA)
    assert old.email_hash != new.email_hash
    for each in (old, new):
        assert {row.pk for row in rows_of_person(Claimant.objects.get(pk=each.pk))} == {old.pk, new.pk}


def test_many_who_claim_cost_the_page_no_more_questions() -> None:
    some, many = submitted_claim(), submitted_claim()
    for claim, names in ((some, "abc"), (many, "abcdefgh")):
        for name in names:
            add_claimant(None, claim.pk, ToldClaimant("other", name=f"Passenger {name}", email=f"{name}@example.com"))
    desk = desk_of(staff("Compliance"))
    asked_for = []
    for claim in (some, some, many):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(claim_url(claim)).status_code == 200
        asked_for.append(len(queries))
    assert asked_for[2] == asked_for[1]


def somebody_waits_for_this() -> bool:
    """For a lock of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
        return bool(cursor.fetchone()[0])


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_being_set_is_waited_for_and_kept_to() -> None:
    claim = closed_long_ago(CustomerFactory.create())
    nora, ruth, is_set = nora_of(claim), staff("Compliance"), threading.Event()
    found: list[str] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                set_hold(ruth, claim.policy.customer_id, reason="A lawsuit")
                is_set.set()
                # Committed once the other waits for it, or did not, or has failed.
                latest = time.monotonic() + 10
                while not found and not somebody_waits_for_this() and time.monotonic() < latest:
                    time.sleep(0.02)  # between two looks
        finally:
            connection.close()

    def erase() -> None:
        try:
            is_set.wait(10)
            found.append(code_of(nora))
            call_command("apply_retention")
        finally:
            connection.close()

    threads = [threading.Thread(target=each) for each in (hold, erase)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == ["on_hold"]
    assert Claimant.objects.named().filter(pk=nora.pk).exists()
