"""Where two terms meet, what a correction of the one comes to on the other is told before it is booked."""

import datetime

import pytest
from django.test import Client

from policies.models import Policy
from policies.quotes.models import Quote
from policies.services import draft_correction, renew_policy, update_policy
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.policies.booking import fresh
from tests.workbench.desk import confirm, desk_of, hidden, open_form, source, words
from tests.workbench.test_correcting_terms import edit, sold, typed, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)


@pytest.fixture
def at_priya() -> Client:
    return desk_of(underwriter(first_name="Priya", last_name="Nair"))


def renewed() -> tuple[Policy, Policy]:
    prior = sold(180)
    return prior, renew_policy(None, prior.pk)


def test_what_it_comes_to_on_the_earlier_term_is_shown_before_it_is_booked(at_priya: Client) -> None:
    prior, renewal = renewed()
    start = renewal.start_date + 90 * DAY
    draft = draft_correction(None, renewal, {"start_date": start})
    assert [(each.policy, each.premium_change > 0) for each in draft.along] == [(prior, True)]
    shown = words(edit(at_priya, renewal, start_date=f"{start:%Y-%m-%dT%H:%M}"))
    assert f"{prior.policy_number} is moved along" in shown
    assert f"premium +{draft.along[0].premium_change:,}" in shown
    confirm(at_priya, url(renewal, "edit"), **typed(renewal, start_date=f"{start:%Y-%m-%dT%H:%M}"))
    moved = fresh(prior)
    assert (moved.end_date, moved.premium_amount) == (start, prior.premium_amount + draft.along[0].premium_change)


def test_figures_of_the_earlier_term_that_changed_meanwhile_are_shown_again(at_priya: Client) -> None:
    prior, renewal = renewed()
    form = typed(renewal, start_date=f"{renewal.start_date + 90 * DAY:%Y-%m-%dT%H:%M}")
    page = url(renewal, "edit")
    shown = at_priya.post(page, open_form(at_priya, page) | form)
    update_policy(None, prior.pk, version=None, changes={"premium_amount": prior.premium_amount * 2})
    again = at_priya.post(page, hidden(source(shown), "command-form") | form, follow=True)
    assert "Nothing is booked yet" in words(again)
    assert fresh(renewal).booked_versions == 1


def test_an_earlier_term_that_the_rates_cannot_tell_keeps_its_price_of_a_day() -> None:
    for_api, for_service = renewed(), renewed()
    Quote.objects.filter(policy__in=[for_api[0], for_service[0]]).update(inputs={})
    for prior, renewal in (for_api, for_service):
        start = renewal.start_date + 90 * DAY
        if prior is for_api[0]:
            sent = {"startDate": start.isoformat()}
            answer = Caller(underwriter()).patch(f"/policies/{renewal.pk}", sent, **{"If-Match": f'"{fresh(renewal).version}"'})
            assert answer.status == 200, answer
        else:
            update_policy(None, renewal.pk, version=None, changes={"start_date": start})
        assert fresh(prior).end_date == start
        assert fresh(prior).premium_amount == round(prior.premium_amount * 270 / 180, 2)
