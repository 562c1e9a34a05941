from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims.models import Claim
from claims.services import appeal_claim, approve_claim, assign_claim, close_claim, deny_claim
from tests.api.test_same_instant import at_once
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim, supervisor
from tests.workbench.desk import HIDDEN, desk_of, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/claims/claim/"


def rows(client: Client, query: str = "") -> list[str]:
    """The claim numbers on the first page of the list, in order."""
    page = source(client.get(LIST + query))
    return [part.partition("<")[0] for part in page.partition("<tbody")[2].split('change/">')[1:]]


def numbers(*claims: Claim) -> list[str]:
    return [claim.claim_number for claim in claims]


@pytest.fixture
def mine(maya: User) -> Claim:
    return started_claim(maya, claim_number="CLM-MINE-1")


@pytest.fixture
def nobodys() -> Claim:
    return submitted_claim(claim_number="CLM-NOBODY-1")


def test_an_adjuster_opens_on_the_own_claims_by_deadline(at_maya: Client, maya: User, mine: Claim, nobodys: Claim) -> None:
    sooner = submitted_claim(claim_number="CLM-SOON-1")
    assign_claim(maya, sooner.pk)
    assert rows(at_maya) == numbers(sooner, mine)


def test_a_supervisor_opens_on_what_waits_for_a_second_person(at_daniel: Client, maya: User, mine: Claim) -> None:
    large = started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(maya, large.pk)
    assert rows(at_daniel) == numbers(large)


def test_each_tab_counts_the_rows_that_it_shows(at_daniel: Client, maya: User, daniel: User, mine: Claim, nobodys: Claim) -> None:
    late = submitted_claim(reported_date=timezone.now() - timedelta(days=60), incident_date=timezone.now() - timedelta(days=61))
    assign_claim(daniel, late.pk)
    page = source(at_daniel.get(LIST)).partition('class="wb-tabs"')[2].partition("</ul>")[0]
    for part in page.split("?view=")[1:]:
        view, count = part.partition('"')[0], part.partition('class="wb-count')[2].partition(">")[2].partition("<")[0]
        if view != "all":
            assert len(rows(at_daniel, f"?view={view}")) == int(count), view
    assert rows(at_daniel, "?view=late") == numbers(late)
    assert rows(at_daniel, "?view=unassigned") == numbers(nobodys)
    assert len(rows(at_daniel, "?view=all")) == 3


def test_a_row_says_what_is_next_and_why_now(at_maya: Client, maya: User) -> None:
    reported = timezone.now() - timedelta(days=39)
    claim = started_claim(maya, reported_date=reported, incident_date=reported - timedelta(days=1))
    text = words(at_maya.get(LIST))
    assert claim.claim_number in text
    assert "Approve or deny" in text
    assert f"40 days after the report, {reported.day} {reported:%b}" in text
    assert "10 CCR 2695.7(b)" in text
    assert "1 day left" in text
    assert "5,000.00" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?view=all&status=processing", ["CLM-MINE-1"]),
        ("?view=all&stage=triaged", ["CLM-NOBODY-1"]),
        ("?view=all&severity=medium&owner=nobody", ["CLM-NOBODY-1"]),
        ("?view=all&severity=complex", []),
        ("?view=all&queue=mine", []),
        ("?view=all&queue=none", []),
        ("?view=all&claim_type=fire", []),
        ("?view=all&claim_type=water_damage&owner=nobody", ["CLM-NOBODY-1"]),
        ("?view=all&owner=me", ["CLM-MINE-1"]),
        ("?view=all&due=late", []),
        ("?view=all&file=closed", []),
        ("?view=all&decided=today", []),
        ("?view=team&q=CLM-NOB", ["CLM-NOBODY-1"]),
    ],
)
def test_filters_narrow_the_list(at_maya: Client, mine: Claim, nobodys: Claim, query: str, found: list[str]) -> None:
    assert rows(at_maya, query) == found


def test_dates_narrow_the_list_with_both_days_included(at_maya: Client, maya: User) -> None:
    day = timezone.now() - timedelta(days=5)
    claim = started_claim(maya, reported_date=day, incident_date=day - timedelta(days=1))
    on = f"{timezone.localtime(day):%Y-%m-%d}"
    assert rows(at_maya, f"?view=mine&reported_date_from={on}&reported_date_to={on}") == numbers(claim)
    before = f"{timezone.localtime(day) - timedelta(days=1):%Y-%m-%d}"
    assert rows(at_maya, f"?view=mine&reported_date_to={before}") == []


