"""An underwriter endorses, cancels, reinstates and renews in the workbench, and looks at other days."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy
from tests.factories import underwriter
from tests.policies.booking import booked, day, days_into, fresh, running
from tests.workbench.desk import Answer, confirm, hidden, local, open_form, source, words

pytestmark = pytest.mark.django_db


def url(policy: Policy, what: str = "change") -> str:
    return f"/admin/policies/policy/{policy.pk}/{what}/"


def terms(policy: Policy, **changes: str) -> dict[str, str]:
    """The endorsement form as it opens, with what is typed into it."""
    return {
        "effective_date": "",
        "coverage_amount": f"{policy.coverage_amount:,.2f}",
        "deductible_amount": f"{policy.deductible_amount:,.2f}",
        "policy_type": policy.policy_type,
        "premium_amount": f"{policy.premium_amount:,.2f}",
        "factor_name": "",
        "factor": "",
        "reason": "",
    } | changes


def look(client: Client, policy: Policy, what: str, **fields: Any) -> Answer:
    """Sends the form once: it shows what it comes to."""
    return client.post(url(policy, what), open_form(client, url(policy, what)) | fields)


def test_nothing_else_is_booked_than_what_was_seen(at_priya: Client) -> None:
    policy = running()
    form = terms(policy, coverage_amount="30,000.00")
    seen = hidden(source(look(at_priya, policy, "endorse", **form)), "command-form")
    other = at_priya.post(url(policy, "endorse"), seen | form | {"coverage_amount": "99,000.00"})
    assert "Nothing is booked yet" in words(other)
    assert fresh(policy).booked_versions == 1


def test_a_clash_is_shown_field_by_field_and_the_choice_is_booked(at_priya: Client) -> None:
    policy = running()
    endorse_policy(None, policy.pk, Endorsement({"deductible_amount": Decimal("500.00")}, effective_at=days_into(policy, 50)))
    form = terms(fresh(policy), deductible_amount="2,500.00", effective_date=local(days_into(policy, 20)))
    page = look(at_priya, policy, "endorse", **form)
    for expected in ("A later version changes the same", "Deductible", "2,500.00", "500.00", "version 2", "Go on with what I chose"):
        assert expected in words(page), expected
    chosen = form | {"keep_deductible_amount": "this"}
    priced = at_priya.post(url(policy, "endorse"), hidden(source(page), "command-form") | chosen)
    assert "2,500.00, over version 2" in words(priced)
    at_priya.post(url(policy, "endorse"), hidden(source(priced), "command-form") | chosen)
    assert fresh(policy).deductible_amount == Decimal("2500.00")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Nothing would change"),
        ({"coverage_amount": "-1"}, "Enter 0.00 or more"),
        ({"factor_name": "roof", "factor": "-2"}, "A factor is more than 0"),
        ({"factor_name": "roof"}, "Say by how much"),
        ({"factor": "2"}, "Say which factor"),
        ({"coverage_amount": "1.00", "effective_date": "1999-01-01T00:00"}, "within the policy's period"),
    ],
)
def test_what_is_wrong_with_an_endorsement_is_said(at_priya: Client, changes: dict[str, str], says: str) -> None:
    policy = running()
    answer = look(at_priya, policy, "endorse", **terms(policy, **changes))
    assert answer.status_code in (409, 422)
    assert says in words(answer) or (not changes and "Say what changes" in words(answer))
    assert fresh(policy).booked_versions == 1


def test_a_policy_is_renewed_and_both_pages_say_so(at_priya: Client) -> None:
    policy = running()
    assert "Renewed as" not in words(at_priya.get(url(policy)))
    end = local(policy.end_date + datetime.timedelta(days=365))
    form = {name: value for name, value in terms(policy).items() if name.endswith(("_amount", "_type"))} | {"end_date": end}
    shown = words(look(at_priya, policy, "renew", **form))
    assert f"{policy}-R2, $1,200.00" in shown
    assert "is renewed as" in words(confirm(at_priya, url(policy, "renew"), **form))
    assert f"Renewed as {policy}-R2" in words(at_priya.get(url(policy)))
    assert "Renew…" not in words(at_priya.get(url(policy)))


def test_a_stale_page_shows_the_difference(at_priya: Client) -> None:
    policy = running()
    form = open_form(at_priya, url(policy, "endorse")) | terms(policy, deductible_amount="2,000.00")
    endorse_policy(underwriter(first_name="Tom", last_name="Hale"), policy.pk, Endorsement({"coverage_amount": Decimal("30000.00")}))
    answer = at_priya.post(url(policy, "endorse"), form)
    assert answer.status_code == 412
    for expected in ("was changed while you were writing", "Version", "Limit", "25,000.00", "30,000.00", "2,000.00"):
        assert expected in words(answer), expected
    assert fresh(policy).deductible_amount == Decimal("1000.00")
    # Theirs is kept for the limit, which only they changed, and mine for the deductible.
    again = hidden(source(answer), "command-form") | terms(policy, deductible_amount="2,000.00") | {"keep_coverage_amount": "theirs"}
    shown = at_priya.post(url(policy, "endorse"), again | {"keep_deductible_amount": "mine"})
    at_priya.post(url(policy, "endorse"), again | hidden(source(shown), "command-form") | {"keep_deductible_amount": "mine"})
    assert (fresh(policy).coverage_amount, fresh(policy).deductible_amount) == (Decimal("30000.00"), Decimal("2000.00"))


def test_another_day_is_shown_in_amber_with_changes_off(at_priya: Client) -> None:
    policy = running()
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal("30000.00")}, effective_at=days_into(policy, 50)))
    Policy.objects.filter(pk=policy.pk).update(created_at=days_into(policy, 1))
    today = timezone.localdate().isoformat()
    page = at_priya.get(f"{url(policy)}?effective={days_into(policy, 20):%Y-%m-%d}&known={today}")
    text = words(page)
    for expected in ("You are looking at another day", "Changes are off", "go to now", "in force at the end of"):
        assert expected in text, expected
    for absent in ("Endorse…", "Cancel policy…", "Edit terms", "<dialog"):
        assert absent not in source(page).partition("<main")[2].partition("</main>")[0], absent
    refused = at_priya.post(f"{url(policy, 'cancel')}?effective={today}", {"reason": "flat"}, follow=True)
    assert "nothing can be changed" in words(refused)
    assert fresh(policy).status == "active"


def test_a_day_before_the_booking_and_nonsense_in_the_address_show_now(at_priya: Client) -> None:
    policy = running()
    assert "was not booked yet" in words(at_priya.get(f"{url(policy)}?known=1999-01-01"))
    for query in ("effective=yesterday", "known=0000-00-00", "effective=99999-01-01", "effective=&known="):
        answer = at_priya.get(f"{url(policy)}?{query}")
        assert answer.status_code == 200
        assert "Endorse…" in words(answer)


def test_after_an_endorsement_terms_are_endorsed_and_not_edited(at_priya: Client) -> None:
    policy = running()
    assert "Edit terms" in words(at_priya.get(url(policy)))
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal("30000.00")}))
    text = words(at_priya.get(url(policy)))
    assert "Edit terms: More was booked since the first version: endorse it" in text
    assert 'data-command="edit" aria-disabled="true" aria-describedby="why-edit"' in source(at_priya.get(url(policy)))
    assert "More was booked since the first version" in words(at_priya.get(url(policy, "edit")))


def test_who_does_not_underwrite_sees_no_command(at_maya: Client) -> None:
    policy = running()
    text = words(at_maya.get(url(policy)))
    assert all(each not in text for each in ("Endorse…", "Renew…", "Cancel policy…"))
    assert at_maya.get(url(policy, "endorse")).status_code == 403


def test_a_cancelled_policy_offers_reinstatement_only(at_priya: Client) -> None:
    policy = running()
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 10))
    text = words(at_priya.get(url(policy)))
    assert "Reinstate…" in text
    assert all(each not in text for each in ("Endorse…", "Renew…", "Cancel policy…", "Edit terms"))
    assert "Not covered" in text


def test_the_policy_of_2025_reads_as_expired_with_its_segments(at_priya: Client) -> None:
    policy = booked()
    endorse_policy(None, policy.pk, Endorsement(factors={"roof": Decimal("1.1")}, effective_at=day("2025-04-01")))
    assert "Expired" in words(at_priya.get(url(policy)))
