"""Customers and policies that a bordereau implies: invented, plausible, and always the same."""

from collections import Counter
from datetime import timedelta

import pytest

from claims.bordereau.accounts import Term, place
from claims.bordereau.lines import ClosedClaim, read_line
from claims.bordereau.people import DOMAIN
from tests.book.bordereaux import book_rows, sample_rows

Placed = list[tuple[ClosedClaim, Term]]


@pytest.fixture(scope="module")
def placed() -> Placed:
    return place(claim for number, row in enumerate(book_rows(), start=2) if isinstance(claim := read_line(number, row), ClosedClaim))


def test_each_loss_falls_into_the_term_of_its_policy(placed: Placed) -> None:
    assert all(term.start <= claim.incident < term.end for claim, term in placed)


def test_a_policy_lasts_a_year_and_has_the_terms_of_its_claims(placed: Placed) -> None:
    for claim, term in placed:
        assert term.end - term.start in (timedelta(days=365), timedelta(days=366))
        assert (term.cover.limit, term.cover.deductible, term.cover.product) == (claim.limit, claim.deductible, claim.product)


def test_no_policy_has_two_claims_for_the_same_day(placed: Placed) -> None:
    assert max(Counter((term.policy_number, claim.incident) for claim, term in placed).values()) == 1


def test_some_customers_have_several_claims_and_some_insured_house_and_car(placed: Placed) -> None:
    accounts = {term.cover.account for _, term in placed}
    assert 20_000 < len(accounts) < 30_000
    assert sum(len({cover.product for cover in account.covers}) == 2 for account in accounts) > 1_000


def test_addresses_and_numbers_can_reach_nobody_and_are_nobody_elses(placed: Placed) -> None:
    people = {term.cover.account: term.cover.account.person for _, term in placed}.values()
    assert len({person.email for person in people}) == len(people)
    assert all(person.email.endswith(f"@{DOMAIN}") and " 555 01" in person.phone for person in people)


def test_nobody_was_a_child_when_they_took_out_cover(placed: Placed) -> None:
    assert all((term.start.date() - term.cover.account.person.date_of_birth).days > 18 * 365 for _, term in placed)


def test_the_same_file_implies_the_same_people_and_policies() -> None:
    def once() -> list[tuple[str, str, str]]:
        claims = [claim for row in sample_rows() if isinstance(claim := read_line(2, row), ClosedClaim)]
        return [(claim.claim_number, term.policy_number, term.cover.account.person.email) for claim, term in place(claims)]

    assert once() == once()


def test_premiums_are_of_the_size_that_such_covers_cost(placed: Placed) -> None:
    premiums = [term.premium for _, term in placed]
    assert 250 < min(premiums) < max(premiums) < 3_000
