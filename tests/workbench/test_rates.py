"""How many pages one person may ask for in a minute: clicking never comes near it, and a script is told when to go on."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from claims.models import Claim
from tests import needs
from tests.factories import submitted_claim
from tests.own_redis import OwnRedis, between
from tests.workbench.desk import desk_of, words
from vanguard.accounts.models import User
from vanguard.errors import Throttled
from vanguard.http.rates import PAGES, WINDOW, ThreadMeter
from vanguard.workbench import rates

__all__ = ["between"]
pytestmark = pytest.mark.django_db
LIST, SEARCH = "/admin/claims/claim/", "/admin/search/"
COSTLY = {
    "search": lambda desk: desk.get(SEARCH, {"q": "delgado"}),
    "report": lambda desk: desk.get("/admin/reports/inventory/"),
    "report as a file": lambda desk: desk.get("/admin/reports/inventory/", {"as": "csv"}),
    "export": lambda desk: desk.post(f"{LIST}?view=all", {"action": "export", "_selected_action": Claim.objects.get().pk}),
}


@pytest.fixture(autouse=True)
def _in_one_minute() -> None:
    """Not where the minute would turn amidst the questions; and nobody has asked before."""
    if (left := WINDOW - time.time() % WINDOW) < 5:
        time.sleep(left + 0.1)
    rates._meter.cache_clear()


def test_a_script_is_told_when_to_go_on_and_the_next_person_notices_nothing(at_maya: Client, daniel: User, settings: Settings) -> None:
    settings.PAGES_A_MINUTE = 5
    assert [at_maya.get(LIST).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    refused = at_maya.get(LIST)
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW
    text = words(refused)
    assert "More was asked for than one person may in a minute" in text
    assert f"It goes on in {refused.headers['Retry-After']} second" in text
    assert "Load this page again then." in text
    assert desk_of(daniel).get(LIST).status_code == 200


def test_a_form_that_is_refused_changed_nothing_and_says_so(at_maya: Client, settings: Settings) -> None:
    claim = submitted_claim()
    settings.PAGES_A_MINUTE = 1
    at_maya.get(LIST)
    refused = at_maya.post(f"{LIST}{claim.pk}/assign-to-me/", {"version": claim.version})
    assert refused.status_code == 429
    assert "What you sent was not saved: go back then, and send it again." in words(refused)
    claim.refresh_from_db()
    assert claim.assignee is None


def test_whoever_is_refused_may_still_log_out(at_maya: Client, settings: Settings) -> None:
    settings.PAGES_A_MINUTE = 1
    at_maya.get(LIST)
    assert at_maya.get(LIST).status_code == 429
    assert at_maya.post("/admin/logout/").status_code in (200, 302)
    assert "_auth_user_id" not in at_maya.session


@pytest.mark.parametrize("page", COSTLY)
def test_what_is_costly_has_a_smaller_allowance_of_its_own(page: str, at_daniel: Client, settings: Settings) -> None:
    settings.COSTLY_REQUESTS_A_MINUTE = 2
    submitted_claim()
    assert [COSTLY[page](at_daniel).status_code for _ in range(4)] == [200, 200, 429, 429]
    assert at_daniel.get(LIST).status_code == 200, "the rest goes on"


def test_a_minute_of_the_quickest_work_meets_no_limit(maya: User) -> None:
    """A page a second, three open ones that each fetch what is new every second, suggestions as fast as they come, a search every other."""
    request = RequestFactory().get(LIST)
    request.user, request.resolver_match = maya, None
    for second in range(60):
        for _ in range(1 + 3 + 5):
            rates.page_asked_for(request)
        if second % 2:
            rates.costly(request)


def test_without_end_where_the_operator_says_so(at_maya: Client, settings: Settings) -> None:
    settings.PAGES_A_MINUTE = 0
    assert {at_maya.get("/admin/account/").status_code for _ in range(20)} == {200}


@pytest.mark.once
@needs.redis_server
def test_the_threads_of_all_workers_never_give_out_more_than_there_is(between: OwnRedis, settings: Settings) -> None:
    settings.PAGES_A_MINUTE = 600
    workers = [ThreadMeter(between.url) for _ in range(3)]

    def served(turn: int) -> bool:
        try:
            workers[turn % 3].take(PAGES, "somebody")
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        given = sum(threads.map(served, range(1500)))
    assert 600 - 3 * 10 <= given <= 600


def test_while_redis_is_away_each_worker_counts_for_itself_and_nobody_waits(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.PAGES_A_MINUTE = 10
    gone = ThreadMeter("redis://127.0.0.1:1/0")
    for _ in range(10):
        gone.take(PAGES, "somebody")
    with pytest.raises(Throttled):
        gone.take(PAGES, "somebody")
    assert [record.message for record in caplog.records] == ["Redis counts no requests: ConnectionError. Each worker counts for itself."]
