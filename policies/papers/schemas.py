"""Papers as the API gives them, and what it takes to have one made."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from vanguard.http.paging import ListParams
from vanguard.http.schema import In, Out

Kind = Literal["schedule", "endorsement", "cancellation", "nonpayment"]


class PolicyDocumentIn(In):
    """`version` is the number of the policy's version that an endorsement is printed of; without it, of the last one."""

    kind: Kind
    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class PolicyDocumentOut(Out):
    """`sha256` is of the file that `/api/documents/{id}` hands out, and its ETag."""

    id: UUID
    policy_id: UUID
    kind: Kind
    name: str
    content_type: str
    size: int
    sha256: str
    made_at: datetime


class PolicyDocumentListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("made_at",)
    default_sort: ClassVar[str] = "-made_at"

    kind: Kind | None = None