@pytest.mark.parametrize("query", ["status=bogus", "view=bogus", "owner=1", "reported_date_from=yesterday", "o=99", "p=999", "due=0"])
def test_a_filter_that_is_not_understood_is_never_an_error(at_maya: Client, mine: Claim, query: str) -> None:
    response = at_maya.get(f"{LIST}?{query}", follow=True)
    assert response.status_code == 200


def test_a_filter_that_was_left_out_is_said_so(at_maya: Client) -> None:
    assert "was not understood" in words(at_maya.get(f"{LIST}?status=bogus", follow=True))


def test_search_finds_by_number_policy_and_name(at_maya: Client, maya: User) -> None:
    owner = CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com")
    claim = started_claim(maya, PolicyFactory.create(customer=owner, policy_number="POL-2026-004711"), claim_number="CLM-2026-003988")
    started_claim(maya)
    for term in ("CLM-2026-003988", "clm-2026-0039", "3988", "POL-2026-004711", "4711", "delgado", "Rosa Del", "rosa@example.com"):
        assert rows(at_maya, f"?q={term}") == numbers(claim), term
    assert rows(at_maya, "?q=delgado+nobody") == []


def test_search_looks_at_all_open_claims_not_only_the_own(at_maya: Client, nobodys: Claim) -> None:
    assert rows(at_maya, "?q=CLM-NOBODY") == numbers(nobodys)


@pytest.mark.parametrize("term", ["%", "_", "'", '"', "\\", "<script>", "x" * 200, "\N{SNOWMAN}", "%00"])
def test_search_takes_whatever_is_typed(at_maya: Client, mine: Claim, term: str) -> None:
    response = at_maya.get(LIST, {"q": term})
    assert response.status_code == 200
    assert "<script>" not in source(response).partition("<main")[2].replace("<script>alert", "")


def test_closed_claims_leave_every_view_but_everything(at_daniel: Client, daniel: User) -> None:
    claim = started_claim(daniel)
    deny_claim(daniel, claim.pk, reason="Wear and tear.")
    close_claim(daniel, claim.pk)
    assert rows(at_daniel, "?view=team") == []
    assert rows(at_daniel, "?view=all&file=closed") == numbers(claim)


def test_no_field_of_the_list_can_be_edited(at_daniel: Client, nobodys: Claim) -> None:
    page = source(at_daniel.get(f"{LIST}?view=all"))
    inputs = page.partition('id="result_list"')[2].partition("</table>")[0].split("<input")[1:]
    assert all('type="checkbox"' in each for each in inputs)
    assert "<select" not in page.partition('id="result_list"')[2].partition("</table>")[0]


def test_taking_the_next_claim_takes_the_one_with_the_nearest_deadline(at_maya: Client, maya: User, nobodys: Claim) -> None:
    long_ago = timezone.now() - timedelta(days=12)
    urgent = submitted_claim(reported_date=long_ago, incident_date=long_ago - timedelta(days=1))
    response = at_maya.post(f"{LIST}next/", follow=True)
    assert f"{urgent.claim_number} is yours now." in words(response)
    assert Claim.objects.get(pk=urgent.pk).assignee == maya


def test_taking_the_next_claim_when_there_is_none_says_so(at_maya: Client) -> None:
    assert "No claim waits for an owner." in words(at_maya.post(f"{LIST}next/", follow=True))


def test_who_does_not_handle_claims_cannot_take_one(at_priya: Client, nobodys: Claim) -> None:
    assert at_priya.post(f"{LIST}next/").status_code == 403
    assert Claim.objects.get(pk=nobodys.pk).assignee is None


def test_two_people_taking_the_next_claim_get_two_claims(at_maya: Client, at_daniel: Client, nobodys: Claim) -> None:
    submitted_claim()
    at_maya.post(f"{LIST}next/")
    at_daniel.post(f"{LIST}next/")
    assert Claim.objects.filter(assignee=None).count() == 0
    assert Claim.objects.values("assignee").distinct().count() == 2


def next_button(client: Client, page: str = LIST) -> dict[str, str]:
    """What the button "Take next claim" carries on a page."""
    form = source(client.get(page)).partition(f'action="{LIST}next/"')[2].partition("</form>")[0]
    return {found["name"]: found["value"] for found in HIDDEN.finditer(form) if found["name"] != "csrfmiddlewaretoken"}


def test_a_second_click_on_take_next_takes_no_second_claim_and_leads_to_the_first(at_maya: Client, maya: User, nobodys: Claim) -> None:
    submitted_claim()
    for page in (LIST, "/admin/"):
        before, carried = Claim.objects.filter(assignee=maya).count(), next_button(at_maya, page)
        first, second = (at_maya.post(f"{LIST}next/", carried) for _ in range(2))
        assert (second.status_code, second.headers["Location"]) == (302, first.headers["Location"])
        says = words(at_maya.get(second.headers["Location"]))
        assert "is yours now. Your second click changed nothing. For another one, open the page again." in says
        assert Claim.objects.filter(assignee=maya).count() == before + 1


