import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from claims.services import approve_claim, assign_claim, deny_claim
from tests.factories import PolicyFactory, started_claim, submitted_claim
from tests.workbench.desk import source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
TILE = re.compile(r'wb-stat"><a href="(?P<url>[^"]+)">.*?wb-stat-n[^>]*>(?P<figure>[^<]+)<', re.DOTALL)


@pytest.fixture
def book(maya: User, daniel: User) -> None:
    """Claims in every state, some late, some of today's decisions."""
    ago = timezone.now() - timedelta(days=50)
    for days in (0, 1, 2):
        assign_claim(maya, submitted_claim(reported_date=ago - timedelta(days=days), incident_date=ago - timedelta(days=9)).pk)
    started_claim(maya)
    submitted_claim()
    deny_claim(daniel, started_claim(daniel).pk, reason="No cover.")
    approve_claim(maya, started_claim(maya).pk)
    large = started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(maya, large.pk)
    soon = timezone.now() + timedelta(days=10)
    PolicyFactory.create(start_date=soon)
    PolicyFactory.create(start_date=soon - timedelta(days=365), end_date=soon)


def total(page: str) -> int:
    """How many rows a list says that it has."""
    found = re.search(r"–[\d,]+ of ([\d,]+)", page)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.usefixtures("book")
def test_each_figure_leads_to_exactly_its_rows(everybody: dict[str, Client], at_maya: Client, at_daniel: Client) -> None:
    for client in (*everybody.values(), at_maya, at_daniel):
        tiles = list(TILE.finditer(source(client.get("/admin/"))))
        assert tiles
        for tile in tiles:
            if not tile["figure"].startswith("$"):
                assert total(source(client.get(html.unescape(tile["url"])))) == int(tile["figure"].replace(",", "")), tile["url"]


@pytest.mark.usefixtures("book")
def test_each_bar_leads_to_exactly_its_rows(at_maya: Client, at_daniel: Client) -> None:
    bar = re.compile(r'<a href="([^"]+)"><title>[^<]*: (\d+)</title>')
    for client in (at_maya, at_daniel):
        bars = bar.findall(source(client.get("/admin/")))
        assert len(bars) == 14
        for url, figure in bars:
            assert total(source(client.get(html.unescape(url)))) == int(figure), url


@pytest.mark.usefixtures("book")
def test_an_adjuster_is_told_what_to_start_with(at_maya: Client) -> None:
    text = words(at_maya.get("/admin/"))
    assert "3 claims are late." in text
    assert "Start with Harold Finch" in text
    assert "My queue by deadline" in text
    assert "Acknowledge and start" in text


@pytest.mark.usefixtures("book")
def test_a_supervisor_sees_what_waits_for_a_second_person_and_who_has_how_much(at_daniel: Client) -> None:
    text = words(at_daniel.get("/admin/"))
    assert "Waiting for my approval" in text
    assert "$59,000.00" in text
    assert "Who has how much" in text
    assert "Late, whole team" in text


@pytest.mark.usefixtures("book")
def test_each_role_has_a_home_of_its_own(everybody: dict[str, Client]) -> None:
    shown = {
        "adjuster": "My queue",
        "supervisor": "Waiting for my approval",
        "underwriter": "To renew in 30 days",
        "finance": "Approved, not paid",
        "compliance": "Recent steps",
        "administrator": "Waiting for my approval",
    }
    for role, title in shown.items():
        assert title in words(everybody[role].get("/admin/")), role


def test_an_empty_book_is_a_friendly_place(everybody: dict[str, Client]) -> None:
    for client in everybody.values():
        assert client.get("/admin/").status_code == 200
    assert "No open claim waits here." in words(everybody["adjuster"].get("/admin/"))
    assert "Nothing is due" in words(everybody["adjuster"].get("/admin/"))


def test_the_sidebar_counts_what_is_mine_and_marks_where_i_am(at_maya: Client, maya: User) -> None:
    started_claim(maya)
    page = source(at_maya.get("/admin/claims/claim/"))
    here = page.partition('class="wb-nav"')[2].partition('aria-current="page"')[2].partition("</li>")[0]
    assert "Worklist" in here
    assert ">1<" in here


def test_the_person_is_named_with_role_and_initials(at_maya: Client) -> None:
    page = source(at_maya.get("/admin/"))
    assert "Maya Okafor<small>Adjuster</small>" in page
    assert ">MO<" in page
