"""Long lists show what Django's own would, row by row and page by page: they only find it in another way."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.contrib.admin.views.main import ChangeList
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.test import Client, RequestFactory, TestCase
from django.utils import timezone

from claims.admin import ClaimAdmin
from claims.models import Claim
from claims.services import approve_claim, close_claim, deny_claim
from customers.admin import CustomerAdmin
from customers.models import Customer
from policies.admin import PolicyAdmin
from policies.models import Policy
from policies.services import cancel_policy
from tests import needs
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim, supervisor
from tests.workbench.desk import source, words
from vanguard.accounts.models import User
from vanguard.text import search_words
from vanguard.workbench.model_admin import WorkbenchModelAdmin
from vanguard.workbench.site import workbench

pytestmark = pytest.mark.django_db

NAMES = (
    ("Rosa", "Delgado"), ("Harold", "Smith"), ("Smith", "Wesson"), ("Ana", "Smith-Jones"), ("100%", "Sure"), ("Under_score", "Smith"),
    ("Zoë", "Müller"), ("Ünal", "Şahin"), ("ΣΟΦΙΑ", "Παπαδοπούλου"), ("O'Neil", "D\\Arcy"), ("smith", "delgado"), ("李", "小龍"),
)  # fmt: skip
TERMS = (
    "", " ", "smith", "SMITH", "Smith Har", "har smi", "delgado", "rosa@", "rosa.0@example.com", "smith-jones", "Smith-", "clm-",
    "CLM-BOOK-1", "clm-book", "pol-book-00", "POL-BOOK-0003", "3", "03", "0003", "1 2", "clm-book 3", "pol-book 0004 clm",
    "%", "_", "100%", "under_",
    "\\", "d\\", "o'", "'", "zoë", "ZOË", "mül", "ş", "Ş", "ün", "ΣΟΦ", "σοφ", "李", "小", "²", "٣", "nobody", "\0", "smi\0th", "x" * 200,
    "a b c d e f g", "harold smith smith harold smith nobody",
)  # fmt: skip
CLAIMS = (
    "", "view=all", "view=team", "view=late", "view=unassigned", "view=mine", "view=all&status=denied", "view=all&stage=reported",
    "view=all&claim_type=fire", "view=all&owner=nobody", "view=all&owner=me", "view=all&due=week", "view=all&decided=today",
    "view=all&file=closed", "view=all&file=open&status=processing",
    *(f"view=all&o={sign}{column}" for sign in ("", "-") for column in (1, 2, 3, 4, 6)),
    "view=all&o=4.-6", "view=all&status=denied&o=-6",
)  # fmt: skip
POLICIES = (
    "", "view=force", "view=ending", "view=cancelled", "status=active", "status=expired", "policy_type=homeowners",
    *(f"o={sign}{column}" for sign in ("", "-") for column in (0, 2, 3, 4, 5, 6, 7)), "status=cancelled&o=-6",
)  # fmt: skip
CUSTOMERS = ("", *(f"o={sign}{column}" for sign in ("", "-") for column in (0, 1, 2)))


def make_book(maya: User, daniel: User) -> None:
    """Thirty-six people, of whom many are called alike, forty policies, sixty claims in every state; many keys of the orders are equal."""
    now = timezone.now()
    for number in range(36):
        first, last = NAMES[number % len(NAMES)]
        address = f"{'rosa' if number < 9 else 'person'}.{number}@example.com"
        person = CustomerFactory.create(first_name=first, last_name=last, email=address)
        policy = PolicyFactory.create(
            customer=person,
            policy_number=f"POL-BOOK-{number:04d}",
            policy_type=("homeowners", "personal_auto")[number % 2],
            premium_amount=Decimal(number % 4),
            coverage_amount=Decimal(30_000 + number % 3),
            start_date=now - datetime.timedelta(days=320 + number % 30),
        )
        for turn in range(2 if number % 3 else 1):
            given = {"claim_type": ("fire", "hail", "theft")[number % 3], "claim_amount": Decimal(2000 + number % 5), "reported_date": now}
            _claim((maya, daniel)[number % 2], policy, (number + turn) % 5, claim_number=f"CLM-BOOK-{number}{turn}", **given)
        if number % 7 == 0:
            cancel_policy(None, PolicyFactory.create(customer=person).pk, reason="underwriting")
    PolicyFactory.create(start_date=now - datetime.timedelta(days=500))


def _claim(owner: User, policy: Policy, state: int, **given: Any) -> None:
    if state == 0:
        submitted_claim(policy, **given)
        return
    claim = started_claim(owner, policy, **given)
    if state in (2, 3):
        deny_claim(owner, claim.pk, reason="Wear and tear.")
    if state == 3:
        close_claim(owner, claim.pk)
    if state == 4:
        approve_claim(owner, claim.pk)


class Stock(WorkbenchModelAdmin[Any]):
    """The pages as Django reads them: one query for the rows, OFFSET and all, and the conditions as one would write them."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    def get_paginator(self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *more: Any) -> Any:
        return Paginator(queryset, per_page)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return plain(queryset, search_term), False