def test_a_click_that_found_no_claim_takes_the_one_that_comes(at_maya: Client, maya: User) -> None:
    carried = next_button(at_maya)
    assert "No claim waits" in words(at_maya.post(f"{LIST}next/", carried, follow=True))
    claim = submitted_claim()
    assert f"{claim.claim_number} is yours now." in words(at_maya.post(f"{LIST}next/", carried, follow=True))


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_take_next_at_the_same_instant_take_one_claim(maya: User, at_maya: Client) -> None:
    for _ in range(3):
        submitted_claim()
    carried = next_button(at_maya)

    def click(client: Client) -> Any:
        return client.post(f"{LIST}next/", carried)

    answers: Any = at_once(*[partial(click, desk_of(maya)) for _ in range(3)])
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {(302, answers[0].headers["Location"])}
    assert Claim.objects.filter(assignee=maya).count() == 1


def test_an_empty_view_says_why(at_maya: Client, nobodys: Claim) -> None:
    text = words(at_maya.get(f"{LIST}?view=mine"))
    assert "You have no open claims" in text
    assert "1 claim waits for an owner." in text


def test_the_list_is_paged_and_says_where_it_is(at_maya: Client) -> None:
    policy = PolicyFactory.create()
    for _ in range(27):
        submitted_claim(policy)
    text = words(at_maya.get(f"{LIST}?view=unassigned"))
    assert "1–25 of 27" in text
    assert "Next 2" in text
    assert len(rows(at_maya, "?view=unassigned&p=2")) == 2


def test_an_adjusters_list_offers_no_reassigning(at_maya: Client, at_daniel: Client, mine: Claim) -> None:
    adjuster()
    assert "Reassign…" not in words(at_maya.get(LIST))
    assert "Reassign…" in words(at_daniel.get(f"{LIST}?view=team"))


def test_an_appeal_is_to_be_decided_by_another_person_than_its_first_decider(at_daniel: Client, maya: User, daniel: User) -> None:
    mine = appealed(daniel)
    others, taken = appealed(maya), appealed(maya)
    assign_claim(supervisor(), taken.pk, assignee_id=adjuster().pk)
    assert rows(at_daniel, "?view=approve") == numbers(others)
    page = words(at_daniel.get(f"{LIST}?view=approve"))
    assert "To approve 1 " in page
    assert "Decide the appeal" in page
    assert "Waiting for my approval All 1 Appeal" in words(at_daniel.get("/admin/"))
    # Nor is the second approval of it, once another person has proposed one.
    large = appealed(daniel, claim_amount=Decimal("60000.00"))
    assign_claim(maya, large.pk)
    approve_claim(maya, large.pk)
    assert rows(at_daniel, "?view=approve") == numbers(others)
    assert "To approve 1 " in words(at_daniel.get(f"{LIST}?view=approve"))
    assert mine.claim_number not in words(at_daniel.get("/admin/")).partition("Waiting for my approval")[2].partition("In my diary")[0]


def appealed(first: User, **fields: Any) -> Claim:
    """A claim that `first` denied, and whose insured does not agree."""
    claim = started_claim(first, PolicyFactory.create(coverage_amount=Decimal("90000.00")), **fields)
    deny_claim(first, claim.pk, reason="Wear")
    return appeal_claim(supervisor(), claim.pk, reason="The pipe burst")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?view=mine", "You have no open claims"),
        ("?view=late", "Nothing is late No claim is open."),
        ("?view=team", "No claim is open New first notices come here."),
        ("?view=all", "There is no claim yet"),
        ("?view=mine&severity=high", "No claim fits The filters or the search leave nothing."),
        ("?view=all&q=nobody", "No claim fits The filters or the search leave nothing."),
    ],
)
def test_an_empty_list_says_why_and_blames_no_view_for_what_a_filter_left_out(at_maya: Client, query: str, says: str) -> None:
    assert says in words(at_maya.get(LIST + query))


def test_a_closed_file_without_an_owner_does_not_wait_for_one(at_daniel: Client, daniel: User) -> None:
    claim = started_claim(daniel)
    close_claim(daniel, deny_claim(daniel, claim.pk, reason="Not covered.").pk)
    Claim.objects.filter(pk=claim.pk).update(assignee=None)
    page = words(at_daniel.get(f"{LIST}?view=all"))
    assert "Nothing to do Closed" in page
    assert "nobody’s yet" not in page
    submitted_claim()
    assert "nobody’s yet" in words(at_daniel.get(f"{LIST}?view=all"))
