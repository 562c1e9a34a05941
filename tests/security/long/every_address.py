"""S16, S18, long: every address of the workbench and the API, sent from another site, opened by who may do everything, and crawled."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from tests.factories import superuser
from tests.security.effects import written
from tests.security.long import figure
from tests.web.test_every_address import ONCE, addresses
from tests.workbench.desk import desk_of
from tests.workbench.test_pages_by_role import PAGES, records

__all__ = ["records"]  # the fixture
pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|action)="(/admin/[^"#]*)')
MOST = 600


@pytest.fixture(autouse=True)
def _no_rates(settings: Settings) -> None:
    """One person opens them all within minutes."""
    settings.PAGES_A_MINUTE = settings.COSTLY_REQUESTS_A_MINUTE = 0


def test_no_form_of_the_workbench_is_taken_from_another_site(records: dict[str, str]) -> None:
    desk = Client(enforce_csrf_checks=True)
    desk.cookies = desk_of(superuser()).cookies
    walked = (each for each in addresses(get_resolver("config.urls").url_patterns) if each.startswith("/admin/"))
    pages = {"/admin/" + page.format(**records) for page in PAGES} | set(walked)
    taken = {}
    for page in sorted(pages):
        with written() as tables:
            answer = desk.post(page, {"reason": "x", "amount": "1.00"}, headers={"Origin": "https://evil.example"})
        if tables or answer.status_code not in (403, 404, 405):
            taken[page] = (answer.status_code, tables)
    figure("S16", f"{len(pages)} addresses of the workbench sent from another site by a superuser's browser: {len(taken)} taken")
    assert taken == {}


def test_a_crawl_by_who_may_do_everything_writes_nothing_and_finds_no_answer_without_its_headers(records: dict[str, str]) -> None:
    desk, waiting, seen = desk_of(superuser()), ["/admin/" + page.format(**records) for page in PAGES], set[str]()
    wrote, bare, crashed = {}, [], []
    while waiting and len(seen) < MOST:
        page = waiting.pop(0)
        if page in seen or page.startswith("/admin/logout"):
            continue
        seen.add(page)
        with written() as tables:
            answer = desk.get(page)
        if tables:
            wrote[page] = tables
        if answer.status_code >= 500:
            crashed.append(page)
        csp = answer.headers.get("Content-Security-Policy", "")
        kept = answer.status_code == 200 and "no-store" not in answer.headers.get("Cache-Control", "")
        if [name for name in ONCE if name not in answer.headers] or "unsafe" in csp or kept:
            bare.append(page)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            waiting += [unescape(found) for found in LINK.findall(answer.content.decode())]
    figure("S16", f"{len(seen)} pages opened by a superuser: {len(wrote)} wrote anything")
    figure("S18", f"{len(seen)} pages crawled as a superuser: {len(bare)} without a header, {len(crashed)} crashes")
    assert (wrote, bare, crashed) == ({}, [], [])
