"""Pages of long lists: the keys of a page from an index first, then its rows; and a total that is exact, or says that it is not."""

from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import EmptyPage, InvalidPage, Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from vanguard.querysets import Bounded, bounded, count_up_to
from vanguard.totals import total_of

# How many rows of what a search finds are counted before the total says "more than"; of what filters leave, which an index counts: COUNTED.
FOUND = 200
# A list of so few is read without a limit: for the first 25 of them PostgreSQL would rather walk through all other rows in their order.
FEW = 500
# In the address, with the value "all": the total is to be exact, whatever it takes.
TOTAL_VAR = "total"
FURTHEST = 2**31


class ListPage(Page):
    """A page that knows whether another follows, also where the total was not counted to its end."""

    further: bool

    def has_next(self) -> bool:
        return self.further


class KeysFirst(Paginator):
    """Django's paginator, but a page is read in two steps: its keys, for which an index is enough, and by them its rows.

    `rows` is where those come from: the list without filters, search and order. `most` bounds the counting (None: the total is exact);
    past what was counted, every page that has rows can be asked for.
    """

    object_list: QuerySet[Any]
    rows: QuerySet[Any]
    most: int | None = None
    # Others, of which there are as many, and which are counted sooner.
    counted_by: QuerySet[Any] | None = None

    @cached_property
    def total(self) -> Bounded:
        """The total as it is shown."""
        if self.most is None:
            return Bounded(total_of(self.object_list))
        return count_up_to(self.most, self.object_list) if self.counted_by is None else bounded(self.most, self.counted_by)

    @cached_property
    def count(self) -> int:
        """The total, as far as it was counted."""
        return self.total.number

    def validate_number(self, number: Any) -> int:
        """The number of a page that there may be. Raises InvalidPage. Past what was counted, the page itself shows whether there is one."""
        if self.total.more and 1 <= number <= FURTHEST // self.per_page:
            return int(number)
        return super().validate_number(number)

    def page(self, number: Any) -> ListPage:
        """The page. Raises InvalidPage where there is none."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self._keys(start)
        if not keys and number > 1:
            raise EmptyPage(self.error_messages["no_results"])
        page = ListPage(_rows_by(keys[: self.per_page], self.rows), number, self)
        page.further = len(keys) > self.per_page
        return page

    def _keys(self, start: int) -> list[Any]:
        """The keys of the page that starts there, and the one after it."""
        rows, stop = self.object_list, start + self.per_page + 1
        if not self.total.more and self.count <= FEW:
            return _keys_of(rows, 0, None)[start:stop]
        if self.total.more or start <= self.count // 2:
            return _keys_of(rows, start, stop)
        # The second half is nearer from the other end.
        stop = min(stop, self.count)
        return _keys_of(rows.reverse(), self.count - stop, self.count - start)[::-1]


def _keys_of(rows: QuerySet[Any], start: int, stop: int | None) -> list[Any]:
    if not rows.query.combinator:
        return list(rows.values_list("pk", flat=True)[start:stop])
    # What a union is ordered by has to be among its columns.
    order = [str(name).lstrip("-") for name in rows.query.order_by]
    return [row[-1] for row in rows.values_list(*(name for name in order if name not in ("pk", "id")), "pk")[start:stop]]


def first_of(ordered: QuerySet[Any], rows: QuerySet[Any], number: int) -> list[Any]:
    """The first rows of `ordered`, read from `rows` by their keys."""
    return _rows_by(_keys_of(ordered, 0, number), rows)


def _rows_by[M: Model](keys: list[Any], rows: QuerySet[M]) -> list[M]:
    found = rows.in_bulk(keys)
    return [found[key] for key in keys if key in found]


class LongList(ChangeList):
    """Django's list over such pages."""

    page: ListPage
    paginator: KeysFirst

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """How the total is asked for is no filter."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(TOTAL_VAR, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Reads the page. As in the stock list, one page that holds everything is shown whatever its number."""
        self.paginator = cast("KeysFirst", self.model_admin.get_paginator(request, self.queryset, self.list_per_page))
        self.paginator.counted_by = self._as_many()
        self.result_count = self.paginator.count
        self.multi_page = self.result_count > self.list_per_page
        try:
            self.page = self.paginator.page(self.page_num if self.multi_page else 1)
        except InvalidPage:
            raise IncorrectLookupParameters from None
        self.result_list = self.page.object_list
        self.show_full_result_count, self.full_result_count, self.can_show_all = False, None, False
        self.show_admin_actions = True

    def _as_many(self) -> QuerySet[Any] | None:
        """What the one filter that narrows the list would rather have counted; None with any other beside it, or where it has nothing."""
        told = [rows for spec in self.filter_specs if (rows := getattr(spec, "as_many", _nothing)()) is not None]
        return told[0] if len(told) == 1 == len(self.queryset.query.where.children) else None


def _nothing() -> None:
    """What filters tell that are not ours."""
