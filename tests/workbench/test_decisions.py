from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from claims.models import Claim, ClaimTransition
from claims.services import add_note, approve_claim, close_claim, deny_claim
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim
from tests.workbench.desk import claim_url, confirm, desk_of, hidden, local, open_form, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(maya: User) -> Claim:
    return started_claim(maya)


@pytest.fixture
def large(maya: User) -> Claim:
    """More than an adjuster may approve alone: 59,000.00 payable."""
    return started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))


def now(claim: Claim) -> Claim:
    return Claim.objects.get(pk=claim.pk)


def steps(claim: Claim) -> list[str]:
    return list(claim.transitions.values_list("command", flat=True))


def test_starting_takes_one_click_and_makes_the_claim_the_starters(at_maya: Client, maya: User) -> None:
    claim = submitted_claim()
    answer = send(at_maya, claim_url(claim, "start"))
    assert "is started." in words(answer)
    assert (now(claim).status, now(claim).assignee) == ("processing", maya)


def test_approving_within_authority_approves_the_amount_that_was_typed(at_maya: Client, claim: Claim) -> None:
    answer = send(at_maya, claim_url(claim, "approve"), amount="$3,900.50", reason="Estimate agreed.")
    assert "Approved: $3,900.50 to Harold" in words(answer)
    assert (now(claim).status, now(claim).approved_amount) == ("approved", Decimal("3900.50"))
    assert "Estimate agreed." in words(answer)


def test_the_form_starts_with_what_is_payable_and_shows_the_authority(at_maya: Client, claim: Claim) -> None:
    page = at_maya.get(claim_url(claim, "approve"))
    assert 'value="4,000.00"' in source(page)
    assert "Within your authority" in words(page)
    assert "Your authority on this claim: $25,000.00" in words(page)


def test_an_amount_above_what_is_payable_is_refused_at_its_field_with_the_way_out(at_maya: Client, claim: Claim) -> None:
    answer = send(at_maya, claim_url(claim, "approve"), amount="4,000.01", reason="My reason stays.")
    text = words(answer)
    assert answer.status_code == 409
    assert "Not done: 1 field to correct. Nothing was saved." in text
    assert "Amount is 0.01 above what is payable (4,000.00). Enter 4,000.00 or less" in text
    assert "Use 4,000.00" in text
    assert 'value="4,000.01"' in source(answer)
    assert "My reason stays." in source(answer)
    assert 'aria-invalid="true"' in source(answer)
    assert now(claim).status == "processing"


@pytest.mark.parametrize("amount", ["", "abc", "-1", "1.005", "NaN", "Infinity", "1e400", "9" * 30, "1,0.0.0"])
def test_what_is_not_an_amount_is_refused_at_its_field(at_maya: Client, claim: Claim, amount: str) -> None:
    answer = send(at_maya, claim_url(claim, "approve"), amount=amount)
    assert answer.status_code == 422
    assert 'id="approve_amount_error"' in source(answer)
    assert steps(claim) == ["submit", "start"]


def test_above_ones_authority_the_form_says_so_before_anybody_presses(at_maya: Client, large: Claim) -> None:
    text = words(at_maya.get(claim_url(large, "approve")))
    assert "Second person needed" in text
    assert "over by 34,000.00" in text
    assert "Send to a second person" in text


def test_what_nobody_can_approve_is_not_sent_to_a_second_person(at_maya: Client, large: Claim) -> None:
    answer = send(at_maya, claim_url(large, "approve"), amount="59000.01")
    assert "Not approved" in words(answer)
    assert "Second person needed" not in words(answer)
    assert "data-needs-second hidden" in source(answer)


def test_above_ones_authority_the_claim_waits_for_a_second_person(at_maya: Client, maya: User, large: Claim) -> None:
    answer = send(at_maya, claim_url(large, "approve"), amount="59,000.00")
    assert "Sent to a second person: $59,000.00 is above your authority." in words(answer)
    fresh = now(large)
    assert (fresh.status, fresh.stage, fresh.proposed_amount, fresh.proposed_by) == (
        "processing",
        "awaiting_approval",
        Decimal("59000.00"),
        maya,
    )


def test_the_one_who_asked_cannot_be_the_second_person(at_maya: Client, maya: User, large: Claim) -> None:
    approve_claim(maya, large.pk)
    text = words(at_maya.get(claim_url(large, "approve")))
    assert "You asked for $59,000.00 yourself." in text
    fields = {"amount": "59000.00", "version": str(now(large).version)}
    at_maya.post(claim_url(large, "approve"), fields)
    assert now(large).status == "processing"


