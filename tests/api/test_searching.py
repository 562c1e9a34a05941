"""What `q` finds in each list is what the plain condition over all its tables would, however few or many fit; and each way has an index."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext

from claims.models import Claim
from claims.schemas import ClaimListParams
from customers.models import Customer
from customers.schemas import CustomerListParams
from policies.models import Policy
from policies.quotes.models import Quote
from policies.quotes.schemas import QuoteListParams
from policies.schemas import PolicyListParams
from tests import needs
from tests.api.calling import Caller, walk
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, submitted_claim, superuser
from tests.quotes.making import quoted
from tests.records import made_once
from vanguard.http import searching
from vanguard.http.paging import ListParams
from vanguard.text import search_words

pytestmark = pytest.mark.django_db

PEOPLE = (
    ("Rosa", "Delgado"), ("Harold", "Smith"), ("Smith", "Wesson"), ("Ana", "Smith-Jones"), ("100%", "Sure"), ("Under_score", "Smith"),
    ("Zoë", "Müller"), ("O'Neil", "D\\Arcy"), ("smith", "delgado"), ("Pol", "Claim"),
)  # fmt: skip
TERMS = (
    "smith", "SMITH", "smith-", "delgado", "rosa", "osa", "rosa delgado", "rosa  d", "zoë", "mül", "pol", "clm", "claim", "000", "0003",
    "3", "-0", "7-x", "BOOK-0004", "ok-00", "%", "_", "100%", "under_", "\\", "d\\", "'", "o'", "nobody", "x" * 60, "person.1",
    "CLM-BOOK-0007-X",
)  # fmt: skip
# Each way finds few; each that finds anything finds many; and some of each.
LIMITS = (searching.FEW, 0, 3)


def _plain_claims(q: str) -> QuerySet[Claim]:
    by_number = Q(claim_number__icontains=q) | Q(policy__policy_number__icontains=q)
    return Claim.objects.filter(by_number | Q(policy__customer__last_name__istartswith=q) | Q(policy__customer__first_name__istartswith=q))


def _plain_policies(q: str) -> QuerySet[Policy]:
    by_name = Q(customer__last_name__istartswith=q) | Q(customer__first_name__istartswith=q)
    return Policy.objects.filter(Q(policy_number__icontains=q) | by_name)


def _plain_quotes(q: str) -> QuerySet[Quote]:
    by_name = Q(customer__last_name__istartswith=q) | Q(customer__first_name__istartswith=q)
    return Quote.objects.filter(Q(quote_number__icontains=q) | by_name)


def _plain_customers(q: str) -> QuerySet[Customer]:
    rows = Customer.objects.all()
    for word in search_words(q):
        rows = rows.filter(Q(last_name__istartswith=word) | Q(first_name__istartswith=word) | Q(email__istartswith=word))
    return rows


PLAIN: dict[str, Callable[[str], QuerySet[Any]]] = {
    "/claims": _plain_claims,
    "/policies": _plain_policies,
    "/quotes": _plain_quotes,
    "/customers": _plain_customers,
}


def beyond(statements: Iterable[str]) -> list[str]:
    """Those that look at claims, policies, quotes or customers without saying whose."""
    books = [model._meta.db_table for model in (Claim, Policy, Quote, Customer)]
    return [sql for sql in statements if any(f'"{table}"' in sql for table in books) and '"user_id" = ' not in sql]


def twenty_people() -> None:
    for number, (first, last) in enumerate(PEOPLE * 2):
        person = CustomerFactory.create(first_name=first, last_name=last, email=f"person.{number}@example.com")
        policy = PolicyFactory.create(customer=person, policy_number=f"POL-BOOK-{number:04d}")
        submitted_claim(policy, claim_number=f"CLM-BOOK-{number:04d}-x", claim_type=f"type {number}")
        if number % 3 == 0:
            quoted(person)


book = made_once(twenty_people)


@pytest.mark.parametrize("few", LIMITS)
@pytest.mark.parametrize("path", PLAIN)
def test_a_search_finds_what_the_plain_condition_finds(path: str, few: int, book: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    caller, finding = Caller(superuser()), 0
    for term in TERMS:
        wanted = [str(key) for key in PLAIN[path](term).order_by("-created_at", "-pk").values_list("pk", flat=True)]
        found = caller.get(f"{path}?page_size=100&q={quote(term)}")
        assert (found.ids, found.data["total"]) == (wanted, len(wanted)), term
        finding += bool(wanted)
    assert 5 < finding < len(TERMS)


@pytest.mark.parametrize("few", LIMITS)
def test_pages_cursors_filters_and_orders_of_what_is_found_are_those_of_the_list(
    few: int, book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    caller = Caller(adjuster())
    for asked in ("/claims?q=smith&sort=claimNumber", "/claims?q=book-00&status=pending&sort=-dueAt", "/policies?q=smith&status=active"):
        whole = caller.get(f"{asked}&page_size=100").ids
        assert len(whole) >= 6
        assert [key for page in walk(caller, f"{asked}&page_size=4") for key in page.ids] == whole
        assert caller.get(f"{asked}&page=2&page_size=3").ids == whole[3:6]
    assert caller.get("/claims?q=smith&status=denied").data["total"] == 0


@pytest.mark.parametrize("few", LIMITS)
def test_a_policyholder_finds_only_the_own(few: int, book: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    policy = PolicyFactory.create(customer=CustomerFactory.create(first_name="Harold", last_name="Smith"), policy_number="POL-BOOK-9999")
    claim = submitted_claim(policy)
    caller = Caller(policyholder(policy.customer))
    for term, own in (("smith", 1), ("book", 1), ("delgado", 0), ("BOOK-0001", 0)):
        assert caller.get(f"/claims?q={term}").ids == [str(claim.pk)] * own
        assert caller.get(f"/policies?q={term}").ids == [str(policy.pk)] * own


@pytest.mark.parametrize("term", ["zq", "s", "smith", "BOOK-0001", "BOOK-9999", "nobody", "%"])
def test_no_statement_of_a_policyholders_search_looks_beyond_the_own_rows(term: str, book: None) -> None:
    policy = PolicyFactory.create(customer=CustomerFactory.create(first_name="Harold", last_name="Smith"), policy_number="POL-BOOK-9999")
    claim = submitted_claim(policy)
    user = policyholder(policy.customer)
    quoted(policy.customer)
    caller = Caller(user)
    own: dict[str, QuerySet[Any]] = {
        "/claims": _plain_claims(term).filter(policy=policy),
        f"/policies/{policy.pk}/claims": _plain_claims(term).filter(pk=claim.pk),
        "/policies": _plain_policies(term).filter(pk=policy.pk),
        f"/customers/{policy.customer_id}/policies": _plain_policies(term).filter(pk=policy.pk),
        "/quotes": _plain_quotes(term).filter(customer=policy.customer),
        "/customers": _plain_customers(term).filter(pk=policy.customer_id),
    }
    for path, rows in own.items():
        wanted = [str(key) for key in rows.values_list("pk", flat=True)]
        caller.get(path)  # who asks is known from here on
        with CaptureQueriesContext(connection) as plain:
            caller.get(path)
        with CaptureQueriesContext(connection) as asked:
            found = caller.get(f"{path}?q={quote(term)}")
        assert (found.ids, found.data["total"]) == (wanted, len(wanted)), path
        assert len(asked) <= len(plain), path
        assert beyond(each["sql"] for each in asked) == []


# What is typed, and how many of the book's claims, policies and customers it finds: every sign stands for itself.
SIGNS = {
    "%": 0, "_": 0, "100%": 2, "1_0%": 0, "under_": 2, "under%": 0, "o'": 2, "'": 0, '"': 0, "' OR ''='": 0, "d\\": 2, "d\\\\": 0,
    "zoë": 2, "Zoe\u0308": 2, "zoe": 0, "mül": 2, "ß": 0, "山田": 0, "😀": 0, "x" * 200: 0, "  zoë  ": 2,
}  # fmt: skip
SEARCHED = ("/claims", "/policies", "/customers")


@pytest.mark.parametrize("few", LIMITS)
def test_signs_quotes_and_letters_of_any_alphabet_stand_for_themselves(few: int, book: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    caller = Caller(superuser())
    for path in SEARCHED:
        assert {term: caller.get(f"{path}?q={quote(term)}").data["total"] for term in SIGNS} == SIGNS, path


@pytest.mark.parametrize("path", PLAIN)
def test_only_spaces_are_no_search(path: str, book: None) -> None:
    caller = Caller(superuser())
    whole = caller.get(f"{path}?page_size=100")
    assert len(whole.ids) == whole.data["total"] >= 7
    for blank in ("", "%20", "%20%20%20", "+", "%C2%A0", "%E3%80%80"):
        assert caller.get(f"{path}?page_size=100&q={blank}").ids == whole.ids, blank


@pytest.mark.parametrize("path", PLAIN)
def test_what_cannot_be_searched_for_is_422_and_names_q(path: str) -> None:
    bad = {
        "%00": "control_characters", "smith%00": "control_characters", "a%01b": "control_characters", "a%0Ab": "control_characters",
        "%C2%85x": "control_characters", "x" * 201: "too_long", "%C3%AB" * 201: "too_long", "x" * 5000: "too_long",
    }  # fmt: skip
    for caller in (Caller(policyholder()), Caller(superuser())):
        for term, code in bad.items():
            answer = caller.get(f"{path}?q={term}")
            assert (answer.status, answer.errors) == (422, {"q": code}), term


@needs.postgresql
@pytest.mark.parametrize("params", [ClaimListParams, PolicyListParams, QuoteListParams, CustomerListParams])
def test_each_way_has_an_index_that_answers_it(params: type[ListParams]) -> None:
    """Of a table with next to nothing in it PostgreSQL would rather read all, or all of another index: it is told not to."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexonlyscan = off")
        for way in params(q="smith").ways():
            sql, values = way.found.order_by().values_list("pk").query.sql_with_params()
            cursor.execute(f"EXPLAIN {sql}", values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert re.search(r"Index Cond: \(+upper\(", plan), plan
            assert "Seq Scan" not in plan, plan
