"""Claims as they were years ago: what happened is told with its times, as an import tells it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from claims.models import Claim, ClaimPayment, ClaimTransition
from policies.models import Policy
from tests.factories import PolicyFactory


def at(text: str) -> datetime:
    """2020-02-03 is noon UTC of that day."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def policy(policy_type: str = "homeowners", start: str = "2019-01-01", **fields: Any) -> Policy:
    """A year from midnight UTC: premium 365.00 (1.00 a day), limit 25,000, deductible 1,000."""
    starts = datetime.fromisoformat(start).replace(tzinfo=UTC)
    given: dict[str, Any] = {"premium_amount": Decimal("365.00"), "end_date": starts.replace(year=starts.year + 1)}
    made = PolicyFactory.create(policy_type=policy_type, start_date=starts, created_at=starts, **(given | fields))
    return made


def claim(reported: str, on: Policy | None = None, *, loss: str = "", entered: str = "", **fields: Any) -> Claim:
    """A pending claim: 5,000.00 claimed, the loss on the day of the report unless said otherwise."""
    given: dict[str, Any] = {"claim_type": "fire", "claim_amount": Decimal("5000.00")}
    made = Claim.objects.create(
        claim_number=f"R-{Claim.objects.count():05d}",
        policy=on or policy(),
        incident_date=at(loss or reported),
        reported_date=at(reported),
        **(given | fields),
    )
    step(made, "submit", entered or reported, made.claim_amount)
    return made


def step(of: Claim, command: str, when: str, amount: Decimal | None = None) -> None:
    states = {"from_status": of.status, "to_status": of.status, "stage": of.stage}
    ClaimTransition.objects.create(claim=of, command=command, at=at(when), amount=amount, **states)


def decide(of: Claim, when: str, amount: str | None = "4000.00", *, started: str = "") -> Claim:
    """Approved for `amount` in all, or denied without one."""
    of.status = of.stage = "approved" if amount else "denied"
    of.processed_date, of.approved_amount = at(when), Decimal(amount) if amount else None
    of.save()
    step(of, "start", started or when)
    step(of, "approve" if amount else "deny", when, Decimal(amount) - of.paid_amount if amount else None)
    return of


def pay(of: Claim, when: str, amount: str = "4000.00") -> Claim:
    ClaimPayment.objects.create(claim=of, amount=Decimal(amount), paid_at=at(when))
    of.paid_amount += Decimal(amount)
    of.save()
    return of


def close(of: Claim, when: str) -> Claim:
    of.closed_at = at(when)
    of.save()
    step(of, "close", when)
    return of


def reopen(of: Claim, when: str) -> Claim:
    of.status, of.stage, of.processed_date, of.closed_at, of.approved_amount = "processing", "evaluation", None, None, None
    of.reopened_at = at(when)
    of.save()
    step(of, "reopen", when)
    return of


def small_book() -> None:
    """Two products, three years, and something of every kind."""
    home, auto = policy(), policy("personal_auto", "2020-01-01")
    close(pay(decide(claim("2019-02-10", home), "2019-03-01"), "2019-03-05"), "2019-03-20")
    close(pay(decide(claim("2019-06-10", home, loss="2019-05-30"), "2020-02-01", "2000.00"), "2020-02-09", "2000.00"), "2020-02-20")
    close(decide(claim("2019-12-30", home), "2020-01-15", None), "2020-01-16")
    reopen(close(pay(decide(claim("2019-07-01", home), "2019-07-20"), "2019-07-21"), "2019-08-01"), "2020-05-05")
    decide(claim("2020-03-03", auto, claim_type="collision"), "2020-03-09", "3000.00")
    claim("2020-06-01", auto, claim_type="glass", claim_amount=Decimal("1200.50"))
    claim("2020-03-01", auto, entered="2020-07-07")
