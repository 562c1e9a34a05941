"""Letters as the API gives them, and what it takes to have one written."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from vanguard.http.paging import ListParams
from vanguard.http.schema import In, Maybe, Out

AskedKind = Literal["acknowledgement", "status", "approval", "payment"]
Kind = Literal["acknowledgement", "information_request", "status", "approval", "payment", "denial", "appeal_received", "appeal_decided"]


class ClaimLetterIn(In):
    """The other kinds are written with the step that they tell of."""

    kind: AskedKind


class ClaimLetterOut(Out):
    """`sha256` is of the file that `/api/documents/{id}` hands out, and its ETag."""

    id: UUID
    claim_id: UUID
    kind: Kind
    name: str
    content_type: str
    size: int
    sha256: str
    jurisdiction: Maybe[str] = None
    made_at: datetime


class ClaimLetterListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("made_at",)
    default_sort: ClassVar[str] = "-made_at"

    kind: Kind | None = None
