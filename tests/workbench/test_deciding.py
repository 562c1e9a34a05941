"""Denials, appeals, questions and letters at the desk: the letter is shown before it goes."""

import re

import pytest
from django.test import Client

from claims.models import Claim
from claims.services import appeal_claim, deny_claim, update_claim, write_letter
from tests.factories import adjuster, started_claim, superuser
from tests.workbench.desk import claim_url, confirm, desk_of, hidden, open_form, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(maya: User) -> Claim:
    return started_claim(maya)


def now(claim: Claim) -> Claim:
    return Claim.objects.get(pk=claim.pk)


def test_a_denial_shows_its_letter_first_and_nothing_is_done(at_maya: Client, claim: Claim) -> None:
    url = claim_url(claim, "deny")
    shown = at_maya.post(url, open_form(at_maya, url) | {"reason_code": "excluded_peril", "clause": "", "reason": "The pipe had rusted."})
    text = words(shown)
    for part in (
        "Nothing is sent yet",
        "Our decision on your claim",
        "The pipe had rusted.",
        "Clause E.1",
        "California Department of Insurance",
    ):
        assert part in text
    assert "Deny and send this letter" in text
    assert now(claim).status == "processing"
    assert not claim.letters.exists()


def test_what_was_shown_is_what_goes_and_it_stands_on_the_claims_page(at_maya: Client, claim: Claim) -> None:
    answer = confirm(at_maya, claim_url(claim, "deny"), reason_code="excluded_peril", clause="E.2", reason="The creek rose.")
    text = words(answer)
    assert "The letter is in the file." in text
    for part in ("Denied", "Excluded cause", "E.2 Water and earth", "We do not pay for flood", "Our decision on your claim"):
        assert part in text
    letter = claim.letters.get()
    assert f"/admin/letters/claimletter/{letter.pk}/download/" in source(answer)
    file = at_maya.get(f"/admin/letters/claimletter/{letter.pk}/download/")
    assert file.content.startswith(b"%PDF-")
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_what_is_changed_after_the_letter_was_shown_is_shown_again(at_maya: Client, claim: Claim) -> None:
    url, fields = claim_url(claim, "deny"), {"reason_code": "other", "clause": "", "reason": "Rust"}
    carried = hidden(source(at_maya.post(url, open_form(at_maya, url) | fields)), "command-form")
    again = at_maya.post(url, carried | fields | {"reason": "Rot"})
    assert "In your case: Rot" in words(again)
    assert now(claim).status == "processing"
    update_claim(None, claim.pk, version=None, changes={"description": "Meanwhile"})
    assert at_maya.post(url, carried | fields).status_code == 412
    assert now(claim).status == "processing"


def test_grounds_and_clauses_are_offered_and_a_wrong_one_is_refused_at_its_field(at_maya: Client, claim: Claim) -> None:
    page = source(at_maya.get(claim_url(claim, "deny")))
    assert 'value="late_notice"' in page
    assert 'value="G.1"' in page
    answer = send(at_maya, claim_url(claim, "deny"), reason_code="because", reason="x")
    assert answer.status_code == 422
    assert 'id="deny_reason_code_error"' in source(answer)


def test_an_appeal_is_recorded_and_shows_who_may_not_decide(at_maya: Client, at_daniel: Client, maya: User, claim: Claim) -> None:
    deny_claim(maya, claim.pk, reason="Rust")
    answer = send(at_maya, claim_url(claim, "appeal"), reason="It burst in the frost.")
    text = words(answer)
    assert "The appeal is recorded; decide it by" in text
    assert "It needs an owner who did not decide before." in text
    assert "another person than Okafor, Maya decides" in text or "another person than Maya Okafor decides" in text
    assert "You made the decision that is appealed" in text
    refused = at_maya.post(claim_url(claim, "deny"), {"reason": "Again", "reason_code": "other", "version": str(now(claim).version)})
    again = at_maya.post(claim_url(claim, "deny"), hidden(source(refused), "command-form") | {"reason": "Again", "reason_code": "other"})
    assert again.status_code == 409
    assert "another person decides on the appeal" in words(again)
    upheld = confirm(at_daniel, claim_url(claim, "deny"), reason="Rot, says the expert", reason_code="excluded_peril")
    assert "Upheld: denied again" in words(upheld)
    assert "Denied again" in words(upheld)