class StockClaims(Stock, ClaimAdmin): ...


class StockPolicies(Stock, PolicyAdmin): ...


class StockCustomers(Stock, CustomerAdmin): ...


STOCK: dict[type[Any], type[Any]] = {Claim: StockClaims, Policy: StockPolicies, Customer: StockCustomers}


def plain(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """What a search means, without a thought for how long it takes."""
    asked = search_words(term)
    path = {Claim: "policy__customer__", Policy: "customer__", Customer: ""}[rows.model]
    numbers = {Claim: ("claim_number", "policy__policy_number"), Policy: ("policy_number",), Customer: ()}[rows.model]
    by_name = Q()
    for word in asked:
        by_name &= Q(*[(f"{path}{field}__istartswith", word) for field in ("last_name", "first_name", "email")], _connector=Q.OR)
    if numbers and any(character.isdigit() for character in " ".join(asked)) and "@" not in term:
        for word in asked:
            rows = rows.filter(numbered(word, numbers))
        return rows
    if rows.model is Claim and len(asked) == 1 and "-" in asked[0]:
        by_name |= numbered(asked[0], numbers)
    return rows.filter(by_name)


def numbered(word: str, fields: tuple[str, ...]) -> Q:
    return Q(*[(f"{field}__{'endswith' if word.isdigit() else 'istartswith'}", word) for field in fields], _connector=Q.OR)


def pages(admin: WorkbenchModelAdmin[Any], user: User, query: dict[str, str]) -> Iterator[tuple[int, list[Any]]]:
    """Total and rows of each page of a list."""
    number, total = 1, 1
    while (number - 1) * admin.list_per_page < total:
        request = RequestFactory().get("/", query | {"p": str(number)})
        request.user = user
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # where the middleware puts it
        cl = admin.get_changelist_instance(request)
        total, number = cl.result_count, number + 1
        yield total, [row.pk for row in cl.result_list]


@contextmanager
def patched(value: object, *names: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(name, value)
        for admin in (*STOCK.values(), ClaimAdmin, PolicyAdmin, CustomerAdmin):
            patch.setattr(admin, "list_per_page", 23)
        yield


# Searches that find few records, and those that find many, go different ways: both, whatever the number.
EITHER_WAY: tuple[tuple[str, ...], ...] = ((), ("customers.models.FEW", "policies.reading.lists.FEW", "claims.worklist.FEW"))


@pytest.mark.slow
class ListsBesideTheStockOnesTest(TestCase):
    """A class, because Django then makes the book once for all of them."""

    maya: ClassVar[User]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.maya = adjuster()
        make_book(cls.maya, supervisor())

    def setUp(self) -> None:
        self.by_stock: dict[tuple[object, ...], list[tuple[int, list[Any]]]] = {}

    def differing(self, model: type[Any], queries: list[dict[str, str]]) -> list[dict[str, str]]:
        """Those of the queries that our list answers in another way than the stock one."""
        ours = workbench()._registry[model]
        return [query for query in queries if list(pages(ours, self.maya, query)) != self.stock_pages(model, query)]  # type: ignore[arg-type]

    def stock_pages(self, model: type[Any], query: dict[str, str]) -> list[tuple[int, list[Any]]]:
        """Asked once, whichever way ours goes: the stock list knows only one."""
        key = (model, *sorted(query.items()))
        if key not in self.by_stock:
            self.by_stock[key] = list(pages(STOCK[model](model, workbench()), self.maya, query))
        return self.by_stock[key]

    def test_searches_find_what_the_plain_conditions_find_page_by_page(self) -> None:
        for names in EITHER_WAY:
            with patched(0, *names):
                for model, view in ((Claim, {"view": "all"}), (Policy, {}), (Customer, {})):
                    assert self.differing(model, [view | {"q": term} for term in TERMS]) == [], (model, names)
                assert self.differing(Claim, [{"q": term} for term in TERMS]) == []

    def test_a_search_that_fits_nearly_everybody_finds_the_same_people(self) -> None:
        with patched(0, "customers.models.customer.FEW", "customers.models.customer.DENSE"):
            assert self.differing(Customer, [{"q": term} for term in ("person", "rosa", "smith")]) == []

    def test_filters_and_orders_show_the_stock_lists_rows_page_by_page(self) -> None:
        for model, queries in ((Claim, CLAIMS), (Policy, POLICIES), (Customer, CUSTOMERS)):
            with patched(0):
                assert self.differing(model, [asked(query) for query in queries]) == [], model
            for names in EITHER_WAY:
                with patched(0, *names):
                    assert self.differing(model, [asked(query) | {"q": "smith"} for query in queries]) == [], (model, names)


def asked(query: str) -> dict[str, str]:
    return dict(part.split("=") for part in query.split("&")) if query else {}


@pytest.fixture
def counted_to_three(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COUNTED", "FOUND"):
        monkeypatch.setattr(f"vanguard.workbench.model_admin.{name}", 3)
    monkeypatch.setattr(ClaimAdmin, "list_per_page", 2)


@pytest.mark.usefixtures("counted_to_three")
class TestWhatIsNotCountedToItsEnd:
    @pytest.fixture(autouse=True)
    def seven(self, db: None) -> None:
        policy = PolicyFactory.create(customer=CustomerFactory.create(last_name="Finch"))
        for number in range(7):
            submitted_claim(policy, claim_number=f"CLM-SEVEN-{number}")

    @pytest.mark.parametrize("query", ["?view=all&status=pending", "?view=all&q=finch"])
    def test_it_says_so_and_counts_when_asked(self, at_maya: Client, query: str) -> None:
        text = words(at_maya.get(f"/admin/claims/claim/{query}"))
        assert "1–2 of more than 3" in text
        assert "Count them all" in text
        text = words(at_maya.get(f"/admin/claims/claim/{query}&total=all"))
        assert "1–2 of 7" in text
        assert "Count them all" not in text

    def test_every_page_is_reached_by_going_on_and_the_last_one_is_the_last(self, at_maya: Client) -> None:
        seen, number = [], 1
        while number:
            page = source(at_maya.get(f"/admin/claims/claim/?view=all&status=pending&p={number}"))
            seen += [part.partition("<")[0] for part in page.partition("<tbody")[2].split('change/">')[1:]]
            number = number + 1 if 'rel="next"' in page else 0
        assert sorted(seen) == [f"CLM-SEVEN-{number}" for number in range(7)]
        assert "7–7 of 7" in words(at_maya.get("/admin/claims/claim/?view=all&status=pending&p=4"))

    @pytest.mark.parametrize("number", [5, 99, 10**9, 10**30])
    def test_a_page_past_the_end_is_left_out_and_said_so(self, at_maya: Client, number: int) -> None:
        answer = at_maya.get(f"/admin/claims/claim/?view=all&status=pending&p={number}", follow=True)
        assert answer.status_code == 200
        assert "was not understood" in words(answer)

    def test_without_a_filter_the_total_is_exact(self, at_maya: Client) -> None:
        assert "1–2 of 7" in words(at_maya.get("/admin/claims/claim/?view=all"))

    def test_all_that_fit_can_be_chosen_without_a_number(self, at_daniel: Client) -> None:
        page = source(at_daniel.get("/admin/claims/claim/?view=all&status=pending"))
        assert "Select all that fit" in page
        assert "All that fit are selected" in page


def test_a_tab_that_is_not_counted_to_its_end_says_so(at_priya: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.reading.lists.COUNTED", 2)
    for _ in range(4):
        PolicyFactory.create()
    tabs = source(at_priya.get("/admin/policies/policy/")).partition('class="wb-tabs"')[2].partition("</ul>")[0]
    assert ">2+</span>" in tabs


def test_a_whole_number_leads_to_its_record_however_many_others_begin_with_it(at_maya: Client) -> None:
    policy = PolicyFactory.create(policy_number="POL-9")
    claim = submitted_claim(policy, claim_number="CLM-9")
    for number in range(10):
        submitted_claim(PolicyFactory.create(policy_number=f"POL-9{number}"), claim_number=f"CLM-9{number}")
    assert str(claim.pk) in at_maya.get("/admin/search/", {"q": "clm-9"}).headers["Location"]
    assert str(policy.pk) in at_maya.get("/admin/search/", {"q": "pol-9"}).headers["Location"]


MANY_CUSTOMERS = """
    INSERT INTO customers_customer SELECT (jsonb_populate_record(one, jsonb_build_object(
        'id', gen_random_uuid(), 'first_name', 'N' || i, 'last_name', 'N' || i, 'email', 'n' || i || '@example.com'
    ))).* FROM customers_customer AS one, generate_series(1, 500) AS i
"""


@needs.postgresql
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Claim.objects.filter(claim_number__istartswith="CLM-20"), "claim_number_begins"),
        (Claim.objects.filter(claim_number__ends="3988"), "claim_number_ends"),
        (Policy.objects.filter(policy_number__istartswith="POL-20"), "policy_number_begins"),
        (Policy.objects.filter(policy_number__ends="4711"), "policy_number_ends"),
        (Customer.objects.filter(last_name__istartswith="del"), "customer_by_last_name"),
        (Customer.objects.filter(first_name__istartswith="ros"), "customer_by_first_name"),
        (Customer.objects.filter(email__istartswith="rosa@"), "customer_by_address"),
    ],
)
def test_postgresql_answers_from_the_index_that_was_made_for_it(rows: QuerySet[Any], index: str) -> None:
    CustomerFactory.create()
    with connection.cursor() as cursor:
        # In a table without rows any index is as good as another.
        cursor.execute(MANY_CUSTOMERS)
        cursor.execute("ANALYZE customers_customer; SET LOCAL enable_seqscan = off")
    assert index in rows.order_by().values("pk").explain()
