"""Payments to bank accounts on approved claims of the demo: one sent, one to be sent, and two that wait for a second person."""

from claims.demo.life import WITHIN_AUTHORITY
from claims.demo.people import LOG_INS
from claims.demo.unsaid import unsaid
from claims.models import Claim, Stage
from claims.services import issue_payment, pay_claim
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.money import ZERO, to_cents

# Routing numbers of examples, which fit together as real ones do; the account numbers are invented. The first is named on two claims.
SHARED, OTHER, LARGE = ("121000248", "44171234567"), ("021000021", "9900112233"), ("011401533", "70001112")


def ask_for_payments() -> int:
    """Payments to bank accounts, requested and issued by the services as of the day of the demo. Returns how many."""
    with unsaid(), unit_of_work(None):
        finance = User.objects.get(email=next(person.email for person in LOG_INS if person.role == "Finance"))
        waiting = list(
            Claim.objects.open().filter(stage=Stage.PAYMENT_PENDING).select_related("assignee").order_by("approved_amount", "id")
        )
        sent, to_send, by_finance = [claim for claim in waiting if (claim.approved_amount or ZERO) <= WITHIN_AUTHORITY][-3:]
        large = waiting[-1]
        _ask(sent.assignee, sent, SHARED)
        issue_payment(finance, sent.payments.get().pk)
        _ask(to_send.assignee, to_send, OTHER)
        _ask(finance, by_finance, SHARED)
        pay_claim(large.assignee, large.pk, routing_number=LARGE[0], account_number=LARGE[1])
    return 4


def _ask(actor: User | None, claim: Claim, account: tuple[str, str]) -> None:
    """For half of what was approved, so that the claim goes on waiting for its payment."""
    routing_number, account_number = account
    half = to_cents((claim.approved_amount or ZERO) / 2)
    pay_claim(actor, claim.pk, amount=half, routing_number=routing_number, account_number=account_number)
