"""Forms that stay in their dialog: what the server answers a page's script with, at the address of the form's own page."""

import re
from typing import Any

import pytest
from django.test import Client

from claims.diary.models import DiaryEntry
from claims.models import Claim, ClaimPayment, LedgerEntry, Status
from claims.services import approve_claim
from tests.authenticators import Enrolled
from tests.factories import adjuster, staff, started_claim, submitted_claim
from tests.workbench.desk import claim_url, desk_of, hidden, source
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]
IN_A_DIALOG: dict[str, Any] = {"headers": {"X-Dialog": "1"}}


def sent(client: Client, claim: Claim, command: str, **fields: Any) -> Any:
    """The form of the claim page's dialog, filled in and sent as the script does it."""
    carried = hidden(source(client.get(claim_url(claim))), f"do-{command}-form")
    return client.post(claim_url(claim, command), carried | fields, **IN_A_DIALOG)


def is_a_form(answer: Any) -> bool:
    """Whether it is the inside of a dialog, and nothing around it."""
    return bool(answer.headers.get("X-Dialog") == "form" and "<html" not in source(answer) and "<form" in source(answer))


def error_of(page: str, field: str) -> str:
    """What is said beside a field, and by which the field says that it is described."""
    assert re.search(rf'aria-invalid="true"[^>]*id="{field}"|id="{field}"[^>]*aria-invalid="true"', page), field
    found = re.search(rf'id="{field}_error">.*?<span class="wb-text">(.*?)</span>', page, re.S)
    return found[1].strip() if found else ""


def test_what_is_refused_comes_back_alone_with_its_error_beside_the_field(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    answer = sent(at_maya, claim, "reserve", amount="a lot", cost_type="indemnity", reason="Estimate")
    assert answer.status_code == 422
    assert is_a_form(answer)
    assert error_of(source(answer), "reserve_amount") == "Enter an amount, such as 9,190.00."
    assert "Nothing was saved." in source(answer)
    assert 'value="a lot"' in source(answer)
    assert "Estimate" in source(answer)


def test_what_is_done_says_where_to_go_on_and_the_page_there_says_what_was_done(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    answer = sent(at_maya, claim, "reserve", amount="2,500.00", cost_type="indemnity", reason="Estimate")
    assert answer.json() == {"next": claim_url(claim)}
    assert "$2,500.00 is outstanding on" in source(at_maya.get(claim_url(claim)))


def test_a_reserve_beyond_the_authority_is_warned_of_in_the_dialog_and_set_by_sending_it_again(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    given = {"amount": "99,000.00", "cost_type": "indemnity", "reason": "Estimate"}
    shown = sent(at_maya, claim, "reserve", **given)
    assert is_a_form(shown)
    assert "is beyond your authority" in source(shown)
    again = at_maya.post(claim_url(claim, "reserve"), hidden(source(shown), "do-reserve-form") | given, **IN_A_DIALOG)
    assert again.json() == {"next": claim_url(claim)}


def test_a_letter_is_shown_in_the_dialog_and_goes_with_the_second_sending(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    given = {"reason": "Wear and tear is not covered.", "reason_code": "other", "clause": ""}
    shown = sent(at_maya, claim, "deny", **given)
    assert is_a_form(shown)
    assert "Wear and tear is not covered." in source(shown)
    assert "Deny and send this letter" in source(shown)
    done = at_maya.post(claim_url(claim, "deny"), hidden(source(shown), "do-deny-form") | given, **IN_A_DIALOG)
    assert done.json() == {"next": claim_url(claim)}
    assert Claim.objects.get(pk=claim.pk).status == Status.DENIED


def test_a_stale_page_is_told_so_in_the_dialog_and_the_next_sending_is_about_the_claim_as_it_is_now(
    at_maya: Client, maya: User, at_daniel: Client
) -> None:
    claim = started_claim(maya)
    carried = hidden(source(at_maya.get(claim_url(claim))), "do-reserve-form")
    assert sent(at_daniel, claim, "approve", amount="1,000.00").json()
    given = {"amount": "700", "cost_type": "expense", "reason": "Surveyor"}
    stale = at_maya.post(claim_url(claim, "reserve"), carried | given, **IN_A_DIALOG)
    assert stale.status_code == 412
    assert is_a_form(stale)
    assert "was changed while you were writing" in source(stale)
    assert not LedgerEntry.objects.filter(claim=claim, cost_type="expense").exists()
    again = at_maya.post(claim_url(claim, "reserve"), hidden(source(stale), "do-reserve-form") | given, **IN_A_DIALOG)
    assert again.json() == {"next": claim_url(claim)}


def test_the_facts_and_the_diary_are_opened_in_dialogs_too(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    entry = DiaryEntry.objects.open().get(claim=claim)
    facts = at_maya.get(claim_url(claim, "edit"), **IN_A_DIALOG)
    assert is_a_form(facts)
    assert "Save the facts" in source(facts)
    refused = at_maya.post(claim_url(claim, "edit"), hidden(source(facts), "do-edit-form") | {"claim_type": "hail"}, **IN_A_DIALOG)
    assert error_of(source(refused), "edit_claim_amount") == "Claimed is missing."
    done = at_maya.get(f"/admin/diary/diaryentry/{entry.pk}/done/", **IN_A_DIALOG)
    assert is_a_form(done)
    assert "Back to the claim" in source(done)
    said = at_maya.post(f"/admin/diary/diaryentry/{entry.pk}/done/", {"outcome": "Reached her."}, **IN_A_DIALOG)
    assert said.json() == {"next": claim_url(claim)}


def test_a_form_that_has_its_place_on_the_page_comes_back_with_ids_of_its_own(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    refused = at_maya.post(claim_url(claim, "note"), {"text": "a\x00b"}, **IN_A_DIALOG)
    assert refused.status_code == 422
    assert error_of(source(refused), "again_note_text") == "Remove the characters that cannot be printed."
    assert 'for="again_note_text"' in source(refused)


def test_why_a_command_cannot_be_given_is_said_in_the_dialog(at_maya: Client, maya: User) -> None:
    claim = started_claim(adjuster(email="ines@vanguard.example", first_name="Ines", last_name="Calloway"))
    answer = at_maya.get(claim_url(claim, "reserve"), **IN_A_DIALOG)
    assert answer.headers["X-Dialog"] == "form"
    assert "This claim is Ines Calloway’s." in source(answer)
    assert 'name="amount"' not in source(answer)


def test_what_a_dialog_cannot_show_is_answered_as_always(at_maya: Client, daniel: User) -> None:
    claim = submitted_claim()
    assert "X-Dialog" not in at_maya.get(claim_url(claim, "assign"), **IN_A_DIALOG).headers
    assert at_maya.get(claim_url(claim, "assign"), **IN_A_DIALOG).status_code == 403
    assert Client().get(claim_url(claim, "take"), **IN_A_DIALOG).status_code == 302
    payable = approve_claim(daniel, started_claim(daniel).pk)
    given = {"amount": "100", "cost_type": "indemnity", "payee": "Rosa Delgado"}
    asked = desk_of(Enrolled(staff("Finance")).user).post(claim_url(payable, "pay"), given, **IN_A_DIALOG)
    assert (asked.status_code, "X-Dialog" in asked.headers) == (403, False)
    assert "Confirm that it is you" in source(asked)
    assert not ClaimPayment.objects.exists()
