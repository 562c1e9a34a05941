"""Every change to a customer. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from customers.models import Customer
from customers.rules import check_customer, normal_ssn
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.encryption.keys import digests
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import locked
from vanguard.validation import check, insert

EDITABLE = ("email", "first_name", "last_name", "phone", "date_of_birth", "address", "ssn")
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
        before = {name: getattr(customer, name) for name in (*EDITABLE, "ssn_hash")}
        for name in EDITABLE:
            setattr(customer, name, changes.get(name, before[name]))
        prepare(customer)
        after = {name: getattr(customer, name) for name in before}
        for name, value in before.items():
            setattr(customer, name, value)
        if values := {name: value for name, value in after.items() if value != before[name]}:
            _change(customer, values)
        return customer


def _change(customer: Customer, values: Mapping[str, Any]) -> None:
    try:
        with transaction.atomic():
            change(customer, **values)
    except IntegrityError:
        raise Conflict(TAKEN, code="duplicate", field="email") from None


def delete_customer(actor: User | None, customer_id: UUID, *, version: int | None) -> None:
    """Raises Conflict ("in_use") while a policy refers to the customer."""
    require(actor, "customers.delete_customer")
    with unit_of_work(actor):
        customer = locked(Customer.objects.all(), customer_id, version)
        try:
            customer.delete()
        except ProtectedError:
            raise Conflict("The customer has policies and cannot be deleted.", code="in_use") from None


def lookup_by_ssn(actor: User | None, ssn: str) -> list[Customer]:
    """The customers with this SSN, by digest; the look-up itself is audited on each of them. Raises Invalid for no SSN."""
    require(actor, "customers.lookup_ssn")
    number = normal_ssn(ssn)
    if number is None:
        raise Invalid("SSN has nine digits.", field="ssn")
    with unit_of_work(actor):
        found = list(Customer.objects.filter(ssn_hash__in=digests("ssn", number)))
        for customer in found:
            LogEntry.objects.log_create(customer, force_log=True, action=LogEntry.Action.ACCESS, changes={})
        return found


def prepare(customer: Customer) -> None:
    """Bring the fields into their stored form, with the SSN's digest. Raises Invalid with every field to correct."""
    personal = check_customer(phone=customer.phone, date_of_birth=customer.date_of_birth, address=customer.address, ssn=customer.ssn)
    check(customer, *personal)
    customer.ssn = normal_ssn(customer.ssn) or ""
    customer.ssn_hash = digests("ssn", customer.ssn)[0] if customer.ssn else ""
