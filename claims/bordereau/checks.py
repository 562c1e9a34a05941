"""What a line must satisfy beyond its cells: the rules of any claim, asked about a claim whose life is over."""

from collections.abc import Iterable
from datetime import datetime

from claims.bordereau.lines import ClosedClaim
from claims.bordereau.refusals import Refusal
from claims.rules import check_dates
from claims.settlement import settle
from vanguard.errors import FieldError
from vanguard.money import dollars

# The rules speak of our fields; whoever mends the file looks for its columns.
COLUMN_OF = {
    "claim_number": "ClaimNo",
    "incident_date": "AccidentDate",
    "reported_date": "ReportDate",
    "claim_amount": "TotalPayment",
    "coverage_amount": "Limit",
    "premium_amount": "Limit",
    "deductible_amount": "Deductible",
    "start_date": "AccidentDate",
    "end_date": "AccidentDate",
}


def refusals_of(line: int, errors: Iterable[FieldError]) -> list[Refusal]:
    """The findings of one line."""
    return [Refusal(line, COLUMN_OF.get(error.field, error.field), error.code, error.message) for error in errors]


def check_claim(claim: ClosedClaim, now: datetime) -> list[FieldError]:
    """Dates in order, and a payment that the settlement rule allows."""
    first_notice = check_dates(incident_date=claim.incident, reported_date=claim.reported, now=now)
    return [*first_notice, *_check_decision_dates(claim, now), *_check_payment(claim)]


def _check_decision_dates(claim: ClosedClaim, now: datetime) -> list[FieldError]:
    errors = []
    if claim.decided < claim.reported:
        errors.append(FieldError("PaymentDate", "before_reported", "The payment is before the report."))
    if claim.closed < claim.decided:
        errors.append(FieldError("CloseDate", "before_payment", "The claim was closed before its payment."))
    if claim.closed > now:
        errors.append(FieldError("CloseDate", "in_future", "Close date is not in the future."))
    return errors


def _check_payment(claim: ClosedClaim) -> list[FieldError]:
    if claim.deductible > claim.limit:
        return [FieldError("Deductible", "over_limit", "The deductible is above the limit.")]
    if claim.paid and not claim.liable:
        return [FieldError("ClaimLiability", "inconsistent", "Something was paid although the insurer is not liable.")]
    payable = settle(claim.loss, claim.deductible, claim.limit).payable
    if claim.paid > payable:
        allowed = f"the limit less the deductible allows {dollars(payable)}"
        return [FieldError("TotalPayment", "over_limit", f"{dollars(claim.paid)} was paid where {allowed}.")]
    return []


def check_numbers(claims: Iterable[ClosedClaim]) -> list[Refusal]:
    """No claim number stands in the file twice: the second one is refused."""
    first_line: dict[int, int] = {}
    return [
        Refusal(claim.line, "ClaimNo", "duplicate", f"{claim.claim_number} stands in line {first_line[claim.number]} already.")
        for claim in claims
        if first_line.setdefault(claim.number, claim.line) != claim.line
    ]
