"""Records that are likely the same person: same SSN, or same name and birth date. Found by digests, so nothing is decrypted to compare."""

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from customers.models import Customer
from customers.rules import identity_of, normal_ssn
from customers.services.records import audit_access, surviving
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may, require
from vanguard.audit import unit_of_work
from vanguard.encryption.keys import digests
from vanguard.querysets import get_or_refuse

MOST = 20


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A record that is likely the same person, and why: "ssn", "name_and_birth_date"."""

    customer: Customer
    reasons: tuple[str, ...]


def find_duplicates(
    actor: User | None, *, first_name: str, last_name: str, date_of_birth: datetime.date | None = None, ssn: str = ""
) -> list[Lookalike]:
    """Whom a new record with this data would double, before it is made. Only who may look up an SSN is told of an equal one."""
    require(actor, "customers.add_customer")
    return _found(actor, _ssn_digests(actor, ssn), identity_of(first_name, last_name, date_of_birth), Customer.objects.all())


def duplicates_of(actor: User | None, customer_id: UUID) -> list[Lookalike]:
    """Whom the stored record doubles; for who may merge. Raises NotFound."""
    require(actor, "customers.merge_customer")
    record = get_or_refuse(Customer.objects.all(), customer_id)
    identity = identity_of(record.first_name, record.last_name, record.date_of_birth)
    found = _found(actor, _ssn_digests(actor, record.ssn), identity, Customer.objects.exclude(pk=record.pk))
    return [each for each in found if each.customer != record]  # what was merged into it leads to it


def _ssn_digests(actor: User | None, ssn: str) -> list[str]:
    number = normal_ssn(ssn) if may(actor, "customers.lookup_ssn") else None
    return digests("ssn", number) if number else []


def _found(actor: User | None, ssn_hashes: list[str], identity: str, rows: QuerySet[Customer]) -> list[Lookalike]:
    """An equal SSN that is shown is a look-up like any other, and audited as one."""
    identity_hashes = digests("identity", identity) if identity else []
    by_ssn = set(surviving(rows.filter(ssn_hash__in=ssn_hashes)[:MOST])) if ssn_hashes else set()
    by_identity = set(surviving(rows.filter(identity_hash__in=identity_hashes)[:MOST])) if identity_hashes else set()
    with unit_of_work(actor):
        audit_access(by_ssn)
    found = sorted(by_ssn | by_identity, key=lambda each: (each not in by_ssn, each.created_at, each.pk))
    reasons = (("ssn", by_ssn), ("name_and_birth_date", by_identity))
    return [Lookalike(each, tuple(name for name, those in reasons if each in those)) for each in found[:MOST]]
