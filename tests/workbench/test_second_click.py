"""A second click is the same form sent again. What else is refused is refused at its field, whoever gave the same command last."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from claims.models import Claim
from claims.services import approve_claim
from customers.models import ContactEntry
from policies.models import Policy
from tests.api.test_same_instant import at_once
from tests.factories import CustomerFactory, PolicyFactory, started_claim, underwriter
from tests.policies.booking import fresh, running
from tests.workbench.desk import claim_url, confirm, desk_of, hidden, local, open_form, send, source, words
from tests.workbench.test_policy_commands import look, terms, url
from vanguard.accounts.models import User
from vanguard.models import IdempotencyKey

pytestmark = pytest.mark.django_db
SAYS = "Your second click changed nothing."


def approved(owner: User) -> Claim:
    claim = started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal("8000.00"))
    approve_claim(owner, claim.pk)
    return Claim.objects.get(pk=claim.pk)


def asking(amount: str) -> dict[str, str]:
    return {"amount": amount, "cost_type": "indemnity", "payee": "Harold Finch"}


def endorsed(client: Client, policy: Policy) -> None:
    confirm(client, url(policy, "endorse"), **terms(fresh(policy), coverage_amount="30,000.00"))
    assert fresh(policy).booked_versions == 2


def seen(client: Client, policy: Policy, **changes: str) -> dict[str, Any]:
    """The endorsement form after its figures were shown, ready to be sent."""
    form = terms(fresh(policy), **changes)
    return hidden(source(look(client, policy, "endorse", **form)), "command-form") | form


def test_a_refusal_on_a_page_opened_afresh_is_said_at_its_field_also_after_the_same_command(at_priya: Client) -> None:
    policy = running()
    endorsed(at_priya, policy)
    outside = local(policy.end_date + timedelta(days=30))
    answer = send(at_priya, url(policy, "endorse"), **terms(fresh(policy), coverage_amount="31,000.00", effective_date=outside))
    assert answer.status_code == 409
    assert 'id="endorse_effective_date_error"' in source(answer)
    assert SAYS not in words(answer)
    assert "31,000.00" in source(answer)


@pytest.mark.parametrize("what", ["renew", "remove"])
def test_a_second_click_on_what_leaves_no_form_or_no_record_behind_says_what_the_first_one_did(at_priya: Client, what: str) -> None:
    policy = running()
    names = ("coverage_amount", "deductible_amount", "policy_type", "premium_amount")
    offered = {name: str(getattr(policy, name)) for name in names} | {"end_date": local(policy.end_date + timedelta(days=365))}
    typed = open_form(at_priya, url(policy, what)) | (offered if what == "renew" else {})
    first = at_priya.post(url(policy, what), typed)
    # A form that shows what it comes to is sent once more, as the page has it.
    if first.status_code == 200:
        typed = hidden(source(first), "command-form") | typed | hidden(source(first), "command-form")
        first = at_priya.post(url(policy, what), typed)
    assert first.status_code == 302
    policies = Policy.objects.count()
    answer = at_priya.post(url(policy, what), typed, follow=True)
    assert (answer.status_code, SAYS in words(answer)) == (200, True)
    assert Policy.objects.count() == policies


def test_a_second_click_is_told_to_who_clicked_first_and_nobody_else(at_priya: Client) -> None:
    policy = running()
    typed = open_form(at_priya, url(policy, "remove"))
    assert at_priya.post(url(policy, "remove"), typed).status_code == 302
    assert desk_of(underwriter()).post(url(policy, "remove"), typed).status_code == 404


def test_two_tabs_of_one_person_that_ask_for_different_things_show_the_difference(at_priya: Client) -> None:
    policy = running()
    first, second = seen(at_priya, policy, coverage_amount="30,000.00"), seen(at_priya, policy, deductible_amount="3,000.00")
    at_priya.post(url(policy, "endorse"), first)
    assert fresh(policy).coverage_amount == Decimal("30000.00")
    answer = at_priya.post(url(policy, "endorse"), second, follow=True)
    assert answer.status_code == 412
    assert SAYS not in words(answer)
    assert "was changed while you were writing" in words(answer)
    assert fresh(policy).booked_versions == 2


def test_more_than_is_left_is_refused_with_the_reason_also_after_a_payment_was_asked_for(maya: User, at_maya: Client) -> None:
    claim = approved(maya)
    send(at_maya, claim_url(claim, "pay"), **asking("1,000.00"))
    answer = send(at_maya, claim_url(claim, "pay"), **asking("7,000.00"))
    assert SAYS not in words(answer)
    assert "above what is approved and left (6,000.00)" in words(answer)
    assert claim.payments.count() == 1


def test_a_second_part_payment_from_an_older_tab_is_not_swallowed(maya: User, at_maya: Client) -> None:
    claim = approved(maya)
    first, second = (open_form(at_maya, claim_url(claim, "pay")) | asking(amount) for amount in ("1,000.00", "2,500.00"))
    at_maya.post(claim_url(claim, "pay"), first)
    answer = at_maya.post(claim_url(claim, "pay"), second, follow=True)
    assert answer.status_code == 412
    assert SAYS not in words(answer)
    at_maya.post(claim_url(claim, "pay"), hidden(source(answer), "command-form") | asking("2,500.00"))
    assert sorted(payment.amount for payment in claim.payments.all()) == [Decimal("1000.00"), Decimal("2500.00")]


def test_the_second_click_says_what_the_first_did_and_when_and_leads_there(maya: User, at_maya: Client) -> None:
    claim = approved(maya)
    sent = open_form(at_maya, claim_url(claim, "pay")) | asking("1,000.00")
    first: Any = at_maya.post(claim_url(claim, "pay"), sent)
    second: Any = at_maya.post(claim_url(claim, "pay"), sent)
    assert second.url == first.url
    page = words(at_maya.get(second.url))
    assert "You did this at Today" in page
    assert SAYS in page
    assert claim.payments.count() == 1


def test_what_a_form_did_is_kept_a_day_and_encrypted(maya: User, at_maya: Client) -> None:
    claim = approved(maya)
    sent = open_form(at_maya, claim_url(claim, "pay")) | asking("1,000.00")
    at_maya.post(claim_url(claim, "pay"), sent)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM vanguard_idempotencykey")
        kept = str(cursor.fetchall())
    assert kept != "[]"
    assert "1,000.00" not in kept
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert SAYS not in words(at_maya.post(claim_url(claim, "pay"), sent, follow=True))


def test_another_person_who_sends_the_same_is_told_of_the_change_and_not_of_a_click(at_priya: Client) -> None:
    policy = running()
    other = desk_of(underwriter())
    mine, theirs = (seen(client, policy, coverage_amount="30,000.00") for client in (at_priya, other))
    at_priya.post(url(policy, "endorse"), mine)
    answer = other.post(url(policy, "endorse"), theirs, follow=True)
    assert answer.status_code == 412
    assert SAYS not in words(answer)


def test_the_same_words_are_written_down_twice_from_two_openings_of_the_page_and_once_from_one(at_priya: Client) -> None:
    customer = CustomerFactory.create()
    page = f"/admin/customers/customer/{customer.pk}/contact/"
    given = {"channel": "call", "direction": "incoming", "happened_at": "", "text": "Asked for the schedule."}
    sent = open_form(at_priya, page) | given
    for _ in range(2):
        at_priya.post(page, sent)
    assert ContactEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_do_it_once_and_no_page_breaks(maya: User, at_maya: Client) -> None:
    claim = approved(maya)
    sent = open_form(at_maya, claim_url(claim, "pay")) | asking("1,000.00")
    clients = [desk_of(maya) for _ in range(4)]

    def click(client: Client) -> Any:
        return client.post(claim_url(claim, "pay"), sent)

    answers: Any = at_once(*[partial(click, client) for client in clients])
    assert {answer.status_code for answer in answers} <= {302, 409, 412, 503}
    assert claim.payments.count() == 1
