"""manage.py import_claims: a bordereau is taken over whole, or refused with every reason and without a trace."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.bordereau import importing
from claims.bordereau.importing import Imported, _alike, import_claims
from claims.bordereau.progress import Progress
from claims.bordereau.refusals import BordereauRefused
from claims.clocks.jurisdiction import jurisdiction_of
from claims.clocks.models import Clock
from claims.clocks.reading import clocks_of
from claims.models import Claim, ClaimPayment, ClaimTransition
from customers.models import Customer
from policies.models import Policy, PolicyTransition
from tests import needs
from tests.book.bordereaux import PAID_LINE, book_rows, denied_line, paid_line, sample_rows, write
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = pytest.mark.django_db


def rows_of_everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Customer, Policy, PolicyTransition, Claim, ClaimTransition, ClaimPayment))


def imported(tmp_path: Path, *rows: dict[str, str]) -> Claim:
    """The first claim of a file with these lines."""
    import_claims(None, write(tmp_path / "book.csv", rows))
    return Claim.objects.select_related("policy__customer").order_by("claim_number")[0]


def findings(tmp_path: Path, *rows: dict[str, str]) -> set[tuple[int, str, str]]:
    """What a file with these lines is refused for; nothing may have been written."""
    before = rows_of_everything()
    with pytest.raises(BordereauRefused) as refused:
        import_claims(None, write(tmp_path / "book.csv", rows))
    assert rows_of_everything() == before
    return {(refusal.line, refusal.field, refusal.code) for refusal in refused.value.refusals}


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_claims", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def test_a_claim_that_was_paid_becomes_an_approved_closed_claim_with_its_payment(tmp_path: Path) -> None:
    claim = imported(tmp_path, paid_line("115744.7737"))
    paid_on = datetime(2010, 2, 17, tzinfo=UTC)
    assert (claim.claim_number, claim.claim_type, claim.status, claim.stage) == ("PRISM-000003", "dwelling", "approved", "paid")
    assert (claim.incident_date, claim.reported_date) == (datetime(2008, 1, 1, tzinfo=UTC), datetime(2009, 9, 23, tzinfo=UTC))
    assert claim.processed_date == claim.closed_at == paid_on
    assert claim.due_at is None
    assert str(claim.policy.product_version) == "Homeowners 1"
    assert (claim.claim_amount, claim.amount_is_minimum) == (Decimal("135744.77"), False)
    assert claim.approved_amount == claim.paid_amount == Decimal("115744.77")
    assert list(claim.payments.values_list("amount", "paid_at")) == [(Decimal("115744.77"), paid_on)]


def test_a_closed_book_brings_the_states_of_its_insured_and_no_clocks_for_its_steps_tell_of_them(tmp_path: Path) -> None:
    claim = imported(tmp_path, paid_line("115744.7737"))
    assert claim.jurisdiction == jurisdiction_of(claim.policy.customer.address) != ""
    assert not Clock.objects.exists()
    ended = {clock.kind: (clock.ended_by, clock.met) for clock in clocks_of(claim)}
    assert ended == {
        "acknowledge": ("acknowledgement", True),
        "decide": ("decision", True),
        "status": ("decision", True),
        "pay": ("payment", True),
        "close": ("closing", True),
    }


def test_a_claim_that_was_not_covered_becomes_a_denied_closed_claim_with_the_reason(tmp_path: Path) -> None:
    claim = imported(tmp_path, denied_line())
    assert (claim.status, claim.stage, claim.claim_amount, claim.approved_amount) == ("denied", "denied", Decimal("0.00"), None)
    assert claim.closed_at == claim.processed_date == datetime(2010, 2, 17, tzinfo=UTC)
    assert "Not liable" in claim.transitions.get(command="deny").reason
    assert not claim.payments.exists()


def test_a_claim_with_liability_and_nothing_to_pay_is_approved_without_a_payment(tmp_path: Path) -> None:
    claim = imported(tmp_path, paid_line("0.0", closedPaidCount="0", closedUnPaidCount="1"))
    assert (claim.status, claim.stage, claim.approved_amount) == ("approved", "approved", Decimal("0.00"))
    assert not claim.payments.exists()


def test_the_history_tells_each_step_with_its_day(tmp_path: Path) -> None:
    steps = imported(tmp_path, paid_line()).transitions.values_list("command", "from_status", "to_status", "stage", "at__date", "amount")
    reported, paid = date(2009, 9, 23), date(2010, 2, 17)
    assert list(steps) == [
        ("submit", "", "pending", "reported", reported, Decimal("135744.77")),
        ("start", "pending", "processing", "investigation", reported, None),
        ("approve", "processing", "approved", "approved", paid, Decimal("115744.77")),
        ("pay", "approved", "approved", "paid", paid, Decimal("115744.77")),
        ("close", "approved", "approved", "paid", paid, None),
    ]


def test_the_policy_holds_the_terms_of_the_line_and_is_expired(tmp_path: Path) -> None:
    policy = imported(tmp_path, paid_line()).policy
    assert (policy.policy_type, policy.status) == ("homeowners", "expired")
    assert (policy.coverage_amount, policy.deductible_amount) == (Decimal("200000.00"), Decimal("20000.00"))
    assert policy.start_date <= datetime(2008, 1, 1, tzinfo=UTC) < policy.end_date
    assert list(policy.transitions.values_list("command", "at")) == [("book", policy.start_date), ("expire", policy.end_date)]


def test_the_customer_is_invented_and_the_personal_data_is_encrypted(tmp_path: Path) -> None:
    customer = imported(tmp_path, paid_line()).policy.customer
    assert customer.email.endswith("@invented.example")
    assert customer.phone.startswith("+1 ")
    assert customer.date_of_birth is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, address FROM customers_customer")
        stored = b" ".join(bytes(value) for value in cursor.fetchone())
    assert customer.phone.encode() not in stored
    assert customer.address.encode() not in stored


def test_claims_of_the_past_that_look_alike_are_taken_over_and_reported() -> None:
    policy = Policy(policy_number="P-1")
    day = datetime(2010, 1, 1, tzinfo=UTC)
    claims = [Claim(policy=policy, claim_type=kind, incident_date=day) for kind in ("dwelling", "dwelling", "fire")]
    assert _alike(claims) == 1
    told = str(Imported(claims=3, policies=1, customers=1, paid=Decimal(0), seconds=1.0, alike=1))
    assert "Possible duplicates: 1 (same policy, day and type)." in told
    assert "duplicates" not in str(Imported(claims=3, policies=1, customers=1, paid=Decimal(0), seconds=1.0))


def test_amounts_are_kept_to_the_cent_on_every_database(tmp_path: Path) -> None:
    rows = sample_rows(300)
    import_claims(None, write(tmp_path / "sample.csv.gz", rows))
    in_order = sorted(rows, key=lambda row: int(row["ClaimNo"]))
    for claim, row in zip(Claim.objects.order_by("claim_number"), in_order, strict=True):
        assert claim.paid_amount == Decimal(row["TotalPayment"]).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_a_second_file_may_bring_other_claims(tmp_path: Path) -> None:
    rows = sample_rows(100)
    import_claims(None, write(tmp_path / "first.csv", rows[:50]))
    import_claims(None, write(tmp_path / "second.csv", rows[50:]))
    assert Claim.objects.count() == 100


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (paid_line(ReportDate="12/31/2007"), "AccidentDate", "after_reported"),
        (paid_line(PaymentDate="2009-09-22"), "PaymentDate", "before_reported"),
        (paid_line(CloseDate="2/16/2010"), "CloseDate", "before_payment"),
        (paid_line(CloseDate="1/1/2999"), "CloseDate", "in_future"),
        (paid_line("180000.01"), "TotalPayment", "over_limit"),
        (paid_line(Deductible="200001"), "Deductible", "over_limit"),
        (paid_line(ClaimLiability="False"), "ClaimLiability", "inconsistent"),
        (paid_line("-5.0"), "TotalPayment", "negative"),
        (paid_line(Limit="1e30"), "Limit", "number"),
        (paid_line(Limit="NaN"), "Limit", "number"),
        (paid_line(Limit="9999999999999"), "Limit", "max_digits"),
        (paid_line(Line="Boat"), "Line", "choice"),
        (paid_line(Status="OPEN"), "Status", "choice"),
        (paid_line(ClaimNo="3"), "ClaimNo", "duplicate"),
    ],
)
def test_a_line_that_breaks_a_rule_refuses_the_file_and_is_named(tmp_path: Path, row: dict[str, str], field: str, code: str) -> None:
    good = [paid_line(ClaimNo="3"), denied_line(ClaimNo="5")]
    bad = row if code == "duplicate" else row | {"ClaimNo": "4"}
    assert (4, field, code) in findings(tmp_path, *good, bad, paid_line(ClaimNo="6"))


def test_every_bad_line_is_reported_with_every_reason(tmp_path: Path) -> None:
    bad = paid_line(ClaimNo="7", AccidentDate="soon", Limit="much")
    assert findings(tmp_path, bad, paid_line(ClaimNo="8"), paid_line("180000.01", ClaimNo="9")) == {
        (2, "AccidentDate", "date"),
        (2, "Limit", "number"),
        (4, "TotalPayment", "over_limit"),
    }


def test_one_bad_line_in_34244_changes_nothing(tmp_path: Path) -> None:
    rows = [*book_rows()[:-1], book_rows()[-1] | {"PaymentDate": "2017-02-30"}]
    assert findings(tmp_path, *rows) == {(34_245, "PaymentDate", "date")}


def test_a_claim_that_the_book_holds_already_is_refused(tmp_path: Path) -> None:
    import_claims(None, write(tmp_path / "first.csv", [paid_line()]))
    assert findings(tmp_path, denied_line(ClaimNo="1"), paid_line()) == {(3, "ClaimNo", "duplicate")}


def test_a_policy_number_or_an_address_given_by_hand_is_not_taken_from_its_owner(tmp_path: Path) -> None:
    with transaction.atomic():
        claim = imported(tmp_path, paid_line())
        number, email = claim.policy.policy_number, claim.policy.customer.email
        transaction.set_rollback(True)
    PolicyFactory.create(policy_number=number)
    CustomerFactory.create(email=email)
    assert findings(tmp_path, paid_line()) == {(2, "ClaimNo", "duplicate")}


def test_an_import_that_breaks_off_half_way_leaves_nothing(tmp_path: Path) -> None:
    class PowerCut(Exception):
        pass

    class Cut(Progress):
        def advance(self, count: int = 1) -> None:
            if self.title == "Claims":
                raise PowerCut

    before = rows_of_everything()
    with pytest.raises(PowerCut):
        import_claims(None, write(tmp_path / "book.csv", sample_rows(50)), lambda title, total: Cut(title, total))
    assert rows_of_everything() == before


@needs.postgresql
def test_postgresql_knows_at_once_what_a_book_holds_that_was_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "book.csv", sample_rows(3))
    monkeypatch.setattr(importing, "MANY", 3)
    with CaptureQueriesContext(connection) as queries:
        import_claims(None, file)
    asked = " ".join(each["sql"] for each in queries if each["sql"].startswith("ANALYZE"))
    assert "claims_claim" in asked
    assert "policies_policysegment" in asked


@needs.postgresql
def test_a_book_is_taken_over_also_where_postgresql_cannot_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def cannot(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        return execute("ANALYZE a_table_that_is_not_there" if sql.startswith("ANALYZE") else sql, *others)

    monkeypatch.setattr(importing, "MANY", 3)
    with caplog.at_level("INFO"), connection.execute_wrapper(cannot):
        found = import_claims(None, write(tmp_path / "book.csv", sample_rows(3)))
    assert (found.claims, Claim.objects.count()) == (3, 3)
    assert [vars(record)["event_type"] for record in caplog.records if record.name == "insurance.events"] == ["book_imported"]
    assert "PostgreSQL could not look at claims_claim: ProgrammingError" in caplog.text


def test_a_file_without_lines_or_without_a_column_is_refused(tmp_path: Path) -> None:
    assert findings(tmp_path) == {(0, "", "empty")}
    with pytest.raises(BordereauRefused) as refused:
        import_claims(None, write(tmp_path / "book.csv", [paid_line()], [name for name in PAID_LINE if name != "Limit"]))
    assert [str(refusal) for refusal in refused.value.refusals] == ["line 1: Limit: The column is missing."]


def test_the_command_says_what_it_took_over_and_how_fast(tmp_path: Path) -> None:
    said = run(write(tmp_path / "book.csv", sample_rows(50)))
    assert "50 claims on " in said
    assert "claims a second" in said


def test_an_import_leaves_a_line_for_compliance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "insurance.events"):
        import_claims(None, write(tmp_path / "book.csv", [paid_line("115744.7737")]))
    (line,) = [record for record in caplog.records if record.name == "insurance.events"]
    assert vars(line)["event_type"] == "book_imported"
    assert vars(line)["details"] == {"file": "book.csv", "claims": 1, "paid": "115744.77"}


def test_the_command_shows_fifty_findings_and_writes_all_of_them_where_it_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "book.csv", [paid_line(ClaimNo=str(number), Limit="much") for number in range(1, 61)])
    out = StringIO()
    with pytest.raises(CommandError, match="60 lines refused; nothing was imported") as refused:
        call_command("import_claims", file, report=tmp_path / "report.csv", stdout=out, stderr=out)
    assert refused.value.returncode == 1
    assert out.getvalue().count("line ") == 50
    assert "10 more" in out.getvalue()
    with (tmp_path / "report.csv").open(newline="") as handle:
        report = list(csv.DictReader(handle))
    assert len(report) == 60
    assert report[0] == {"line": "2", "field": "Limit", "code": "number", "reason": report[0]["reason"]}


def test_a_report_that_cannot_be_written_does_not_hide_the_findings(tmp_path: Path) -> None:
    file = write(tmp_path / "book.csv", [paid_line(Limit="much")])
    with pytest.raises(CommandError, match=r"1 line refused; nothing was imported\. The report could not be written"):
        run(file, "--report", tmp_path / "nowhere" / "report.csv")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nowhere.csv")
