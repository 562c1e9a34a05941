"""Two underwriters endorse the same policy at the same instant: one does, and the other is shown what changed meanwhile."""

from collections.abc import Callable

import pytest

from policies.models import Policy
from tests import needs
from tests.api.calling import Caller
from tests.claims.test_cover import at_the_same_instant
from tests.factories import underwriter
from tests.policies.booking import fresh, running
from tests.workbench.desk import Answer, desk_of, hidden, open_form, source, words
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), needs.postgresql]
type Endorse = Callable[[], tuple[int, str]]


def by_api(user: User, policy: Policy, limit: str) -> Endorse:
    """Ready to send what was read as version 1."""
    caller = Caller(user)

    def send() -> tuple[int, str]:
        answer = caller.post(f"/policies/{policy.pk}/endorse", {"coverageAmount": limit}, If_Match='"1"')
        return answer.status, str(answer.errors) if answer.status >= 400 else ""

    return send


def by_admin(user: User, policy: Policy, limit: str) -> Endorse:
    """Ready to confirm what the page has shown."""
    client, url = desk_of(user), f"/admin/policies/policy/{policy.pk}/endorse/"
    form = {
        "effective_date": "", "coverage_amount": f"{limit}.00", "deductible_amount": "1,000.00", "policy_type": policy.policy_type,
        "premium_amount": "1,200.00", "factor_name": "", "factor": "", "reason": "",
    }  # fmt: skip
    shown = client.post(url, open_form(client, url) | form)

    def send() -> tuple[int, str]:
        answer: Answer = client.post(url, hidden(source(shown), "command-form") | form, follow=True)
        return answer.status_code, words(answer) if answer.status_code >= 400 else ""

    return send


@pytest.mark.parametrize("way", [by_api, by_admin])
def test_one_endorses_and_the_other_is_shown_the_difference(way: Callable[[User, Policy, str], Endorse]) -> None:
    policy = running()
    limits, outcomes = ("30000", "40000"), {}
    sends = {limit: way(underwriter(), policy, limit) for limit in limits}
    at_the_same_instant(*(lambda limit=limit, send=send: outcomes.update({limit: send()}) for limit, send in sends.items()))
    [(mine, (status, said))] = [(limit, outcome) for limit, outcome in outcomes.items() if outcome[0] >= 400]
    [theirs] = [limit for limit in limits if limit != mine]
    assert status == 412
    assert (str(fresh(policy).coverage_amount), fresh(policy).booked_versions) == (f"{theirs}.00", 2)
    if way is by_admin:  # a program reads the policy again; a person is shown each field: when opened, stored now, the own one
        assert f"Limit 25,000.00 25,000.00 {int(theirs):,}.00 25,000.00 {int(mine):,}.00 Theirs Mine" in said