def test_a_supervisor_approves_as_the_second_person(at_daniel: Client, maya: User, large: Claim) -> None:
    approve_claim(maya, large.pk)
    form = words(at_daniel.get(claim_url(large, "approve")))
    assert "As second person" in form
    assert "Asked by Maya Okafor for $59,000.00." in form
    send(at_daniel, claim_url(large, "approve"), amount="59,000.00")
    assert now(large).approved_amount == Decimal("59000.00")
    assert large.transitions.last().basis == "second_person"  # type: ignore[union-attr]
    assert "As second person" in words(at_daniel.get(claim_url(large)))


def test_denying_needs_a_reason(at_maya: Client, claim: Claim) -> None:
    answer = send(at_maya, claim_url(claim, "deny"), reason="   ")
    assert answer.status_code == 422
    assert "Reason is missing." in words(answer)
    assert now(claim).status == "processing"


def test_denying_keeps_the_reason_in_the_history(at_daniel: Client, claim: Claim) -> None:
    answer = confirm(at_daniel, claim_url(claim, "deny"), reason="Wear and tear,\nHO-3 section I.A.2(c).", reason_code="other")
    assert now(claim).status == "denied"
    assert "Daniel Reyes denied the claim" in words(answer)
    assert "HO-3 section I.A.2(c)." in words(answer)


def test_characters_that_cannot_be_printed_are_refused_at_their_field(at_maya: Client, claim: Claim) -> None:
    for text in ("bad\x00reason", "bad\x07reason"):
        answer = send(at_maya, claim_url(claim, "deny"), reason=text)
        assert answer.status_code == 422
    assert now(claim).status == "processing"


def test_a_second_click_does_it_once_and_says_so(at_maya: Client, claim: Claim) -> None:
    for command, fields in (("approve", {"amount": "4000.00"}), ("close", {"reason": ""})):
        sent = open_form(at_maya, claim_url(claim, command)) | fields
        at_maya.post(claim_url(claim, command), sent)
        again = at_maya.post(claim_url(claim, command), sent, follow=True)
        assert again.status_code == 200
        assert "Your second click changed nothing." in words(again)
    assert steps(claim) == ["submit", "start", "approve", "close"]


def test_another_amount_sent_from_an_old_page_is_not_taken_for_a_second_click(at_maya: Client, large: Claim) -> None:
    sent = open_form(at_maya, claim_url(large, "approve"))
    at_maya.post(claim_url(large, "approve"), sent | {"amount": "59000.00"})
    again = at_maya.post(claim_url(large, "approve"), sent | {"amount": "20000.00"}, follow=True)
    assert again.status_code == 412
    assert "was changed while you were writing" in words(again)
    assert now(large).stage == "awaiting_approval"


def test_a_decision_on_a_claim_that_changed_meanwhile_shows_what_changed(at_daniel: Client, at_maya: Client, claim: Claim) -> None:
    sent = open_form(at_daniel, claim_url(claim, "approve"))
    send(
        at_maya,
        claim_url(claim, "edit"),
        "edit-form",
        claim_type="water_damage",
        claim_amount="4,400.00",
        incident_date=local(claim.incident_date),
    )
    answer = at_daniel.post(claim_url(claim, "approve"), sent | {"amount": "3000.00", "reason": "Typed before."})
    text = words(answer)
    assert answer.status_code == 412
    assert "This claim was changed while you were writing" in text
    assert "by Maya Okafor" in text
    assert "Claimed 5,000.00 5,000.00 4,400.00" in text
    assert "Typed before." in source(answer)
    assert now(claim).status == "processing"


def test_after_reading_what_changed_the_same_form_can_be_sent_again(at_daniel: Client, maya: User, claim: Claim) -> None:
    sent = open_form(at_daniel, claim_url(claim, "approve"))
    Claim.objects.get(pk=claim.pk).save()
    page = at_daniel.post(claim_url(claim, "approve"), sent | {"amount": "3000.00"})
    at_daniel.post(claim_url(claim, "approve"), hidden(source(page), "command-form") | {"amount": "3000.00"})
    assert now(claim).status == "approved"


def test_a_step_that_the_state_does_not_allow_is_refused_in_words(at_maya: Client, maya: User, claim: Claim) -> None:
    deny_claim(maya, claim.pk, reason="No cover.")
    fields = {"amount": "1.00", "version": str(now(claim).version)}
    answer = desk_of(adjuster()).post(claim_url(claim, "approve"), fields)
    assert answer.status_code == 403
    answer = at_maya.post(claim_url(claim, "approve"), fields)
    assert answer.status_code == 409
    assert "approve is for a claim that is processing" in words(answer)


