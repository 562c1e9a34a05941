"""Whether two claimants, or a claimant and somebody who works here, are one person: told by digests, and never by reading names."""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from claims.models import Claim
from claims.parties.models import Claimant
from customers.models import Customer
from customers.rules import normal_phone
from vanguard.accounts.models import User
from vanguard.encryption.keys import digests


def name_words(name: str) -> frozenset[str]:
    """A name as it is compared: in any order and writing."""
    return frozenset(unicodedata.normalize("NFKC", name).casefold().replace(",", " ").split())


def name_digests(name: str) -> list[str]:
    """Of the name's words in any order; none for no name. The current key's first."""
    words = " ".join(sorted(name_words(name)))
    return digests("claimant-name", words) if words else []


def email_digests(email: str) -> list[str]:
    address = email.strip().casefold()
    return digests("claimant-email", address) if address else []


def phone_digests(phone: str) -> list[str]:
    """The same as a customer's: one phone of both is found."""
    number = normal_phone(phone)
    return digests("phone", number) if number else []


def all_digests(claimant: Claimant) -> dict[str, list[str]]:
    """By column, what a claimant who is no customer may be found by: under the current key first, then under those that go."""
    return {
        "name_hash": name_digests(claimant.name or ""),
        "email_hash": email_digests(claimant.email or ""),
        "phone_hash": phone_digests(claimant.phone or ""),
    }


def set_digests(claimant: Claimant) -> None:
    """What a claimant who is no customer is found by, under the current key."""
    for column, found in all_digests(claimant).items():
        setattr(claimant, column, next(iter(found), ""))


def marks_of(claimant: Claimant) -> frozenset[str]:
    """What tells a person from another: two claimants who share one of them are taken for one. A customer's name is a mark too.

    Of one who is not stored yet under every key: while keys are rotated the others' may be under the one that goes.
    """
    if claimant.customer is None and claimant._state.adding:
        return frozenset(mark for found in all_digests(claimant).values() for mark in found)
    if claimant.customer is None:
        return frozenset({claimant.name_hash, claimant.email_hash, claimant.phone_hash} - {""})
    customer = claimant.customer.surviving()
    found = {f"customer:{customer.pk}", *name_digests(customer.full_name), *email_digests(customer.email), customer.phone_hash}
    return frozenset(found - {""})


def is_record_of(customer: Customer, person: User) -> bool:
    """Whether the customer is this person: by the log-in, the e-mail address or the name.

    Who works here is seldom tied to an own record as a customer. Of two with one name the other one loses nothing: somebody else decides.
    """
    if customer.user_id == person.pk or customer.email.casefold() == person.email.casefold():
        return True
    words = name_words(person.get_full_name())
    return bool(words) and words == name_words(customer.full_name)


def is_claimant(person: User, claimants: Iterable[Claimant]) -> bool:
    """Whether one of the claimants is this person, by what tells the insured too. `claimants` are read with their customers."""
    names, emails = name_digests(person.get_full_name()), email_digests(person.email)
    return any(
        is_record_of(each.customer, person) if each.customer is not None else each.name_hash in names or each.email_hash in emails
        for each in claimants
    )


def claims_on(person: User, claim: Claim) -> bool:
    """Whether the person is, or ever was, a claimant of the claim: ending one does not let anybody decide. One query."""
    return is_claimant(person, Claimant.objects.filter(claim=claim).select_related("customer"))


def open_marks(claim_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """By claim, what its open claimants are known by; claims without one are left out. One query, and one for each merged customer."""
    found: dict[UUID, frozenset[str]] = {}
    for each in Claimant.objects.open().filter(claim__in=list(claim_ids)).select_related("customer"):
        found[each.claim_id] = found.get(each.claim_id, frozenset()) | marks_of(each)
    return found


def rows_of_person(claimant: Claimant) -> list[Claimant]:
    """The rows of a claimant who is no customer, this one first: on whichever claims, with the same name and e-mail address or phone.

    Not the name or the phone alone: those can be another's. Those that were erased are not found. Read with their claims. While keys are
    rotated some rows are known by digests under the old one: each is asked for under all.
    """
    marks = all_digests(claimant)
    same = Q(pk=claimant.pk)
    for name in ("email_hash", "phone_hash"):
        if marks[name]:
            same |= Q(**{f"{name}__in": marks[name], "name_hash__in": marks["name_hash"]})
    rows = Claimant.objects.named().filter(same).select_related("claim__policy__customer").order_by("added_at", "pk")
    return sorted(rows, key=lambda each: each.pk != claimant.pk)
