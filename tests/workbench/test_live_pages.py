"""What open pages are told anew: by the list's own rules, in the timeline's words, in a fixed number of queries."""

import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.models import Claim
from claims.services import add_note, assign_claim, release_claim, start_claim
from tests.factories import adjuster, policyholder, submitted_claim
from tests.workbench.desk import claim_url, desk_of, source
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/claims/claim/"


def news(client: Client, rows: list[Claim], since: datetime.datetime, **query: str) -> dict[str, Any]:
    known = ",".join(f"{row.pk}.{row.version}" for row in rows)
    answer: dict[str, Any] = client.get(f"{LIST}news/?{urlencode({'rows': known, 'since': since.isoformat()} | query)}").json()
    return answer


def test_only_rows_that_changed_are_drawn_anew_and_say_who_did_it(at_maya: Client, daniel: User) -> None:
    rows, since = [submitted_claim(), submitted_claim(), submitted_claim()], timezone.now()
    assign_claim(daniel, rows[0].pk)
    told = news(at_maya, rows, since, view="team")
    assert list(told["rows"]) == [str(rows[0].pk)]
    row = told["rows"][str(rows[0].pk)]
    assert row["says"] == "Daniel Reyes took the claim"
    assert "gone" not in row
    assert rows[0].claim_number in row["cells"]
    assert "Daniel Reyes" in row["cells"]
    assert told["tabs"]["unassigned"] == 2


def test_a_row_that_left_the_view_says_so_and_one_that_came_is_counted(at_maya: Client, daniel: User, maya: User) -> None:
    rows, since = [submitted_claim(), submitted_claim()], timezone.now()
    assign_claim(daniel, rows[0].pk)
    number = rows[1].pk
    rows[1].delete()
    rows[1].pk = number
    submitted_claim()
    told = news(at_maya, rows, since, view="unassigned")
    assert told["rows"][str(rows[0].pk)]["gone"] == "It is no longer in this list."
    assert told["rows"][str(number)] == {"gone": "It was deleted."}
    assert told["came"] == 1
    given = submitted_claim()
    assign_claim(daniel, given.pk, assignee_id=maya.pk)
    assert news(at_maya, [], since, view="mine")["came"] == 1
    assert news(at_maya, [], since, view="mine", status="denied")["came"] == 0


def test_a_long_list_costs_as_many_questions_as_a_short_one(at_maya: Client, daniel: User) -> None:
    def queries(number: int) -> int:
        rows, since = [submitted_claim() for _ in range(number)], timezone.now()
        for row in rows:
            assign_claim(daniel, row.pk)
        with CaptureQueriesContext(connection) as captured:
            assert len(news(at_maya, rows, since, view="team")["rows"]) == number
        return len(captured)

    queries(1)
    assert queries(2) == queries(12) <= 15


def test_the_claims_page_is_told_what_was_done_and_keeps_lost_commands_off(at_maya: Client, daniel: User) -> None:
    claim, since = submitted_claim(), timezone.now()
    start_claim(daniel, claim.pk)
    add_note(daniel, claim.pk, text="Called the insured.")
    told = at_maya.get(claim_url(claim, "since"), {"since": since.isoformat(), "had": "take,start"}).json()
    assert [each["says"] for each in told["news"]] == ["Daniel Reyes started the claim", "Daniel Reyes wrote a note"]
    head = told["head"]
    assert 'data-command="take" aria-disabled="true"' in head
    assert "This claim is Daniel Reyes’s." in head
    assert "Processing" in head
    assert "Called the insured." not in source(at_maya.get(claim_url(claim, "since")))


def test_nothing_new_says_nothing(at_maya: Client) -> None:
    claim = submitted_claim()
    told = at_maya.get(claim_url(claim, "since"), {"since": timezone.now().isoformat(), "had": "take"}).json()
    assert (told["news"], told["version"]) == ([], claim.version)
    assert news(at_maya, [claim], timezone.now(), view="team")["rows"] == {}


def test_what_makes_no_sense_is_refused_or_passed_over(at_maya: Client) -> None:
    claim = submitted_claim()
    assert at_maya.get(f"{LIST}news/?view=team&due_at_from=never").status_code == 422
    for strange in ("rows=x.y,1.2", "since=yesterday", "since=2026-01-01T00:00:00", "rows=" + "0" * 3000):
        assert at_maya.get(f"{LIST}news/?view=team&{strange}").status_code == 200
        assert at_maya.get(f"{claim_url(claim, 'since')}?{strange}").status_code == 200


def test_who_may_not_see_claims_is_told_nothing(db: None) -> None:
    claim = submitted_claim()
    stranger = adjuster()
    stranger.groups.clear()
    assert desk_of(stranger).get(f"{LIST}news/").status_code == 403
    assert desk_of(stranger).get(claim_url(claim, "since")).status_code == 404
    assert desk_of(policyholder()).get(f"{LIST}news/").status_code == 302


def test_pages_say_where_they_listen(at_maya: Client) -> None:
    claim = submitted_claim()
    assert 'data-live="list" data-socket="/ws/claims" data-url="/admin/claims/claim/news/"' in source(at_maya.get(f"{LIST}?view=team"))
    assert f'data-live="record" data-socket="/ws/claims/{claim.pk}"' in source(at_maya.get(claim_url(claim)))
    assert f'data-live="form" data-socket="/ws/claims/{claim.pk}"' in source(at_maya.get(claim_url(claim, "edit")))
    assert 'data-live="home" data-socket="/ws/claims"' in source(at_maya.get("/admin/"))
    assert "data-live" not in source(at_maya.get("/admin/customers/customer/"))


def test_a_claim_that_goes_back_into_the_queue_is_announced_where_nobodys_are(at_maya: Client, daniel: User) -> None:
    claim = submitted_claim()
    assign_claim(daniel, claim.pk)
    since = timezone.now()
    release_claim(daniel, claim.pk, reason="On leave from tomorrow")
    assert news(at_maya, [], since, view="unassigned")["came"] == 1
