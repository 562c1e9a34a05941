"""Reads on the event loop give what the ORM gives, byte for byte; and their connections are what they should be."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from django.core.handlers.asgi import ASGIHandler
from django.db import InternalError, connection
from pytest_django import Settings

from claims.models import Claim
from claims.services import ToldClaimant, add_claimant
from customers.models import Customer
from policies.models import Policy
from tests import needs
from tests.api.test_searching import beyond
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, superuser
from tests.quotes.making import product, quoted
from vanguard.accounts.models import User
from vanguard.accounts.tokens import start_family
from vanguard.encryption.owned import keyring
from vanguard.http import callers, paging, pool, searching
from vanguard.http.compiled import _statements
from vanguard.http.threads import in_thread
from vanguard.web.limits import Limited
from vanguard.web.slim import BothCycles

pytestmark = [pytest.mark.django_db(transaction=True), needs.postgresql]
PATHS = [
    "/policies",
    "/policies?page=2&page_size=3",
    "/policies?page=99",
    "/policies?sort=premiumAmount&page_size=4",
    "/policies?sort=-policyNumber&status=active&policy_type=homeowners",
    "/policies?q=test-0000",
    "/policies?q=oka",
    "/policies?q=%25_",
    "/policies?q=%27%22%5C",
    "/policies?q=%20%20",
    "/policies?q=%00",
    "/customers?q=Zo%C3%AB",
    f"/claims?q={'x' * 200}",
    f"/claims?q={'x' * 201}",
    "/policies/{policy}",
    "/policies/by-number/{number}",
    "/policies/01890a5d-ac96-774b-bcce-b302099a8057",
    "/policies/{policy}/claims",
    "/customers",
    "/customers?sort=lastName&q=oka",
    "/customers?email={email}",
    "/customers/{customer}",
    "/customers/{customer}/policies",
    "/customers/01890a5d-ac96-774b-bcce-b302099a8057/policies",
    "/claims",
    "/claims?sort=-dueAt&page_size=2",
    "/claims?sort=dueAt&open=true",
    "/claims?status=pending&stage=reported",
    "/claims?q=CLM",
    "/claims?assignee_id={adjuster}",
    "/claims/{claim}",
    "/claims/by-number/{claim_number}",
    "/products",
    "/products/{product}",
    "/quotes",
    "/quotes?status=quoted&sort=-premiumAmount",
    "/quotes?status=expired",
    "/quotes?q=QUO",
    "/quotes/{quote}",
]


class Reader:
    """Asks the application over ASGI, with its read pool or without."""

    def __init__(self, settings: Settings) -> None:
        # Changed in place: set at each request, the settings would lie over each other by the hundred, and each look would pass them all.
        self.pool = settings.DATABASE_READ_POOL = {"min_size": 1, "max_size": 3, "timeout": 5}
        self.application: Any = Limited(BothCycles(stock=ASGIHandler()))

    async def get(self, path: str, token: str, *, natively: bool, **headers: str) -> httpx.Response:
        self.pool["max_size"] = 3 if natively else 0
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.application), base_url="http://localhost/api") as client:
            return await client.get(path, headers={"Authorization": f"Bearer {token}"} | headers)


@pytest_asyncio.fixture
async def reader(settings: Settings) -> AsyncIterator[Reader]:
    yield Reader(settings)
    await callers.close()
    await pool.close()


@pytest.fixture
def book() -> dict[str, Any]:
    """Customers with personal data, policies and claims in several states."""
    owner = adjuster()
    customer = CustomerFactory.create(phone="+1 555 0100", address="1 Main Street\nSpringfield")
    policies = [PolicyFactory.create(customer=customer), *PolicyFactory.create_batch(9)]
    claims = [submitted_claim(policy) for policy in policies[:4]] + [
        started_claim(owner, policy, description="Hail") for policy in policies[:3]
    ]
    return {
        "policy": policies[0].pk,
        "number": policies[0].policy_number,
        "customer": customer.pk,
        "email": customer.email,
        "claim": claims[-1].pk,
        "claim_number": claims[0].claim_number,
        "adjuster": owner.pk,
        "product": product().pk,
        "quote": quoted(customer).pk,
        "callers": [owner, superuser(), policyholder(customer), policyholder()],
    }


async def logged_in(user: User) -> str:
    """An access token of a fresh log-in."""
    return (await in_thread(lambda: start_family(user))).access


def same(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Without the moment, and with cursors (sealed anew each time) only as being there."""
    text = re.sub(r'"timestamp":"[^"]+"', "", answer.text)
    text = re.sub(r'"correlationId":"[^"]+"', "", text)
    return answer.status_code, re.sub(r'"nextCursor":"[^"]+"', '"nextCursor":"…"', text), answer.headers.get("ETag")


async def test_both_ways_give_the_same_bytes_to_everybody(book: dict[str, Any], reader: Reader) -> None:
    for caller in book["callers"]:
        token = await logged_in(caller)
        for path in PATHS:
            asked = path.format_map(book)
            by_orm = await reader.get(asked, token, natively=False)
            for _ in range(2):  # compiled, and from memory
                assert same(await reader.get(asked, token, natively=True)) == same(by_orm), asked


