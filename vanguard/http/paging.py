"""Lists: page numbers, or cursors, over the same order, so that a reader can switch from one to the other.

A cursor names the last row that was shown by its sort key and id, so rows that are added meanwhile neither shift nor repeat
anything, and the page after it costs the same wherever it is. A page's number far into a list is walked to over an index alone, from
the nearer end. page_of and one_of are where every read is executed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import F, Lookup, Model, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.http import HttpRequest, HttpResponse
from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from vanguard.http.cursors import Cursor, bad_cursor, seal, unseal
from vanguard.http.envelope import nothing, ok
from vanguard.http.fields import Text
from vanguard.http.preconditions import etag_of, is_not_modified, no_such_record
from vanguard.http.reads import Existence, Keys, Reading, Rows, Total, Window, read
from vanguard.http.schema import Out, Params, Shaper
from vanguard.http.searching import Way, searched, searched_plainly

# From here on a page is found by its keys first: rows that are only skipped cost several times what their keys do.
FAR = 1000
LARGEST_PAGE = 2**53 - 1  # the last whole number that JavaScript counts to


def _plain_digits(value: Any) -> Any:
    """int() also takes +1 and 1_0, which nobody means."""
    if isinstance(value, str) and not (value.isascii() and value.removeprefix("-").isdigit()):
        raise PydanticCustomError("wrong_type", "This must be a whole number.")
    return value


WholeNumber = Annotated[int, BeforeValidator(_plain_digits)]
SearchText = Annotated[str, Text(200, blank=True)]


class ListParams(Params):
    """What every list takes in its query string. A list adds its filters, and names the orders that it has indexes for."""

    sorts: ClassVar[tuple[str, ...]] = ("created_at",)
    default_sort: ClassVar[str] = "-created_at"

    page: WholeNumber = Field(1, ge=1, le=LARGEST_PAGE, description="The page's number, from 1.")
    page_size: WholeNumber = Field(10, ge=1, le=100)
    cursor: str | None = Field(
        None, max_length=2000, description="`nextCursor` of an earlier answer, or empty to start; goes before `page`."
    )
    sort: str | None = Field(None, max_length=50, description="A field to order by, `-` before it for descending order.")
    q: SearchText = Field("", description="Text to search for.")

    @field_validator("sort")
    @classmethod
    def _known_sort(cls, value: str | None) -> str | None:
        if value is None:
            return None
        field = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in value.removeprefix("-"))
        if field not in cls.sorts:
            raise PydanticCustomError("unknown_sort", "This list can be sorted by {fields}.", {"fields": ", ".join(cls.sorts)})
        return f"-{field}" if value.startswith("-") else field

    def ways(self) -> Sequence[Way]:
        """In which ways rows are found by `q`, where each has an index of its own; none where the list looks at its rows itself."""
        return ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, in order."""

    rows: list[Any]
    total: int
    number: int
    size: int
    next_cursor: str | None

    def shown(self, shape: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {
            "data": [shape(row) for row in self.rows],
            "total": self.total,
            "page": self.number,
            "pageSize": self.size,
            "totalPages": -(-self.total // self.size),
            "nextCursor": self.next_cursor,
        }


async def page_of[Row: Model](
    rows: QuerySet[Row], params: ListParams, show: Callable[[Row], Out], *, within: QuerySet[Any] | None = None, own: bool = False
) -> HttpResponse:
    """The page of `rows` that `params` asks for, each row as `show` shows it: a fixed number of queries, whatever the page's size.

    `within` is the record that the list belongs to; NotFound where it holds none. `own`: the rows are the caller's own alone, and so few.
    """

    def reading() -> Reading[HttpResponse]:
        if within is not None and not (yield Existence(within)):
            raise no_such_record()
        page = yield from read_page(rows, params, shaper.fields, own=own)
        return ok(page.shown(shaper.shape))

    shaper = Shaper.of(show, rows.model)
    return await read(reading)


async def one_of[Row: Model](
    request: HttpRequest, rows: QuerySet[Row], show: Callable[[Row], Out], key: UUID | None = None
) -> HttpResponse:
    """The one record that `rows` holds (of several that with the primary key `key`), with its ETag; 304 where the caller has it already.

    Raises NotFound where there is none.
    """

    def reading() -> Reading[HttpResponse]:
        found = yield Rows(rows, sort="", start=0, count=1, fields=shaper.fields and (*shaper.fields, "version"), key=key)
        if not found:
            raise no_such_record()
        etag = etag_of(found[0])
        if is_not_modified(request, etag):
            response = nothing(304)
            response["ETag"] = etag
            return response
        return ok(shaper.shape(found[0]), headers={"ETag": etag})

    shaper = Shaper.of(show, rows.model)
    return await read(reading)


def read_page(rows: QuerySet[Any], params: ListParams, fields: tuple[str, ...] = (), *, own: bool = False) -> Reading[Page]:
    """At most three questions, whatever the page's size; a search asks more, unless the rows are the caller's own.

    Raises Invalid for a cursor of another list or order.
    """
    cursor = unseal(params.cursor) if params.cursor else None
    size = params.page_size
    if ways := params.ways():
        rows = searched_plainly(rows, ways) if own else (yield from searched(rows, ways))
    order = _Order.of(rows, _sort_of(rows, params, cursor), fields)
    number = cursor.page if cursor else 1 if params.cursor is not None else params.page
    start = (number - 1) * size
    # One row more than is shown tells whether there is a next page.
    if cursor:
        found, total = yield from order.after(cursor, size + 1)
    elif start <= FAR:
        found, total = yield from order.near(start, size + 1)
    else:
        found, total = yield from order.far_in(start, size + 1)
    shown = found[:size]
    following = order.cursor_at(shown[-1], number + 1) if len(found) > size else None
    return Page(shown, total, number, size, following)


def _sort_of(rows: QuerySet[Any], params: ListParams, cursor: Cursor | None) -> str:
    if cursor is None:
        return params.sort or params.default_sort
    if cursor.of != rows.model._meta.label or params.sort not in (None, cursor.sort):
        raise bad_cursor()
    return cursor.sort


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of a list: a field, then the id; rows without a value come last, whichever the direction."""

    rows: QuerySet[Any]
    sort: str
    field: Any
    descending: bool
    fields: tuple[str, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any], sort: str, fields: tuple[str, ...]) -> "_Order":
        field = rows.model._meta.get_field(sort.removeprefix("-"))
        return cls(rows, sort, field, sort.startswith("-"), fields and tuple(dict.fromkeys((*fields, "id", field.attname))))

    def question(self, rows: QuerySet[Any], wanted: int, start: int = 0) -> Rows:
        return Rows(rows, self.sort, start, wanted, self.fields)

    def near(self, start: int, wanted: int) -> Reading[tuple[list[Any], int]]:
        """Up to `wanted` rows from the position `start` on, and the total."""
        with_value = self.rows.filter(**self._has_value(True)) if self.field.null else self.rows
        found, total = yield Window(self.question(with_value, wanted, start), self.rows)
        if self.field.null and len(found) < wanted:
            skipped = 0 if found else max(0, start - (yield Total(with_value)))
            found += yield self._without_value(self.rows, wanted - len(found), skipped)
        return found, total

    def after(self, cursor: Cursor, wanted: int) -> Reading[tuple[list[Any], int]]:
        """Up to `wanted` rows after the cursor's, and the total. One index range at a time: an OR of both is read from the start."""
        if cursor.value is None:
            following = self.rows.filter(**{"pk__lt" if self.descending else "pk__gt": cursor.id})
            found, total = yield Window(self._without_value(following, wanted), self.rows)
            return found, total
        found, total = yield Window(self.question(self.rows.filter(self._beyond(cursor)), wanted), self.rows)
        if self.field.null and len(found) < wanted:
            found += yield self._without_value(self.rows, wanted - len(found))
        return found, total

    def _has_value(self, has: bool) -> dict[str, bool]:
        return {f"{self.field.name}__isnull": not has}

    def _without_value(self, rows: QuerySet[Any], wanted: int, start: int = 0) -> Rows:
        """Those that come last. Among them the order is that of the id, and said so, an index has it."""
        return Rows(rows.filter(**self._has_value(False)), "-id" if self.descending else "id", start, wanted, self.fields)

    def far_in(self, start: int, wanted: int) -> Reading[tuple[list[Any], int]]:
        """Up to `wanted` rows from the position `start` on, and the total."""
        total = yield Total(self.rows)
        end = min(start + wanted, total)
        if start >= end:
            return [], total
        from_end = start > total // 2
        keys = yield Keys(self.rows, self.sort, total - end if from_end else start, end - start, from_end)
        found = yield self.question(self.rows.filter(pk__in=keys), len(keys))
        return found, total

    def _beyond(self, cursor: Cursor) -> "Lookup[Any]":
        """(key, id) beyond the cursor's, compared as one row, which is one range of the index even where many keys are equal."""
        beyond = TupleLessThan if self.descending else TupleGreaterThan
        return beyond((F(self.field.name), F("pk")), (self.field.to_python(cursor.value), cursor.id))

    def cursor_at(self, row: Any, page: int) -> str:
        value = None if getattr(row, self.field.attname) is None else self.field.value_to_string(row)
        return seal(Cursor(self.rows.model._meta.label, self.sort, value, str(row.id), page))
