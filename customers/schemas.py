"""Customers as the API takes and gives them. Personal data leaves masked, unless the reader may see it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from pydantic import BeforeValidator, WithJsonSchema

from customers.models import MASK, ContactEntry, Customer, CustomerQuerySet, named
from vanguard.accounts.models import User
from vanguard.errors import FieldError, Invalid
from vanguard.http.fields import CalendarDate, Text, UtcDateTime, calendar_day
from vanguard.http.paging import ListParams
from vanguard.http.schema import NOT_SENT, In, Maybe, Out
from vanguard.http.searching import Way

Channel = Literal["call", "email", "letter", "meeting"]
Direction = Literal["incoming", "outgoing"]
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


class DuplicatesIn(In):
    """What is known of somebody who is not recorded yet."""

    first_name: Name
    last_name: Name
    date_of_birth: CalendarDate | None = None
    ssn: Ssn = ""


class MergeIn(In):
    """The record that becomes part of the one in the address, and the fields in which it is the better of the two."""

    customer_id: UUID
    take: list[Literal["firstName", "lastName", "email", "phone", "dateOfBirth", "ssn", "address"]] = []
    reason: Annotated[str, Text(2000, blank=True, multiline=True)] = ""

    def fields(self) -> list[str]:
        """`take`, in the services' names."""
        return ["".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name) for name in self.take]


class UnmergeIn(In):
    pass


class ContactIn(In):
    """A contact with the customer; it took place now, unless said otherwise."""

    channel: Channel
    direction: Direction
    text: Annotated[str, Text(10_000, multiline=True)]
    happened_at: UtcDateTime | None = None


class ContactOut(Out):
    id: UUID
    customer_id: UUID
    channel: Channel
    direction: Direction
    text: str
    happened_at: datetime
    author_id: Maybe[UUID] = None
    created_at: datetime


class ContactListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("happened_at", "created_at")
    default_sort: ClassVar[str] = "-happened_at"

    channel: Channel | None = None

    def of(self, rows: QuerySet[ContactEntry]) -> QuerySet[ContactEntry]:
        """Those of `rows` that the filter leaves. Texts are ciphertext, so `q` finds nothing in them."""
        rows = rows.none() if self.q else rows
        return rows.filter(channel=self.channel) if self.channel else rows


class DuplicateOut(Out):
    """A record that is likely the same person, and why."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    reasons: list[Literal["ssn", "name_and_birth_date"]]

    @classmethod
    def because(cls, customer: Customer, reasons: Iterable[str]) -> "DuplicateOut":
        """Never the data that was found to be equal, only that it is."""
        names = {"first_name": customer.first_name, "last_name": customer.last_name}
        return cls.model_validate({"id": customer.pk, "email": customer.email, "reasons": list(reasons)} | names)


class CustomerOut(Out):
    id: UUID
    email: str
    first_name: str
    last_name: str
    phone: Maybe[str] = None
    date_of_birth: Maybe[str] = None
    address: Maybe[str] = None
    merged_into_id: Maybe[UUID] = None
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
            merged_into_id=customer.merged_into_id,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
        )


class NewCustomerOut(CustomerOut):
    """A customer as it was just recorded, with those, if any, who are likely the same person: for a person to look at, and to merge."""

    possible_duplicates: Maybe[list[DuplicateOut]] = None


Reason = Annotated[str, Text(2000, multiline=True)]


class ReasonIn(In):
    reason: Reason


class ErasureIn(In):
    """Why, and the customer's e-mail address again, so that nobody else is erased."""

    reason: Reason
    confirm_email: Annotated[str, Text(255)]


class ErasureOut(Out):
    """A request to erase: done, or waiting for its date, or for what `waitsFor` names."""

    id: UUID
    asked_at: datetime
    due_at: datetime | None = None
    waits_for: Maybe[str] = None
    done_at: datetime | None = None


class LegalHoldOut(Out):
    """While it is on, nothing about the customer is erased."""

    id: UUID
    set_at: datetime
    lifted_at: datetime | None = None


class CustomerListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at", "last_name", "email")

    email: Annotated[str, Text(255)] | None = None

    def of(self, rows: CustomerQuerySet) -> CustomerQuerySet:
        """Those of `rows` that the filters leave."""
        if self.email:
            # Not `iexact`: the unique index is on the address in lower case.
            rows = rows.filter(Exact(Lower("email"), Lower(Value(self.email))))
        return rows

    def ways(self) -> Sequence[Way]:
        """`q` is how names or the e-mail address begin, with each of its words."""
        return (Way(Customer.objects.matching(self.q), "pk", named(self.q)),) if self.q else ()


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
