"""The diary as the API takes and gives it. For staff: a policyholder sees none of it."""

from collections.abc import Mapping
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from vanguard.http.fields import Text
from vanguard.http.paging import ListParams
from vanguard.http.schema import In, Maybe, Out

What = Annotated[str, Text(200)]


class DiaryEntryIn(In):
    """Without `ownerId` it is for the claim's owner. `dueOn` is a day where that person is."""

    due_on: date
    what: What
    owner_id: UUID | None = None


class DoneIn(In):
    """What came of it; and what comes next, with its day, where that is not left to the rules."""

    outcome: Annotated[str, Text(2000, blank=True, multiline=True)] = ""
    next_on: date | None = None
    next_what: Annotated[str, Text(200, blank=True)] = ""


class MoveIn(In):
    to_day: date
    reason: Annotated[str, Text(500)]


class DiaryEntryOut(Out):
    """Open while there is no `ending` (`closed`: not needed any more); without `madeById` a rule made it.

    `isLate` once its day is over where its owner is.
    """

    derived: ClassVar[Mapping[str, Any]] = MappingProxyType({"is_late": attrgetter("is_late")})

    id: UUID
    claim_id: UUID
    owner_id: Maybe[UUID] = None
    due_on: date
    what: str
    made_by_id: Maybe[UUID] = None
    created_at: datetime
    ending: Maybe[Literal["done", "closed"]] = None
    done_at: Maybe[datetime] = None
    done_by_id: Maybe[UUID] = None
    outcome: Maybe[str] = None
    is_late: bool = False


class DiaryListParams(ListParams):
    """`open` leaves out, or asks for, what has ended."""

    sorts: ClassVar[tuple[str, ...]] = ("due_on",)
    default_sort: ClassVar[str] = "due_on"

    open: bool | None = None


class MyDiaryParams(ListParams):
    """`due_by`: those of that day and of days before."""

    sorts: ClassVar[tuple[str, ...]] = ("due_on",)
    default_sort: ClassVar[str] = "due_on"

    due_by: date | None = None
