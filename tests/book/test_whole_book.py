"""The real book of 34,244 claims: taken over whole, in time, and equal to what its publisher computed from it."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise, product
from typing import ClassVar, NamedTuple

import pytest
from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from claims.bordereau.importing import Imported, import_claims
from claims.bordereau.refusals import BordereauRefused
from claims.models import Claim, ClaimPayment, ClaimTransition, LedgerEntry
from claims.oversight.services import verify_books
from claims.reports.bordereau import lines_of
from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.periods import bounds
from claims.reports.question import Question
from claims.reports.rows import rows_of
from claims.reports.tables import Unit
from claims.reports.triangle import triangle
from customers.models import Customer
from policies.models import Policy
from tests.book.bordereaux import BOOK, PUBLISHED, book_rows
from tests.databases import on_postgresql

PERIODS = ("year", "quarter", "month")
PUBLISHED_TRIANGLES = (
    ("prism_triangle.csv", "year", "year"),
    ("prism_triangle_oydq.csv", "year", "quarter"),
    ("prism_triangle_oydm.csv", "year", "month"),
    ("prism_triangle_oqdq.csv", "quarter", "quarter"),
    ("prism_triangle_oqdm.csv", "quarter", "month"),
)
Cells = dict[tuple[str, str], Decimal | int]


@cache
def day(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y" if "/" in text else "%Y-%m-%d")  # noqa: DTZ007  # compared with itself only


LABEL: dict[str, Callable[[datetime], str]] = {
    "year": cache(lambda moment: f"{moment.year}"),
    "quarter": cache(lambda moment: f"{moment.year}Q{(moment.month - 1) // 3 + 1}"),
    "month": cache(lambda moment: f"{moment:%Y-%m}"),
}


@cache  # two tests look at the same ones, and nothing here changes the book
def cells_of_the_platform(value: str, origin: str, development: str, policy_type: str | None = None) -> Cells:
    return {(cell.origin, cell.development): cell.value for cell in triangle(value, origin, development, policy_type, user=None)}


class Told(NamedTuple):
    """What a line of the bordereau says of a claim."""

    happened: datetime
    reported: datetime
    paid_at: datetime | None
    amount: Decimal


@cache
def told() -> list[Told]:
    lines = []
    for row in book_rows():
        amount = Decimal(row["TotalPayment"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        paid_at = day(row["PaymentDate"]) if amount else None
        lines.append(Told(day(row["AccidentDate"]), day(row["ReportDate"]), paid_at, amount))
    return lines


def cells_of_the_file(value: str, origin: str, development: str) -> Cells:
    """The triangle, worked out from the bordereau without the platform."""
    cells: Cells = defaultdict(int)
    for line in told():
        counted_at = line.reported if value == "reported" else line.paid_at
        if counted_at:
            cells[LABEL[origin](line.happened), LABEL[development](counted_at)] += line.amount if value == "paid" else 1
    return cells


def published_cells(file: str, origin: str, development: str) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Claims closed with a payment, and the sum paid, of each cell that holds something."""
    with (PUBLISHED / file).open(newline="") as handle:
        return {
            (LABEL[origin](day(row["origin"] + "-01")), LABEL[development](day(row["development"] + "-01"))): (
                int(float(row["closedPaidCount"])),
                Decimal(row["Paid"]),
            )
            for row in csv.DictReader(handle)
            if float(row["closedPaidCount"] or 0)
        }


