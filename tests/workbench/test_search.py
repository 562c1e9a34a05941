import pytest
from django.test import Client

from tests.factories import CustomerFactory, PolicyFactory, submitted_claim
from tests.workbench.desk import source, words

pytestmark = pytest.mark.django_db
SEARCH = "/admin/search/"


@pytest.fixture(autouse=True)
def rosa(db: None) -> None:
    person = CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com")
    policy = PolicyFactory.create(customer=person, policy_number="POL-2026-004711")
    submitted_claim(policy, claim_number="CLM-2026-003988")
    submitted_claim(policy, claim_number="CLM-2026-003989")


@pytest.mark.parametrize(
    ("term", "leads_to"),
    [
        ("CLM-2026-003988", "/admin/claims/claim/"),
        (" clm-2026-003988 ", "/admin/claims/claim/"),
        ("POL-2026-004711", "/admin/policies/policy/"),
        ("ROSA@example.com", "/admin/customers/customer/"),
    ],
)
def test_a_whole_number_or_e_mail_goes_straight_to_its_record(at_maya: Client, term: str, leads_to: str) -> None:
    answer = at_maya.get(SEARCH, {"q": term})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(leads_to)


def test_a_name_finds_the_person_with_policies_and_claims(at_maya: Client) -> None:
    text = words(at_maya.get(SEARCH, {"q": "delgado"}))
    for expected in ("Claims", "CLM-2026-003988", "Policies", "POL-2026-004711", "Customers", "rosa@example.com"):
        assert expected in text


def test_the_start_or_the_last_digits_of_a_number_are_enough(at_maya: Client) -> None:
    assert "CLM-2026-003989" in words(at_maya.get(SEARCH, {"q": "CLM-2026-0039"}))
    assert "POL-2026-004711" in words(at_maya.get(SEARCH, {"q": "4711"}))


@pytest.mark.parametrize(
    "term", ["", "x", "nobody at all", "%%", "_" * 10, "<script>alert(1)</script>", "' OR 1=1 --", "\N{SNOWMAN}" * 3, "\0\0\0"]
)
def test_what_finds_nothing_says_so_and_breaks_nothing(at_maya: Client, term: str) -> None:
    answer = at_maya.get(SEARCH, {"q": term})
    assert answer.status_code == 200
    assert "Nothing fits" in words(answer) or "at least two characters" in words(answer)
    assert "<script>alert" not in source(answer)


def test_phone_and_ssn_cannot_be_searched_for(at_maya: Client) -> None:
    assert "Nothing fits" in words(at_maya.get(SEARCH, {"q": "916 555 0142"}))
