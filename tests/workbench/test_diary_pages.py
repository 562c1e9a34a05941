"""The diary in the workbench: its page, its panel on a claim, its line in the sidebar, at home and in the worklist."""

import datetime
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.diary.models import DiaryEntry
from claims.diary.services import add_entry, move_entry
from claims.models import Claim
from claims.services import close_claim, deny_claim
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim
from tests.workbench.desk import claim_url, open_form, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/diary/diaryentry/"
DAY = datetime.timedelta(days=1)


def today() -> datetime.date:
    return timezone.localdate()


def entry_of(claim: Claim) -> DiaryEntry:
    return DiaryEntry.objects.open().filter(claim=claim)[0]


def put_on(entry: DiaryEntry, day: datetime.date) -> DiaryEntry:
    """As it stands some days after it was made."""
    DiaryEntry.objects.filter(pk=entry.pk).update(due_on=day)
    return entry


def listed(client: Client, query: str = "") -> list[str]:
    """What is to be done, in the order of the list."""
    return re.findall(r'class="wb-act">([^<]*)<', source(client.get(LIST + query)))


def sidebar(client: Client) -> str:
    """The figure beside “Diary”, on any page."""
    line = re.search(r'href="/admin/diary/diaryentry/"[^>]*>(.*?)</a>', source(client.get("/admin/customers/customer/")), re.S)
    assert line is not None
    found = re.search(r'class="wb-count[^"]*">(\d+)', line[1])
    return found[1] if found else ""


@pytest.fixture
def a_week(maya: User) -> Callable[[], None]:
    """An entry of each sort in Maya's diary, and one of another's."""

    def fill() -> None:
        claim = started_claim(maya)
        put_on(entry_of(claim), today() + 30 * DAY)
        for what, days in (("Late one", -3), ("Today's", 0), ("This week's", 5), ("Later one", 12)):
            put_on(add_entry(maya, claim.pk, due_on=today(), what=what), today() + days * DAY)
        other = started_claim(adjuster(first_name="Ines"))
        put_on(entry_of(other), today() - 5 * DAY)

    return fill


def test_the_diary_opens_on_the_own_entries_by_day(at_maya: Client, a_week: Callable[[], None]) -> None:
    a_week()
    assert listed(at_maya) == ["Late one", "Today&#x27;s", "This week&#x27;s", "Later one", "Make first contact with the insured"]
    page = words(at_maya.get(LIST))
    assert "3 days late" in page
    assert "Mine 5 Whole team 6 Late, whole team 2 Done by me" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?due=now", 2),
        ("?due=late", 1),
        ("?due=today", 1),
        ("?due=week", 2),
        ("?due=later", 2),
        ("?view=team", 6),
        ("?view=late", 2),
        ("?view=team&due=later", 2),
        ("?view=done", 0),
    ],
)
def test_it_is_narrowed_by_whose_and_by_day(at_maya: Client, a_week: Callable[[], None], query: str, shown: int) -> None:
    a_week()
    assert len(listed(at_maya, query)) == shown


def test_it_is_searched_by_claim_and_by_person(at_maya: Client, maya: User) -> None:
    rosa = PolicyFactory.create(customer=CustomerFactory.create(first_name="Rosa", last_name="Delgado"))
    one, another = started_claim(maya), started_claim(maya, rosa)
    assert one.claim_number in source(at_maya.get(LIST, {"q": one.claim_number}))
    found = source(at_maya.get(LIST, {"q": "Delgado"}))
    assert another.claim_number in found
    assert one.claim_number not in found


def test_an_empty_diary_says_why(at_maya: Client, at_priya: Client) -> None:
    assert "Nothing is in your diary" in words(at_maya.get(LIST))
    assert "Nothing is late" in words(at_maya.get(f"{LIST}?view=late"))
    assert "Nothing is in the diary" in words(at_priya.get(LIST))


def test_the_sidebar_counts_what_is_due_today_or_late_for_me(at_maya: Client, at_priya: Client, a_week: Callable[[], None]) -> None:
    assert sidebar(at_maya) == ""
    a_week()
    assert sidebar(at_maya) == "2"
    assert "Diary" not in re.findall(r"data-go=\"d\"", source(at_priya.get("/admin/")))


def test_the_home_page_shows_the_next_entries(at_maya: Client, a_week: Callable[[], None]) -> None:
    a_week()
    home = words(at_maya.get("/admin/"))
    assert "In my diary All 5" in home
    assert "Late one" in home


def test_the_worklist_says_what_the_diary_has_for_today(at_maya: Client, maya: User) -> None:
    quiet, pressing = started_claim(maya), started_claim(maya)
    add_entry(maya, pressing.pk, due_on=today(), what="Call the roofer")
    page = words(at_maya.get("/admin/claims/claim/?view=mine"))
    assert page.count("Diary:") == 1
    assert "Diary: Call the roofer, due today" in page
    put_on(entry_of(quiet), today() - 2 * DAY)
    assert "Diary: Make first contact with the insured, 2 days late" in words(at_maya.get("/admin/claims/claim/?view=mine"))
    assert "Diary: Call the roofer, due today" in words(at_maya.get("/admin/"))