def test_approving_on_appeal_says_that_it_is_overturned(at_daniel: Client, maya: User, claim: Claim) -> None:
    appeal_claim(None, deny_claim(maya, claim.pk, reason="Rust").pk, reason="No rust")
    answer = send(at_daniel, claim_url(claim, "approve"), amount="4,000.00")
    assert "Overturned: paid after all" in words(answer)
    assert "Our decision on your appeal" in words(answer)


def test_asking_shows_the_letter_and_the_claim_waits_until_the_answer_is_recorded(at_maya: Client, claim: Claim) -> None:
    page = at_maya.get(claim_url(claim))
    assert 'data-key="i"' in source(page)
    fields = {"question": "Two photos of the pipe", "asked_of": "Harold Finch", "until": "2099-12-31"}
    waiting = confirm(at_maya, claim_url(claim, "ask"), **fields)
    assert "waits for information" in words(waiting)
    assert "for Harold Finch, until 31 Dec 2099" in words(waiting)
    done = send(at_maya, claim_url(claim, "received"), note="Came by mail")
    assert "goes on." in words(done)
    assert (now(claim).stage, claim.information_requests.get().note) == ("investigation", "Came by mail")


def test_a_letter_on_demand_is_shown_and_then_kept(at_maya: Client, claim: Claim) -> None:
    page = source(at_maya.get(claim_url(claim, "letter")))
    assert 'value="status"' in page
    assert 'value="approval"' not in page
    answer = confirm(at_maya, claim_url(claim, "letter"), kind="status")
    assert "Where your claim stands" in words(answer)
    assert claim.letters.get().kind == "status"


def test_the_proof_leads_to_the_clauses_and_the_checks_to_the_policy_as_it_was_known(at_maya: Client, maya: User, claim: Claim) -> None:
    page = source(at_maya.get(claim_url(claim)))
    assert "clause G.3" in page
    assert f"/admin/policies/policy/{claim.policy_id}/change/?effective=" in page
    assert "&known=" in page or "&amp;known=" in page
    update_claim(maya, claim.pk, version=None, changes={"depreciation": 500})
    text = words(at_maya.get(claim_url(claim)))
    assert "Depreciation" in text
    assert "is paid when the repair is shown" in text


def test_reasons_and_texts_are_data_of_administrators(claim: Claim) -> None:
    desk = desk_of(superuser())
    assert "Excluded cause" in words(desk.get("/admin/decisions/denialreason/"))
    assert "10, section 2695.7(b)(3)" in words(desk.get("/admin/letters/jurisdictiontext/"))
    assert desk.get("/admin/decisions/denialreason/other/delete/").status_code == 403


def test_letters_of_what_others_handle_are_read_by_all_staff_and_by_nobody_without_a_role(claim: Claim) -> None:
    letter = write_letter(None, claim.pk, kind="acknowledgement").letter
    url = f"/admin/letters/claimletter/{letter.pk}/download/"
    assert desk_of(adjuster()).get(url).status_code == 200
    assert Client().get(url).status_code == 302


def test_a_second_click_on_the_letter_denies_once_and_says_so(at_maya: Client, claim: Claim) -> None:
    url, fields = claim_url(claim, "deny"), {"reason_code": "other", "clause": "", "reason": "Rust"}
    carried = hidden(source(at_maya.post(url, open_form(at_maya, url) | fields)), "command-form") | fields
    at_maya.post(url, carried)
    again = at_maya.post(url, carried, follow=True)
    assert "Your second click changed nothing." in words(again)
    assert claim.denials.count() == claim.letters.count() == 1


def test_no_ground_is_chosen_before_somebody_chooses_it(at_maya: Client, claim: Claim) -> None:
    grounds = source(at_maya.get(claim_url(claim, "deny"))).partition('name="reason_code"')[2].partition("</select>")[0]
    assert re.findall(r'value="([^"]*)" selected', grounds) == [""]
    answer = send(at_maya, claim_url(claim, "deny"), reason="Rust", reason_code="")
    assert "Ground is missing." in words(answer)
    assert now(claim).status == "processing"
