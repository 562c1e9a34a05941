"""A claim's money as the API takes and gives it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from claims.models import Balance, Claim, ClaimPayment, LedgerEntry, SettlementProof
from vanguard.http.fields import Money, Text
from vanguard.http.schema import Amount, In, Maybe, Out

CostTypeName = Literal["indemnity", "expense"]
SourceName = Literal["salvage", "subrogation", "deductible"]
Why = Annotated[str, Text(1000, multiline=True)]
Sum = Annotated[Decimal, Money(15)]
Code = Annotated[str, Text(40)]
AccountDigits = Annotated[str, Text(40, blank=True)]


class ReserveIn(In):
    """What is outstanding from now on, for the coverage that answers the loss unless another is named by its code."""

    amount: Sum
    reason: Why
    cost_type: CostTypeName = "indemnity"
    coverage: Code | None = None


class PayIn(In):
    """Without an amount: all that is approved and neither paid nor asked for. Without a payee: the insured.

    The two numbers are of the payee's account at a bank in the United States: both or neither. They never come out again.
    """

    amount: Sum | None = None
    payee: Annotated[str, Text(200, blank=True)] = ""
    cost_type: CostTypeName = "indemnity"
    coverage: Code | None = None
    routing_number: AccountDigits = ""
    account_number: AccountDigits = ""


class PaymentStepIn(In):
    pass


class TakeBackIn(In):
    reason: Why


class RecoverIn(In):
    amount: Sum
    source: SourceName
    reason: Annotated[str, Text(1000, blank=True, multiline=True)] = ""
    cost_type: CostTypeName = "indemnity"
    coverage: Code | None = None


class BalanceOut(Out):
    """incurred = paid + outstanding − recovered."""

    outstanding: Amount
    paid: Amount
    recovered: Amount
    incurred: Amount


class LedgerLineOut(BalanceOut):
    """The balance of one coverage and type of cost."""

    coverage: str
    cost_type: CostTypeName


class ClaimEntryOut(Out):
    """By how much each of the three moved."""

    id: UUID
    kind: str
    coverage: str
    cost_type: CostTypeName
    source: Maybe[str] = None
    outstanding: Amount
    paid: Amount
    recovered: Amount
    payment_id: Maybe[UUID] = None
    effective_at: datetime
    booked_at: datetime
    reason: Maybe[str] = None


class ClaimPaymentOut(Out):
    """One payment; a negative amount is the counter-row of one that was stopped or voided after it had gone out.

    Of the payee's account the last four digits are shown.
    """

    id: UUID
    amount: Amount
    status: str
    payee: Maybe[str] = None
    masked_account: Maybe[str] = None
    coverage: str
    cost_type: CostTypeName
    basis: Maybe[str] = None
    waits_for: Maybe[str] = None
    seal: Maybe[str] = None
    requested_by_id: Maybe[UUID] = None
    approved_by_id: Maybe[UUID] = None
    paid_at: Maybe[datetime] = None
    created_at: datetime


class MoneyOut(Out):
    """The whole of a claim's money, entries and payments from the first on."""

    claim_id: UUID
    balance: BalanceOut
    lines: list[LedgerLineOut]
    entries: list[ClaimEntryOut]
    payments: list[ClaimPaymentOut]

    @classmethod
    def show(cls, claim: Claim) -> Self:
        """Three queries."""
        entries = claim.entries.all()
        return cls(
            claim_id=claim.pk,
            balance=BalanceOut(**_figures(entries.balance())),
            lines=[LedgerLineOut(coverage=code, cost_type=cost, **_figures(line)) for (code, cost), line in entries.lines().items()],
            entries=[ClaimEntryOut(**_columns(ClaimEntryOut, entry)) for entry in entries],
            payments=[ClaimPaymentOut(**_columns(ClaimPaymentOut, payment)) for payment in claim.payments.order_by("created_at", "id")],
        )


class ProofOut(Out):
    """The sum that an approval or proposal rests on, and whether it comes to the same when it is done again."""

    claim_id: UUID
    made_at: datetime
    amount: Amount
    read: dict[str, Any]
    lines: dict[str, str]
    faults: list[str]

    @classmethod
    def show(cls, proof: SettlementProof, faults: list[str]) -> Self:
        """`faults` as claims.services.faults_of finds them."""
        return cls(claim_id=proof.claim_id, made_at=proof.made_at, amount=proof.amount, read=proof.read, lines=proof.lines, faults=faults)


def _figures(balance: Balance) -> dict[str, Any]:
    return {name: getattr(balance, name) for name in ("outstanding", "paid", "recovered", "incurred")}


def _columns(schema: type[Out], row: LedgerEntry | ClaimPayment) -> dict[str, Any]:
    return {name: getattr(row, name) for name in schema.model_fields}