def test_an_entry_is_written_on_the_claims_page(at_maya: Client, maya: User) -> None:
    ines, claim = adjuster(first_name="Ines", last_name="Calloway"), started_claim(maya)
    day = today() + 4 * DAY
    answer = send(at_maya, claim_url(claim, "diary"), due_on=str(day), what="Read the policy", owner=str(ines.pk))
    page = words(answer)
    assert "It is in the diary." in page
    assert "For Ines Calloway. Written by Maya Okafor." in page
    assert "Maya Okafor planned “Read the policy” for" in page
    assert DiaryEntry.objects.get(what="Read the policy").owner == ines


def test_a_day_that_is_over_is_refused_at_its_field(at_maya: Client, maya: User) -> None:
    answer = send(at_maya, claim_url(started_claim(maya), "diary"), due_on="2020-01-01", what="Read the policy")
    assert answer.status_code == 422
    assert "Name today, or a day that is still to come." in words(answer)


def test_an_entry_is_done_with_what_comes_next_and_the_way_leads_back_to_the_list(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    done = f"{LIST}{entry_of(claim).pk}/done/?next={LIST}?due=now"
    day = today() + 4 * DAY
    answer = send(at_maya, done, outcome="She is at home on Friday", next_what="Video inspection", next_on=str(day))
    assert answer.wsgi_request.path == LIST
    assert f"Done. Next on {claim}: Video inspection" in words(answer)
    page = words(at_maya.get(claim_url(claim)))
    assert "Maya Okafor did: Make first contact with the insured She is at home on Friday" in page
    assert "Video inspection" in page


def test_a_second_click_changes_nothing_and_says_so(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    url = f"{LIST}{entry_of(claim).pk}/done/"
    sent = open_form(at_maya, url)
    at_maya.post(url, sent)
    assert "Your second click changed nothing." in words(at_maya.post(url, sent, follow=True))
    assert DiaryEntry.objects.filter(claim=claim).count() == 2


def test_an_entry_is_moved_and_its_earlier_day_stays_on_the_claims_page(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    day = today() + 20 * DAY
    answer = send(at_maya, f"{LIST}{entry_of(claim).pk}/move/", to_day=str(day), reason="She is abroad")
    assert "Moved to" in words(answer)
    page = words(at_maya.get(claim_url(claim)))
    assert "Moved from" in page
    assert "moved “Make first contact with the insured” to" in page


def test_what_is_another_adjusters_is_read_and_not_touched(at_maya: Client) -> None:
    claim = started_claim(adjuster(first_name="Ines"))
    page = source(at_maya.get(f"{LIST}?view=team"))
    assert claim.claim_number in page
    assert "/done/" not in page
    answer = at_maya.post(f"{LIST}{entry_of(claim).pk}/done/", {}, follow=True)
    assert answer.status_code == 403
    assert entry_of(claim).is_open


def test_an_entrys_own_address_leads_to_its_claim(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    answer = at_maya.get(f"{LIST}{entry_of(claim).pk}/change/")
    assert answer.headers["Location"] == claim_url(claim)


def test_a_closed_file_has_nothing_left_to_do(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    deny_claim(maya, claim.pk, reason="Wear")
    close_claim(maya, claim.pk)
    page = words(at_maya.get(claim_url(claim)))
    assert "The file is closed: nothing is to be done." in page
    assert "Add to the diary" not in page


def test_an_open_page_hears_of_what_was_done_meanwhile(at_daniel: Client, daniel: User) -> None:
    claim = started_claim(daniel)
    entry = entry_of(claim)
    since = timezone.now().isoformat()
    move_entry(daniel, entry.pk, to_day=today() + 20 * DAY, reason="Later")
    add_entry(daniel, claim.pk, due_on=today(), what="Call the roofer")
    told = at_daniel.get(f"{LIST}news/", {"rows": f"{entry.pk}.1", "since": since}).json()
    assert "Make first contact" in told["rows"][str(entry.pk)]["cells"]
    assert (told["came"], told["tabs"]["mine"], told["nav"][LIST]) == (1, 2, 1)


def test_the_diary_takes_as_many_queries_for_fifty_rows_as_for_five(at_daniel: Client, daniel: User) -> None:
    def queries(page: str) -> int:
        at_daniel.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert at_daniel.get(page).status_code == 200
        return len(captured)

    pages = (LIST, f"{LIST}?view=team", f"{LIST}?due=later")
    for _ in range(5):
        started_claim(daniel)
    few = [queries(page) for page in pages]
    for number in range(30):
        claim = started_claim(daniel, PolicyFactory.create()) if number % 2 else submitted_claim()
        add_entry(daniel, claim.pk, due_on=today() + DAY, what="Call")
    assert [queries(page) for page in pages] == few
    assert max(few) <= 16


def test_the_rules_are_a_supervisors(at_daniel: Client, at_maya: Client) -> None:
    assert "Make first contact with the insured" in words(at_daniel.get("/admin/diary/diaryrule/"))
    assert at_maya.get("/admin/diary/diaryrule/add/").status_code == 403
