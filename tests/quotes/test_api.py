"""Products and quotes through the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies.models import Policy
from policies.products import services as products
from policies.quotes.models import Quote
from tests.api.calling import Answer, Caller, walk
from tests.factories import CustomerFactory, policyholder, staff, superuser, underwriter
from tests.quotes.making import HOUSE, backdated, days_ahead, past_its_price, product, quoted, referred, requested

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def priya() -> Caller:
    return Caller(underwriter())


def body(**fields: Any) -> dict[str, Any]:
    given = {"productId": str(product().pk), "startDate": days_ahead(10).isoformat(), "inputs": HOUSE}
    return given | ({} if "customerId" in fields else {"customerId": str(CustomerFactory.create().pk)}) | fields


def test_products_say_what_is_covered_and_what_is_asked_but_not_the_rates() -> None:
    rosa = Caller(policyholder())
    assert [(row["code"], row["onSale"], row["version"]) for row in rosa.get("/products").data["data"]] == [
        ("HO", True, 2),
        ("PA", True, 2),
    ]
    shown = rosa.get(f"/products/{product().pk}")
    dwelling = shown.data["coverages"][0]
    assert (dwelling["code"], dwelling["limit"]) == (
        "dwelling", {"leastAmount": 100_000, "usualAmount": 300_000, "mostAmount": 1_500_000},
    )  # fmt: skip
    assert dwelling["settlementRule"] == "limit_less_deductible"
    questions = {each["code"]: each for each in shown.data["questions"]}
    assert questions["construction"]["choices"][0] == {"value": "frame", "label": "Frame"}
    assert (questions["roofAge"]["kind"], questions["roofAge"]["least"], questions["roofAge"]["most"]) == ("number", 0, 150)
    assert "dwellingLimit" not in questions
    assert "0.9100" not in shown.text


def test_a_withdrawn_product_is_there_for_staff_only() -> None:
    products.set_on_sale(None, product().pk, on_sale=False)
    rosa, maya = Caller(policyholder()), Caller(staff("Adjuster"))
    assert [row["code"] for row in rosa.get("/products").data["data"]] == ["PA"]
    assert rosa.get(f"/products/{product().pk}").status == 404
    assert {row["code"]: row["onSale"] for row in maya.get("/products").data["data"]} == {"HO": False, "PA": True}
    assert maya.get("/products?policy_type=homeowners&q=home").data["total"] == 1


def test_a_quote_is_requested_priced_and_bound(priya: Caller) -> None:
    made = priya.post("/quotes", body())
    assert (made.status, made.data["status"], made.etag) == (201, "draft", '"1"')
    assert made.headers["Location"] == f"/api/quotes/{made.data['id']}"
    assert made.data["covers"]["dwelling"] == {"limitAmount": 300_000, "deductibleAmount": 2_500}
    address = f"/quotes/{made.data['id']}"
    priced = priya.post(f"{address}/price", {"covers": {"dwelling": {"limitAmount": 400_000.50, "deductibleAmount": "1000"}}})
    assert (priced.status, priced.data["status"], priced.data["premiumAmount"]) == (200, "quoted", Decimal("1116.58"))
    assert priced.data["steps"][0] == {"name": "Construction", "found": "Masonry", "factor": "0.9100", "runningAmount": Decimal("1073.80")}
    read = priya.get(address)
    assert (read.data, read.etag) == (priced.data, priced.etag)
    assert priya.get(address, If_None_Match=read.etag).status == 304
    done = priya.post(f"{address}/bind")
    policy = Policy.objects.get()
    assert (done.data["status"], done.data["policyId"]) == ("bound", str(policy.pk))
    assert policy.coverage_amount == Decimal("400000.50")
    assert priya.get(f"/policies/{policy.pk}").data["premiumAmount"] == Decimal("1116.58")
    assert priya.post(f"{address}/bind").errors == {"status": "already_bound"}


def test_a_referral_is_approved_with_a_reason_and_another_declined(priya: Caller) -> None:
    quote = referred()
    address = f"/quotes/{quote.pk}"
    waiting = priya.get(address)
    assert waiting.data["findings"] == [{"outcome": "refer", "reason": "A roof of 25 years or more is inspected before we commit."}]
    assert priya.post(f"{address}/bind").errors == {"status": "not_allowed_now"}
    assert priya.post(f"{address}/approve", {"reason": "Inspected"}).data["status"] == "approved"
    other = f"/quotes/{referred().pk}"
    assert priya.post(f"{other}/decline").errors == {"reason": "required"}
    assert priya.post(f"{other}/decline", {"reason": "Beyond repair"}).data["status"] == "declined"
    assert priya.post(f"{other}/price").errors == {"status": "declined"}


def test_an_expired_quote_says_so_and_is_not_bound(priya: Caller) -> None:
    quote = past_its_price(quoted())
    assert priya.get(f"/quotes/{quote.pk}").data["status"] == "expired"
    assert priya.post(f"/quotes/{quote.pk}/bind").errors == {"status": "expired"}
    assert priya.get("/quotes?status=expired").ids == [str(quote.pk)]
    assert priya.get("/quotes?status=quoted").ids == []
    assert priya.post(f"/quotes/{quote.pk}/price").data["status"] == "quoted"


def test_the_maker_of_a_sensitive_quote_is_told_to_ask_a_second_person() -> None:
    maker = underwriter()
    assert Caller(maker).post(f"/quotes/{backdated(actor=maker).pk}/approve").errors == {"": "four_eyes"}


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"startDate": "2026-12-01", "endDate": "2026-11-30"}, {"endDate": "before_start"}),
        ({"startDate": "2026-12-01", "endDate": "2426-12-01"}, {"endDate": "too_long"}),
        ({"startDate": "soon"}, {"startDate": "malformed_time"}),
        ({"startDate": None}, {"startDate": "wrong_type"}),
        ({"customerId": "rosa"}, {"customerId": "malformed_id"}),
        ({"inputs": {"roofAge": -3}}, {"inputs.roofAge": "out_of_range"}),
        ({"inputs": {"construction": "straw"}}, {"inputs.construction": "not_a_choice"}),
        ({"inputs": {"construction": "\x00"}}, {"inputs.construction": "not_a_choice"}),
        ({"inputs": {"colour": "red"}}, {"inputs.colour": "unknown"}),
        ({"inputs": {"a\x00b": "red"}}, {"inputs.a\x00b.[key]": "control_characters"}),
        ({"inputs": ["roofAge"]}, {"inputs": "wrong_type"}),
        ({"covers": {"dwelling": {"limitAmount": 99, "deductibleAmount": 5_000}}}, {"covers.dwelling.limitAmount": "out_of_range"}),
        ({"covers": {"dwelling": {"limitAmount": 300_000}}}, {"covers.dwelling.deductibleAmount": "out_of_range"}),
        ({"covers": {"dwelling": {"limitAmount": -1}}}, {"covers.dwelling.limitAmount": "negative"}),
        ({"covers": {"dwelling": {"limitAmount": 300000.001}}}, {"covers.dwelling.limitAmount": "too_many_decimals"}),
        ({"covers": {"dwelling": {"limitAmount": 1e30}}}, {"covers.dwelling.limitAmount": "out_of_range"}),
        ({"covers": {"dwelling": {}}}, {"covers.dwelling.limitAmount": "required"}),
        ({"covers": {"flood": {"limitAmount": 1}}}, {"covers.flood": "unknown"}),
        ({"premiumAmount": 1}, {"premiumAmount": "unknown_field"}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_named_and_nothing_is_kept(priya: Caller, fields: dict[str, Any], errors: dict[str, str]) -> None:
    answer = priya.post("/quotes", body(**fields))
    assert (answer.status, answer.errors) == (422, errors)
    assert not Quote.objects.exists()


def test_an_answer_that_is_missing_is_asked_for_when_it_is_priced(priya: Caller) -> None:
    made = priya.post("/quotes", body(inputs={}))
    assert made.status == 201
    assert set(priya.post(f"/quotes/{made.data['id']}/price").errors) == {f"inputs.{code}" for code in HOUSE}


def test_the_same_key_prices_and_binds_once(priya: Caller) -> None:
    quote = requested()
    first, second = (priya.post(f"/quotes/{quote.pk}/price", {}, Idempotency_Key="p") for _ in range(2))
    assert first.text == second.text
    assert quote.pricings.count() == 1
    one, other = (priya.post(f"/quotes/{quote.pk}/bind", {}, Idempotency_Key="b") for _ in range(2))
    assert (one.status, one.text) == (200, other.text)
    assert Policy.objects.count() == 1


def test_an_older_state_is_refused_where_the_caller_names_it(priya: Caller) -> None:
    quote = quoted()
    assert priya.post(f"/quotes/{quote.pk}/bind", {}, If_Match='"1"').status == 412
    assert priya.post(f"/quotes/{quote.pk}/bind", {}, If_Match='"2"').status == 200


def test_a_policyholder_requests_and_prices_but_does_not_bind() -> None:
    customer = CustomerFactory.create()
    rosa, theirs = Caller(policyholder(customer)), quoted()
    made = rosa.post("/quotes", body(customerId=str(customer.pk)))
    address = f"/quotes/{made.data['id']}"
    assert rosa.post(f"{address}/price").data["status"] == "quoted"
    assert rosa.get("/quotes").ids == [made.data["id"]]
    for command in ("approve", "bind"):
        assert rosa.post(f"{address}/{command}").status == 403
    assert rosa.post(f"{address}/decline", {"reason": "x"}).status == 403
    assert rosa.post("/quotes", body(customerId=str(theirs.customer_id))).status == 404
    for command in ("price", "bind"):
        assert rosa.post(f"/quotes/{theirs.pk}/{command}").status == 404
    assert rosa.get(f"/quotes/{theirs.pk}").status == 404


@pytest.mark.parametrize("sort", ["createdAt", "-quoteNumber", "expiresAt", "-premiumAmount"])
def test_the_list_is_walked_by_cursor_in_any_order(sort: str) -> None:
    caller = Caller(superuser())
    wanted = {str(make().pk) for make in (requested, quoted, referred, requested, quoted)}
    pages: list[Answer] = list(walk(caller, f"/quotes?page_size=2&sort={sort}"))
    found = [row for page in pages for row in page.ids]
    assert (len(pages), len(found), set(found)) == (3, 5, wanted)


def test_the_list_is_narrowed_by_customer_product_number_and_name(priya: Caller) -> None:
    quote, _ = quoted(CustomerFactory.create(last_name="Delgado")), quoted()
    for query in (f"customer_id={quote.customer_id}", f"q={quote.quote_number[-4:]}", "q=delg"):
        assert priya.get(f"/quotes?{query}").ids == [str(quote.pk)], query
    assert priya.get(f"/quotes?product_id={product('PA').pk}").ids == []
    assert priya.get("/quotes?status=lost").status == 422


def test_lists_and_objects_take_as_many_queries_for_many_as_for_few(priya: Caller) -> None:
    quote = quoted()

    def counts() -> list[int]:
        taken = []
        for path in ("/quotes", f"/quotes/{quote.pk}", "/products", f"/products/{product().pk}"):
            with CaptureQueriesContext(connection) as captured:
                assert priya.get(path).status == 200
            taken.append(len(captured))
        return taken

    counts()
    few = counts()
    for _ in range(8):
        quoted()
        requested()
    priya.post(f"/quotes/{quote.pk}/price")
    assert counts() == few
    assert max(few) <= 11
