"""What was sold at a product's rates is endorsed at them: the premium is proposed, and another one takes a reason."""

import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.quotes import services as quotes
from policies.rules import Endorsement
from policies.services import draft_endorsement, endorse_policy
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.policies.booking import fresh, running
from tests.quotes.making import HOUSE, covers, requested
from tests.workbench.desk import Answer, confirm, desk_of, hidden, local, send, source, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HIGHER = Decimal("450000.00")


@pytest.fixture
def at_priya() -> Client:
    return desk_of(underwriter())


def sold(limit: int = 300_000) -> Policy:
    """Homeowners' cover that was bound from a quote, from midnight today."""
    quote = quotes.price_quote(None, requested(starts_in=0, covers=covers(dwelling=limit), inputs=HOUSE).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    return fresh(policy)


def url(policy: Policy) -> str:
    return f"/admin/policies/policy/{policy.pk}/endorse/"


def typed(policy: Policy, **changes: str) -> dict[str, str]:
    amounts = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    return amounts | {"effective_date": local(policy.start_date), "reason": ""} | changes


def again(client: Client, policy: Policy, shown: Answer, **changes: str) -> Answer:
    """Sends the form as the page has it, but for what is typed now."""
    carried = hidden(source(shown), "command-form")
    return client.post(url(policy), typed(policy, premium_amount=carried["proposed"]) | carried | changes, follow=True)


def test_the_premium_of_a_higher_limit_is_proposed_and_booked_as_a_quote_would_have_it(at_priya: Client) -> None:
    policy, dearer = sold(), sold(450_000)
    shown = send(at_priya, url(policy), **typed(policy, coverage_amount=str(HIGHER)))
    assert f"Premium {policy.premium_amount:,} → {dearer.premium_amount:,}" in words(shown)
    assert f"At the rates that it was sold at, a whole term comes to ${dearer.premium_amount:,} on these figures." in words(shown)
    assert f'value="{dearer.premium_amount:,}"' in source(shown)
    assert fresh(policy).booked_versions == 1
    assert "is endorsed" in words(again(at_priya, policy, shown, coverage_amount=str(HIGHER)))
    assert (fresh(policy).premium_amount, fresh(policy).coverage_amount) == (dearer.premium_amount, HIGHER)


def test_from_a_day_on_it_is_charged_for_the_days_that_are_left(at_priya: Client) -> None:
    policy, dearer = sold(), sold(450_000)
    half = policy.start_date + datetime.timedelta(days=100)
    shown = send(at_priya, url(policy), **typed(policy, coverage_amount=str(HIGHER), effective_date=local(half)))
    again(at_priya, policy, shown, coverage_amount=str(HIGHER), effective_date=local(half))
    booked = policy.versions.latest("number")
    left = (policy.end_date - half).days / (policy.end_date - policy.start_date).days
    assert float(booked.premium_change) == pytest.approx(float(dearer.premium_amount - policy.premium_amount) * left, abs=0.02)


def test_another_premium_than_the_rates_come_to_takes_a_reason(at_priya: Client) -> None:
    policy = sold()
    wanted = {"coverage_amount": str(HIGHER), "premium_amount": "1500.00"}
    refused = send(at_priya, url(policy), **typed(policy, **wanted))
    assert "Say why the premium is another one." in words(refused)
    assert 'id="endorse_reason_error"' in source(refused)
    confirm(at_priya, url(policy), **typed(policy, **wanted, reason="Agreed with the broker."))
    assert (fresh(policy).premium_amount, policy.versions.latest("number").reason) == (Decimal("1500.00"), "Agreed with the broker.")


def test_to_leave_the_premium_as_it_was_is_another_one_too(at_priya: Client) -> None:
    policy = sold()
    before = str(policy.premium_amount)
    shown = send(at_priya, url(policy), **typed(policy, coverage_amount=str(HIGHER)))
    refused = again(at_priya, policy, shown, coverage_amount=str(HIGHER), premium_amount=before)
    assert "Say why the premium is another one." in words(refused)
    reason = {"coverage_amount": str(HIGHER), "premium_amount": before, "reason": "A promise of the agent."}
    seen = again(at_priya, policy, shown, **reason)
    assert "a whole term would come to" in words(seen)
    again(at_priya, policy, seen, **reason)
    assert (fresh(policy).premium_amount, fresh(policy).coverage_amount) == (policy.premium_amount, HIGHER)


def test_figures_that_are_changed_once_more_are_proposed_for_once_more(at_priya: Client) -> None:
    policy, cheaper = sold(), sold(200_000)
    shown = send(at_priya, url(policy), **typed(policy, coverage_amount=str(HIGHER)))
    lower = {"coverage_amount": "200000.00"}
    seen = again(at_priya, policy, shown, **lower)
    assert f"Premium {policy.premium_amount:,} → {cheaper.premium_amount:,}" in words(seen)
    again(at_priya, policy, seen, **lower)
    assert fresh(policy).premium_amount == cheaper.premium_amount


def test_a_program_is_told_what_the_rates_come_to_and_books_what_it_sends() -> None:
    policy, other, dearer = sold(), sold(), sold(450_000)
    caller, body = Caller(underwriter()), {"coverageAmount": float(HIGHER), "effectiveDate": policy.start_date.isoformat()}
    told = caller.post(f"/policies/{policy.pk}/endorse/preview", body)
    assert (told.data["ratedPremium"], told.data["premiumChange"]) == (dearer.premium_amount, 0)
    caller.post(f"/policies/{policy.pk}/endorse", body)
    assert fresh(policy).premium_amount == policy.premium_amount, "as ever: what is not sent stays"
    caller.post(f"/policies/{other.pk}/endorse", body | {"premiumAmount": 1500})
    assert fresh(other).premium_amount == Decimal("1500.00"), "as ever: what is sent is booked, and no reason is asked for"
    endorse_policy(None, dearer.pk, Endorsement({"coverage_amount": Decimal("300000.00"), "premium_amount": Decimal("1.00")}))
    assert fresh(dearer).premium_amount == Decimal("1.00")


def test_nothing_is_proposed_for_what_no_rates_have_made(at_priya: Client) -> None:
    policy = running()
    shown = send(at_priya, url(policy), **typed(policy, coverage_amount="777000.00"))
    assert "At the rates" not in words(shown)
    told = Caller(underwriter()).post(f"/policies/{policy.pk}/endorse/preview", {"coverageAmount": 777000})
    assert "ratedPremium" not in told.data


def test_where_rating_factors_make_the_premium_the_rates_keep_out() -> None:
    policy = sold()
    endorse_policy(None, policy.pk, Endorsement(factors={"roof": Decimal("1.2")}, effective_at=policy.start_date))
    draft = draft_endorsement(None, fresh(policy), Endorsement({"coverage_amount": HIGHER}, effective_at=timezone.now()))
    assert draft.rated is None
