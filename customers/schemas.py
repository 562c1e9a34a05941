"""Customers as the API takes and gives them. Personal data leaves masked, unless the reader may see it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from pydantic import BeforeValidator, WithJsonSchema

from customers.models import MASK, Customer, CustomerQuerySet
from vanguard.accounts.models import User
from vanguard.errors import FieldError, Invalid
from vanguard.http.fields import Text, calendar_day
from vanguard.http.paging import ListParams
from vanguard.http.schema import NOT_SENT, In, Maybe, Out

MASKED_FIELDS = ("phone", "date_of_birth", "address")


def _day_or_mask(value: Any) -> date | str:
    return MASK if value == MASK else calendar_day(value)


def _empty_for_null(value: Any) -> Any:
    return "" if value is None else value


Email = Annotated[str, Text(255), WithJsonSchema({"type": "string", "format": "email", "maxLength": 255})]
Name = Annotated[str, Text(100)]
Phone = Annotated[str, BeforeValidator(_empty_for_null), Text(20, blank=True)]
DayOrMask = Annotated[date | str, BeforeValidator(_day_or_mask), WithJsonSchema({"type": "string", "format": "date"})]
Address = Annotated[str, BeforeValidator(_empty_for_null), Text(1000, blank=True, multiline=True)]
Ssn = Annotated[str, Text(20, blank=True)]


class CustomerIn(In):
    """All of a customer. The SSN goes in here and never comes out, so a PUT without it keeps the stored one."""

    only_when_sent: ClassVar[frozenset[str]] = frozenset({"ssn"})

    email: Email
    first_name: Name
    last_name: Name
    phone: Phone = ""
    date_of_birth: DayOrMask | None = None
    address: Address = ""
    ssn: Ssn = ""


class CustomerPatch(CustomerIn):
    """Only what is sent changes. A masked value sent back as it was read changes nothing."""

    email: Email = NOT_SENT
    first_name: Name = NOT_SENT
    last_name: Name = NOT_SENT


class LookupIn(In):
    ssn: Annotated[str, Text(20)]


class CustomerOut(Out):
    id: UUID
    email: str
    first_name: str
    last_name: str
    phone: Maybe[str] = None
    date_of_birth: Maybe[str] = None
    address: Maybe[str] = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def seen_by(cls, viewer: User, customer: Customer) -> "CustomerOut":
        """The customer as `viewer` may see it: the customer's own log-in sees all, staff of whatever role the masks."""
        open_to_viewer = customer.user_id == viewer.pk
        born = customer.date_of_birth.isoformat() if customer.date_of_birth else None
        return cls(
            id=customer.pk,
            email=customer.email,
            first_name=customer.first_name,
            last_name=customer.last_name,
            phone=customer.phone if open_to_viewer else customer.masked_phone,
            date_of_birth=born if open_to_viewer else customer.masked_date_of_birth,
            address=customer.address if open_to_viewer else customer.masked_address,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
        )


class CustomerListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at", "last_name", "email")

    email: Annotated[str, Text(255)] | None = None

    def of(self, rows: CustomerQuerySet) -> CustomerQuerySet:
        """Those of `rows` that the filters leave. `q` is how names or the e-mail address begin."""
        if self.email:
            # Not `iexact`: the unique index is on the address in lower case.
            rows = rows.filter(Exact(Lower("email"), Lower(Value(self.email))))
        return rows.matching(self.q) if self.q else rows


def unmasked(changes: Mapping[str, Any], stored: Customer | None) -> dict[str, Any]:
    """`changes` without the masks that come back as they were read. Raises Invalid for a mask that hides nothing."""
    kept = dict(changes)
    errors = []
    for name in MASKED_FIELDS:
        value = kept.get(name)
        if not isinstance(value, str) or MASK not in value:
            continue
        if stored is not None and value == getattr(stored, f"masked_{name}"):
            del kept[name]
        else:
            errors.append(FieldError(name, "masked", "This is masked. Send the value itself, or leave it as it was read."))
    if errors:
        raise Invalid.of(errors)
    return kept
