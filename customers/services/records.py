"""A customer's record: created, changed, deleted, looked up."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from customers.models import Customer
from customers.rules import check_customer, identity_of, normal_phone, normal_ssn
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.encryption.keys import digests
from vanguard.encryption.owned import keyring
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import holders, locked
from vanguard.validation import check, insert

EDITABLE = ("email", "first_name", "last_name", "phone", "date_of_birth", "address", "ssn")
DIGESTS = ("ssn_hash", "identity_hash", "phone_hash")
TAKEN = "Another customer has this e-mail address."


def create_customer(
    actor: User | None,
    *,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    date_of_birth: datetime.date | None = None,
    address: str = "",
    ssn: str = "",
) -> Customer:
    """A new customer. Raises Invalid, NotAllowed, and Conflict ("duplicate") for an e-mail address that another has."""
    require(actor, "customers.add_customer")
    customer = Customer(
        email=email, first_name=first_name, last_name=last_name, phone=phone, date_of_birth=date_of_birth, address=address, ssn=ssn
    )
    prepare(customer)
    with unit_of_work(actor):
        insert(customer, unique="email", message=TAKEN)
    return customer


def update_customer(actor: User | None, customer_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Customer:
    """Change the fields in `changes`, and no others. Raises StaleVersion when `version` is no longer the record's."""
    require(actor, "customers.change_customer")
    with unit_of_work(actor):
        customer = locked(Customer.objects.all(), customer_id, version)
        refuse_merged(customer)
        if values := differing(customer, changes):
            write(customer, values)
        return customer


def differing(customer: Customer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What `changes` would alter, in its stored form and with the digests that go along; `customer` is left as it is. Raises Invalid."""
    before = {name: getattr(customer, name) for name in (*EDITABLE, *DIGESTS)}
    for name in EDITABLE:
        setattr(customer, name, changes.get(name, before[name]))
    prepare(customer)
    after = {name: getattr(customer, name) for name in before}
    for name, value in before.items():
        setattr(customer, name, value)
    return {name: value for name, value in after.items() if value != before[name]}


def write(customer: Customer, values: Mapping[str, Any]) -> None:
    """Raises Conflict ("duplicate") for an e-mail address that another has."""
    try:
        with transaction.atomic():
            change(customer, **values)
    except IntegrityError:
        raise Conflict(TAKEN, code="duplicate", field="email") from None


def delete_customer(actor: User | None, customer_id: UUID, *, version: int | None) -> None:
    """Raises Conflict ("in_use") while a policy, a quote, a contact or a merge refers to the customer; it names what does."""
    require(actor, "customers.delete_customer")
    with unit_of_work(actor):
        customer = locked(Customer.objects.all(), customer_id, version)
        # It goes with the record, and the history compares what the record held after that.
        keyring.load_for([customer])
        try:
            customer.delete()
        except ProtectedError as refused:
            held = holders(refused, {Customer: "a record that was merged into it"})
            raise Conflict(f"The customer cannot be deleted; it has {held}.", code="in_use") from None


def refuse_merged(customer: Customer, field: str = "") -> None:
    """Raises Conflict for a record that leads its own life no more: "merged" into another, to which it is done instead; or "erased"."""
    if customer.merged_into_id is not None:
        raise Conflict("This record was merged into another one. Open that one instead.", code="merged", field=field)
    if customer.erased_at is not None:
        raise Conflict("The personal data of this customer was erased. Nothing is changed here any more.", code="erased", field=field)


def lookup_by_ssn(actor: User | None, ssn: str) -> list[Customer]:
    """The customers with this SSN, by digest; the look-up itself is audited on each of them. Raises Invalid for no SSN."""
    require(actor, "customers.lookup_ssn")
    number = normal_ssn(ssn)
    if number is None:
        raise Invalid("SSN has nine digits.", field="ssn")
    with unit_of_work(actor):
        found = surviving(Customer.objects.filter(ssn_hash__in=digests("ssn", number)))
        audit_access(found)
        return found


def surviving(customers: Iterable[Customer]) -> list[Customer]:
    """Each record's surviving one, once."""
    return list(dict.fromkeys(each.surviving() for each in customers))


def audit_access(customers: Iterable[Customer]) -> None:
    """That somebody was found by personal data is audited on the record that was found."""
    for customer in customers:
        LogEntry.objects.log_create(customer, force_log=True, action=LogEntry.Action.ACCESS, changes={})


def prepare(customer: Customer) -> None:
    """Bring the fields into their stored form, with the digests. Raises Invalid with every field to correct."""
    personal = check_customer(phone=customer.phone, date_of_birth=customer.date_of_birth, address=customer.address, ssn=customer.ssn)
    check(customer, *personal)
    customer.ssn = normal_ssn(customer.ssn) or ""
    set_digests(customer)


def set_digests(customer: Customer) -> None:
    """What is found without decrypting: digests under the current key."""
    customer.ssn_hash = digests("ssn", customer.ssn)[0] if customer.ssn else ""
    identity = identity_of(customer.first_name, customer.last_name, customer.date_of_birth)
    customer.identity_hash = digests("identity", identity)[0] if identity else ""
    phone = normal_phone(customer.phone)
    customer.phone_hash = digests("phone", phone)[0] if phone else ""
