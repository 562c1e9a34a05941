"""Claimants as the API takes and gives them. For staff: nobody else reads who claims on a claim."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from claims.parties.models import Claimant, ClaimantErasure
from vanguard.http.fields import Text
from vanguard.http.paging import ListParams
from vanguard.http.schema import In, Maybe, Out

Kind = Literal["person", "organisation"]
ClaimsFor = Literal["bodily_injury", "property_damage", "other"]


class ClaimantIn(In):
    """A customer (`customerId`), or somebody who is none, with a `name`."""

    claims_for: ClaimsFor
    kind: Kind = "person"
    customer_id: UUID | None = None
    name: Annotated[str, Text(200, blank=True)] = ""
    email: Annotated[str, Text(255, blank=True)] = ""
    phone: Annotated[str, Text(20, blank=True)] = ""
    address: Annotated[str, Text(1000, blank=True, multiline=True)] = ""


class EndClaimantIn(In):
    reason: Annotated[str, Text(500)]


class ClaimantOut(Out):
    """E-mail, phone and address are masked; of a customer they are on the customer's record. `isErased`: who it was is gone for good."""

    id: UUID
    claim_id: UUID
    customer_id: Maybe[UUID] = None
    kind: Kind
    claims_for: ClaimsFor
    name: str
    email: Maybe[str] = None
    phone: Maybe[str] = None
    address: Maybe[str] = None
    added_by_id: Maybe[UUID] = None
    added_at: datetime
    ended_by_id: Maybe[UUID] = None
    ended_at: Maybe[datetime] = None
    ended_because: Maybe[str] = None
    is_erased: bool = False

    @classmethod
    def show(cls, claimant: Claimant) -> Self:
        """From a claimant that was read with its customer."""
        names = (
            "id",
            "claim_id",
            "customer_id",
            "kind",
            "claims_for",
            "added_by_id",
            "added_at",
            "ended_by_id",
            "ended_at",
            "ended_because",
        )
        return cls(
            **{name: getattr(claimant, name) for name in names},
            name=claimant.shown_name,
            email=claimant.masked_email,
            phone=claimant.masked_phone,
            address=claimant.masked_address,
            is_erased=claimant.redacted_at is not None,
        )


class EraseClaimantIn(In):
    """Why, and the claimant's e-mail address again, so that nobody else is erased; the name, where no address is known."""

    reason: Annotated[str, Text(2000, multiline=True)]
    confirm: Annotated[str, Text(255)]


class ClaimantErasureOut(Out):
    """A request to erase what one claim holds on the claimant: done, or waiting for its date, or for what `waitsFor` names."""

    id: UUID
    claimant_id: UUID
    claim_id: UUID
    claim_number: str
    asked_at: datetime
    due_at: datetime | None = None
    waits_for: Maybe[str] = None
    done_at: datetime | None = None

    @classmethod
    def show(cls, erasure: ClaimantErasure, due_at: datetime | None, waits_for: str) -> Self:
        """From a request that was read with its claim, and how it stands."""
        claim = erasure.claimant.claim
        return cls(
            id=erasure.pk,
            claimant_id=erasure.claimant_id,
            claim_id=claim.pk,
            claim_number=claim.claim_number,
            asked_at=erasure.asked_at,
            due_at=due_at,
            waits_for=waits_for,
            done_at=erasure.done_at,
        )


class ClaimantListParams(ListParams):
    """`open` leaves out, or asks for, those that have ended."""

    sorts: ClassVar[tuple[str, ...]] = ("added_at",)
    default_sort: ClassVar[str] = "added_at"

    open: bool | None = None