def test_another_adjuster_cannot_decide_even_by_posting(claim: Claim) -> None:
    answer = desk_of(adjuster()).post(claim_url(claim, "approve"), {"amount": "1.00", "version": str(claim.version)})
    assert answer.status_code == 403
    assert now(claim).status == "processing"


def test_reopening_needs_a_supervisor_and_a_reason(at_daniel: Client, maya: User, claim: Claim) -> None:
    deny_claim(maya, claim.pk, reason="No cover.")
    close_claim(maya, claim.pk)
    assert send(at_daniel, claim_url(claim, "reopen"), reason="").status_code == 422
    send(at_daniel, claim_url(claim, "reopen"), reason="A new report came in.")
    assert (now(claim).status, now(claim).closed_at) == ("processing", None)


def test_a_supervisor_gives_a_claim_to_somebody_else(at_daniel: Client, claim: Claim) -> None:
    tom = adjuster(first_name="Tom", last_name="Lindqvist")
    assert "Tom Lindqvist, 0 open" in words(at_daniel.get(claim_url(claim, "assign")))
    answer = send(at_daniel, claim_url(claim, "assign"), assignee=str(tom.pk))
    assert f"{claim} is now Tom Lindqvist’s." in words(answer)
    assert now(claim).assignee == tom


def test_a_claim_is_only_deleted_where_the_rules_allow_it(at_daniel: Client, daniel: User, claim: Claim) -> None:
    pending = submitted_claim()
    answer = send(at_daniel, claim_url(pending, "remove"))
    assert "is deleted." in words(answer)
    assert not Claim.objects.filter(pk=pending.pk).exists()
    refused = at_daniel.post(claim_url(claim, "remove"), {"version": str(claim.version)})
    assert refused.status_code == 409
    assert Claim.objects.filter(pk=claim.pk).exists()


def test_messages_are_about_this_click_only(at_maya: Client) -> None:
    claim = submitted_claim()
    answer = at_maya.post(claim_url(claim, "start"), open_form(at_maya, claim_url(claim, "start")))
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [f"{claim} is started."]


def test_text_that_people_wrote_is_never_markup(at_maya: Client, maya: User, claim: Claim) -> None:
    add_note(maya, claim.pk, text="<img src=x onerror=alert(1)>")
    page = source(at_maya.get(claim_url(claim)))
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_a_post_without_the_token_of_the_page_is_refused(maya: User, claim: Claim) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(maya, backend="django.contrib.auth.backends.ModelBackend")
    answer = strict.post(claim_url(claim, "deny"), {"reason": "x"})
    assert answer.status_code == 403
    assert "The page was open too long" in source(answer)
    assert ClaimTransition.objects.filter(claim=claim, command="deny").count() == 0


def test_giving_a_claim_to_another_person_from_an_old_page_is_not_taken_for_a_second_click(at_daniel: Client, claim: Claim) -> None:
    tom, ann = adjuster(first_name="Tom", last_name="Lindqvist"), adjuster(first_name="Ann", last_name="Berg")
    sent = open_form(at_daniel, claim_url(claim, "assign"))
    at_daniel.post(claim_url(claim, "assign"), sent | {"assignee": str(tom.pk)})
    again = at_daniel.post(claim_url(claim, "assign"), sent | {"assignee": str(ann.pk)}, follow=True)
    assert again.status_code == 412
    assert "was changed while you were writing" in words(again)
    assert now(claim).assignee == tom
    at_daniel.post(claim_url(claim, "assign"), hidden(source(again), "command-form") | {"assignee": str(ann.pk)})
    assert now(claim).assignee == ann


def test_giving_a_claim_to_the_same_person_twice_gives_it_once_and_says_so(at_daniel: Client, claim: Claim) -> None:
    tom = adjuster()
    sent = open_form(at_daniel, claim_url(claim, "assign")) | {"assignee": str(tom.pk)}
    at_daniel.post(claim_url(claim, "assign"), sent)
    again = at_daniel.post(claim_url(claim, "assign"), sent, follow=True)
    assert "Your second click changed nothing." in words(again)
    assert steps(claim) == ["submit", "start", "assign"]


def test_taking_a_claim_that_one_has_just_given_away_is_not_taken_for_a_second_click(at_daniel: Client) -> None:
    claim, tom = submitted_claim(), adjuster()
    sent = open_form(at_daniel, claim_url(claim, "take"))
    send(at_daniel, claim_url(claim, "assign"), assignee=str(tom.pk))
    again = at_daniel.post(claim_url(claim, "take"), sent)
    assert again.status_code == 412
    assert "second click" not in words(again)
    assert now(claim).assignee == tom