@pytest.mark.slow
class WholeBookTest(TestCase):
    """A class, because Django then imports once for all of them, and takes it back once."""

    imported: ClassVar[Imported]

    @classmethod
    def setUpTestData(cls) -> None:
        # The test's transaction is open while the file is read; the import's own is not, but a slow machine would be cut off here.
        on_postgresql("SET LOCAL idle_in_transaction_session_timeout = 0")
        cls.imported = import_claims(None, BOOK)
        # Nobody else does it for rows that are not committed; and what a commit would check would be checked after each test.
        on_postgresql("ANALYZE; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        # What was taken back still lies in the tables, and every later test of this worker would read past it.
        on_postgresql("VACUUM (ANALYZE, TRUNCATE)")

    def test_its_books_add_up(self) -> None:
        run = verify_books()
        assert [(each.name, each.offenders) for each in run.results.all() if not each.is_green] == []

    def test_all_of_it_is_taken_over(self) -> None:
        assert self.imported.claims == 34_244

    def test_every_claim_is_decided_and_closed_as_the_bordereau_says(self) -> None:
        counts = Claim.objects.aggregate(
            all=Count("pk"),
            approved=Count("pk", filter=Q(status="approved", processed_date__isnull=False)),
            nothing_to_pay=Count("pk", filter=Q(status="approved", paid_amount=0, stage="approved")),
            denied=Count("pk", filter=Q(status="denied", stage="denied", paid_amount=0)),
            minimum=Count("pk", filter=Q(amount_is_minimum=True)),
            closed=Count("pk", filter=Q(closed_at__isnull=False, due_at=None)),
        )
        assert counts == {"all": 34_244, "approved": 28_987, "nothing_to_pay": 9, "denied": 5_257, "minimum": 5_901, "closed": 34_244}

    def test_what_was_paid_is_exact_to_the_cent(self) -> None:
        total = ClaimPayment.objects.aggregate(total=Sum("amount"))["total"]
        assert total.quantize(Decimal("0.01")) == self.imported.paid == Decimal("1208755403.20")
        assert ClaimPayment.objects.count() == 28_978
        assert not ClaimPayment.objects.exclude(amount=F("claim__paid_amount")).exists()
        # The ledger holds each of them once, and nothing else: the triangle's payments and the ledger agree row by row.
        assert LedgerEntry.objects.count() == 28_978
        assert not LedgerEntry.objects.exclude(paid=F("payment__amount"), effective_at=F("payment__paid_at"), outstanding=0).exists()
        assert not Claim.objects.filter(status="approved").exclude(approved_amount=F("paid_amount")).exists()

    def test_every_step_has_its_row_of_history(self) -> None:
        steps = dict(ClaimTransition.objects.values_list("command").annotate(Count("pk")).order_by())
        assert steps == {"submit": 34_244, "start": 34_244, "approve": 28_987, "deny": 5_257, "pay": 28_978, "close": 34_244}

    def test_every_loss_lies_in_the_term_of_a_policy_that_covers_it(self) -> None:
        covered = Claim.objects.filter(incident_date__gte=F("policy__start_date"), incident_date__lt=F("policy__end_date"))
        assert covered.count() == 34_244
        assert not Claim.objects.filter(paid_amount__gt=F("policy__coverage_amount") - F("policy__deductible_amount")).exists()
        assert set(Policy.objects.order_by().values_list("status", flat=True).distinct()) == {"expired"}

    def test_every_policy_and_customer_is_implied_by_a_claim(self) -> None:
        policies, customers = Policy.objects.filter(claims__isnull=False), Customer.objects.filter(policies__isnull=False)
        assert policies.distinct().count() == self.imported.policies == Policy.objects.count()
        assert customers.distinct().count() == self.imported.customers == Customer.objects.count()

    def test_the_triangle_equals_the_published_ones(self) -> None:
        for file, origin, development in PUBLISHED_TRIANGLES:
            with self.subTest(file):
                published = published_cells(file, origin, development)
                closed = {key: count for key, (count, _) in published.items()}
                assert cells_of_the_platform("closed_paid", origin, development) == closed
                paid = cells_of_the_platform("paid", origin, development)
                assert set(paid) == set(published)
                # Each payment was rounded to cents, so a cell may differ by half a cent for each.
                assert [key for key, (count, sum_) in published.items() if abs(paid[key] - sum_) > count * Decimal("0.005")] == []

    def test_the_chain_ladder_of_the_paid_triangle_at_the_end_of_2017(self) -> None:
        """Worked out once and written down, in thousands: the method itself is held to published triangles in tests/reports."""
        report = make_report("development", Question(date(2017, 12, 31)), user=None)
        [table] = report.tables
        ultimate, reserve, error = (figure.value for figure in table.foot[-3:])
        assert [round(Decimal(str(value)) / 1000) for value in (ultimate, reserve, error)] == [1_704_400, 495_644, 51_531]

    def test_every_report_answers_in_a_fixed_number_of_queries_and_its_figures_lead_to_their_claims(self) -> None:
        for name in CATALOGUE:
            with self.subTest(name), CaptureQueriesContext(connection) as captured:
                report = make_report(name, Question(date(2015, 4, 30), month="2015-04", year=2014), user=None)
            # Deadlines of claims without clocks are asked for kind by kind; what is incurred asks what is promised, used up and voided.
            assert len(captured) <= (30 if name == "deadlines" else 8)
            counts = [
                (figure.rows, figure.value)
                for table in report.tables
                for row in table.rows[-1:]
                for column, figure in zip(table.columns, row, strict=True)
                if figure.rows and column.unit == Unit.COUNT
            ]
            assert [str(rows) for rows, value in counts if rows and rows_of(rows).count() != value] == []

    def test_the_bordereaux_of_two_months_join_up(self) -> None:
        months = [lines_of(*bounds(month)) for month in ("2012-05", "2012-06")]
        for before, after in pairwise(months):
            for book in before:
                assert (before[book].closing, before[book].closing_outstanding) == (after[book].opening, after[book].opening_outstanding)
        assert {line.off for month in months for line in month.values()} == {(0, Decimal(0))}

    def test_the_triangle_equals_the_file_in_every_cell(self) -> None:
        grains = [("paid", *grain) for grain in product(PERIODS, PERIODS)]
        grains += [(value, period, period) for value, period in product(("closed_paid", "reported"), PERIODS)]
        for value, origin, development in grains:
            with self.subTest(value=value, origin=origin, development=development):
                assert cells_of_the_platform(value, origin, development) == cells_of_the_file(value, origin, development)

    def test_the_triangles_of_the_policy_types_add_up_to_the_whole(self) -> None:
        parts: Counter[tuple[str, str]] = Counter()
        for policy_type in ("homeowners", "personal_auto"):
            parts.update(cells_of_the_platform("paid", "year", "year", policy_type))
        assert parts == cells_of_the_platform("paid", "year", "year")

    def test_a_triangle_is_one_query(self) -> None:
        with self.assertNumQueries(1):
            triangle("paid", "month", "month", user=None)

    def test_the_same_file_again_is_refused_line_by_line_and_changes_nothing(self) -> None:
        before = ClaimTransition.objects.count(), Policy.objects.count(), Customer.objects.count()
        with pytest.raises(BordereauRefused, match="34,244 lines refused; nothing was imported") as refused:
            import_claims(None, BOOK)
        assert {refusal.code for refusal in refused.value.refusals} == {"duplicate"}
        assert str(refused.value.refusals[0]) == "line 2: ClaimNo: PRISM-000001 is in the book already."
        assert (ClaimTransition.objects.count(), Policy.objects.count(), Customer.objects.count()) == before