async def test_claimants_too_when_the_process_remembers_no_key(book: dict[str, Any], reader: Reader) -> None:
    """A customer among them: whose key is another's than the rows that were read."""

    def name_them() -> None:
        add_claimant(None, book["claim"], ToldClaimant("other", customer_id=book["customer"]))
        add_claimant(None, book["claim"], ToldClaimant("bodily_injury", name="Nora Vale", phone="(916) 555-0177"))

    await in_thread(name_them)
    token, path = await logged_in(book["callers"][1]), f"/claims/{book['claim']}/claimants"
    answers = []
    for natively in (True, False):
        keyring.remembered.clear()
        answers.append(same(await reader.get(path, token, natively=natively)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert "Nora Vale" in answers[0][1]


async def test_pages_far_into_a_list_too(book: dict[str, Any], reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "FAR", -1)
    lists = ["/policies?page_size=3&page=", "/claims?sort=dueAt&page_size=3&page=", "/policies?status=active&page_size=4&page="]
    for caller in book["callers"]:
        token = await logged_in(caller)
        for asked in (f"{path}{page}" for path in lists for page in (1, 2, 3, 99)):
            assert same(await reader.get(asked, token, natively=True)) == same(await reader.get(asked, token, natively=False)), asked


@pytest.mark.parametrize("few", [searching.FEW, 0, 2])
async def test_searches_too_whether_few_fit_or_many(
    few: int, book: dict[str, Any], reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    terms = ("finch", "har", "clm-", "test-00", "000", "QUO", "%25", "nobody", "{number}", "{claim_number}")
    asked = [f"/{kind}?page_size=3&q={term}" for kind in ("claims", "policies", "customers", "quotes") for term in terms]
    for caller in book["callers"]:
        token = await logged_in(caller)
        for path in (each.format_map(book) for each in asked):
            by_orm = await reader.get(path, token, natively=False)
            for _ in range(2):
                assert same(await reader.get(path, token, natively=True)) == same(by_orm), path


async def test_a_policyholders_search_asks_for_the_own_rows_alone(
    book: dict[str, Any], reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, asked, fetch = await logged_in(book["callers"][2]), [], pool.fetch

    async def noted(sql: str, values: Any) -> Any:
        asked.append(sql)
        return await fetch(sql, values)

    monkeypatch.setattr(pool, "fetch", noted)
    for path in ("/claims", "/policies/{policy}/claims", "/policies", "/customers/{customer}/policies", "/customers", "/quotes"):
        for term in ("zq", "finch", "TEST-0", "nobody"):
            path_ = f"{path}?q={term}".format_map(book)
            answer = await reader.get(path_, token, natively=True)
            assert same(answer) == same(await reader.get(path_, token, natively=False)), path_
    assert asked
    assert beyond(asked) == []


async def test_however_many_keys_are_found_the_statement_is_the_same(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][1])
    for _ in range(2):
        for term in ("finch", book["number"], "nobody", "harold", book["claim_number"]):
            await reader.get(f"/claims?q={term}", token, natively=True)
        known = len(_statements)
    await in_thread(lambda: PolicyFactory.create_batch(3))
    for term in ("test-0", "har", "fin"):
        await reader.get(f"/claims?q={term}", token, natively=True)
    assert len(_statements) == known


@pytest.mark.parametrize("path", ["/policies?page_size=3&sort=startDate", "/claims?page_size=2&sort=-dueAt", "/customers?page_size=4"])
async def test_cursors_of_one_way_are_read_by_the_other(path: str, book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][0])
    walks: list[list[str]] = []
    for ways in [(False,), (True,), (False, True)]:
        cursor, seen, step = "", [], 0
        while cursor is not None:
            answer = (await reader.get(f"{path}&cursor={cursor}", token, natively=ways[step % len(ways)])).json()["data"]
            cursor, step = answer["nextCursor"], step + 1
            seen += [row["id"] for row in answer["data"]]
        walks.append(seen)
    assert walks[0] == walks[1] == walks[2]
    assert len(set(walks[0])) == len(walks[0]) > 4


async def test_values_never_stay_in_a_statement_that_is_remembered(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][0])
    numbers = await in_thread(lambda: list(Policy.objects.values_list("policy_number", flat=True)))
    await reader.get(f"/policies/by-number/{numbers[0]}", token, natively=True)
    known = len(_statements)
    for number in numbers:
        answer = await reader.get(f"/policies/by-number/{number}", token, natively=True)
        assert answer.json()["data"]["policyNumber"] == number
    assert len(_statements) == known
    assert not any(number in statement.sql for statement in _statements.values() for number in numbers)


async def test_a_reader_who_has_it_already_gets_304(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][0])
    etag = (await reader.get(f"/claims/{book['claim']}", token, natively=True)).headers["ETag"]
    again = await reader.get(f"/claims/{book['claim']}", token, natively=True, **{"If-None-Match": etag})
    assert (again.status_code, again.headers["ETag"], again.content) == (304, etag, b"")


async def test_its_connections_are_named_bounded_and_read_only(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][0])
    answers = await asyncio.gather(*(reader.get("/policies", token, natively=True) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= pool.size() <= 3
    shown = "SELECT current_setting('application_name'), current_setting('jit'), current_setting('TimeZone')"
    assert await pool.fetch(shown, []) == [("vanguardai", "off", "UTC")]
    with pytest.raises(InternalError, match="read-only transaction"):
        await pool.fetch("UPDATE policies_policy SET version = 2", [])


async def test_a_database_that_went_away_is_noticed_and_found_again(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][0])
    await reader.get("/policies", token, natively=True)

    def end(backends: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [backends])

    kept = list(pool._pool().resting)
    await in_thread(lambda: end([each.info.backend_pid for each in kept]))
    assert (await reader.get("/policies", token, natively=True)).status_code == 200


async def test_counts_follow_the_book(book: dict[str, Any], reader: Reader) -> None:
    token = await logged_in(book["callers"][1])
    for path, model in (("/customers", Customer), ("/policies", Policy), ("/claims", Claim)):
        expected = await in_thread(model.objects.count)
        assert (await reader.get(path, token, natively=True)).json()["data"]["total"] == expected
