"""S16, S18, long: every address of the workbench and the API, sent from another site, opened by who may do everything, and crawled."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.apps import apps
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from pytest_django import Settings

from tests.factories import superuser
from tests.security.effects import written
from tests.security.long import figure
from tests.web.test_every_address import ONCE, SAMPLES, addresses
from tests.workbench.desk import desk_of
from tests.workbench.test_pages_by_role import PAGES, records

__all__ = ["records"]  # the fixture
pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|action)="(/admin/[^"#]*)')
# They end the log-in that crawls; and what is no address of ours.
NO_PAGES = frozenset({"admin/logout/", "admin/(?P<url>.*)$"})
# Words of ours for scripts, the same for everybody.
FOR_EVERYBODY = frozenset({"/admin/jsi18n/"})
MOST_OF_A_WAY, MOST_OF_ONE = 2, 8


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


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Of every page of the workbench, as a match names it."""
    for entry in patterns:
        route = before + str(entry.pattern).removeprefix("^")
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif route.startswith("admin/") and route not in NO_PAGES:
            yield route


def made_up(route: str) -> str:
    """An address of a page that no link led to: of a record that there is, where the route is of one and there is any."""
    _, *folders = route.split("/")
    rows = apps.all_models.get(folders[0], {}).get(folders[1]) if len(folders) > 2 else None
    row = rows._default_manager.first() if rows else None
    own = route.replace("<path:object_id>", str(row.pk)) if row else route
    own = re.sub(r"\(\?P<\w+>(\w+)[^)]*\)(/)\$", r"\1\2", own)  # the first of some words
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], SAMPLES["uuid"]), own)


class Crawl:
    """Goes from link to link, some addresses of each page: every way to ask it, of more than one record, up to MOST_OF_ONE.

    A list links to itself with every filter, and each record to others: a limit on all pages together left pages out that come late.
    """

    def __init__(self, desk: Client, first: Iterable[str]) -> None:
        self.desk, self.waiting = desk, deque(first)
        self.seen: set[str] = set()
        self.asked: dict[str, Counter[frozenset[str]]] = {}
        self.wrote: dict[str, set[str]] = {}
        self.bare: list[str] = []
        self.crashed: list[str] = []

    def go(self) -> None:
        while self.waiting:
            if self._wants(page := self.waiting.popleft()):
                self._open(page)

    def _wants(self, page: str) -> bool:
        path, _, query = page.partition("?")
        try:
            route = resolve(path).route
        except Resolver404:
            return False
        ways = self.asked.setdefault(route, Counter())
        way = frozenset(name for name, _ in parse_qsl(query))
        if page in self.seen or route in NO_PAGES or ways[way] >= MOST_OF_A_WAY or ways.total() >= MOST_OF_ONE:
            return False
        ways[way] += 1
        self.seen.add(page)
        return True

    def _open(self, page: str) -> None:
        with written() as tables:
            answer = self.desk.get(page)
        if tables:
            self.wrote[page] = set(tables)
        if answer.status_code >= 500:
            self.crashed.append(page)
        csp = answer.headers.get("Content-Security-Policy", "")
        kept = answer.status_code == 200 and page not in FOR_EVERYBODY and "no-store" not in answer.headers.get("Cache-Control", "")
        if [name for name in ONCE if name not in answer.headers] or "unsafe" in csp or kept:
            self.bare.append(page)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            self.waiting.extend(unescape(found) for found in LINK.findall(answer.content.decode()))


def test_a_crawl_by_who_may_do_everything_writes_nothing_and_finds_no_answer_without_its_headers(records: dict[str, str]) -> None:
    every = set(routes(get_resolver("config.urls").url_patterns))
    crawl = Crawl(desk_of(superuser()), ("/admin/" + page.format(**records) for page in PAGES))
    crawl.go()
    linked = len(crawl.seen)
    crawl.waiting.extend(made_up(route) for route in sorted(every - crawl.asked.keys()))
    crawl.go()
    pages = f"{len(crawl.seen)} addresses of all {len(every)} pages ({len(crawl.seen) - linked} that no link leads to)"
    figure("S16", f"{pages} opened by a superuser: {len(crawl.wrote)} wrote anything")
    figure("S18", f"{pages} crawled as a superuser: {len(crawl.bare)} without a header, {len(crawl.crashed)} crashes")
    assert (crawl.wrote, crawl.bare, crawl.crashed) == ({}, [], [])
    assert sorted(every - crawl.asked.keys()) == []
