"""From the claim's steps to the events that clocks listen to, and back over the steps of a claim that has no clocks yet."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from claims.clocks.models import Clock, Event
from claims.clocks.running import Happened, Rules, happen
from claims.models import Claim, ClaimTransition, CostType, Status
from vanguard.money import ZERO

BY_COMMAND: Mapping[str, Event] = {
    "start": Event.ACKNOWLEDGEMENT,
    "ask": Event.REQUEST,
    "received": Event.INFORMATION,
    "inquire": Event.INQUIRY,
    "answer": Event.ANSWER,
    "reply": Event.REPLY,
    "approve": Event.DECISION,
    "deny": Event.DECISION,
    "appeal": Event.APPEAL,
    "reopen": Event.REOPENING,
    "close": Event.CLOSING,
}
# Letters that meet clocks; those of decisions and requests go with their step.
BY_LETTER: Mapping[str, Event] = {"acknowledgement": Event.ACKNOWLEDGEMENT, "status": Event.STATUS_LETTER}


def events_of(command: str, before: Claim, after: Claim) -> list[Event]:
    """What a step that leads from `before` to `after` is to the clocks; mostly nothing."""
    found = [BY_COMMAND[command]] if command in BY_COMMAND else []
    if command == "approve":
        return [*found, *([Event.APPROVAL] if _owes(after) else [])]
    if before.status == after.status == Status.APPROVED and after.is_open and _owes(before) != _owes(after):
        found.append(Event.RETURN if _owes(after) else Event.PAYMENT)
    return found


def _owes(claim: Claim) -> bool:
    return (claim.approved_amount or ZERO) > claim.paid_amount


@dataclass(frozen=True, slots=True)
class Paid:
    """Money on the loss that went out; below nought, that came back."""

    at: datetime.datetime
    amount: Decimal


def told_by(claim: Claim, steps: Iterable[ClaimTransition]) -> list[Happened]:
    """All events of a claim in their order, by its steps, letters and payments. Two queries."""
    payments = claim.payments.filter(paid_at__isnull=False, cost_type=CostType.INDEMNITY).order_by("paid_at", "id")
    paid = [Paid(each.paid_at, each.amount) for each in payments if each.paid_at is not None]
    letters = claim.letters.filter(kind__in=BY_LETTER).values_list("kind", "made_at")
    written = [Happened(BY_LETTER[kind], at) for kind, at in letters]
    return events_in(claim.reported_date, steps, paid, written)


def events_in(
    reported: datetime.datetime, steps: Iterable[ClaimTransition], paid: Iterable[Paid] = (), written: Iterable[Happened] = ()
) -> list[Happened]:
    """The same, of what was read already."""
    told: list[ClaimTransition | Paid | Happened] = sorted([*steps, *paid, *written], key=_place)
    found, owed = [Happened(Event.REPORT, reported)], ZERO
    for each in told:
        if isinstance(each, Happened):
            found.append(each)
        elif isinstance(each, Paid):
            was, owed = owed, owed - each.amount
            if (was > ZERO) != (owed > ZERO):
                found.append(Happened(Event.RETURN if owed > ZERO else Event.PAYMENT, each.at))
        elif each.command in BY_COMMAND:
            found.append(Happened(BY_COMMAND[each.command], each.at))
            if each.command == "approve":
                owed = each.amount or ZERO
                found += [Happened(Event.APPROVAL, each.at)] if owed > ZERO else []
    return found


def _place(told: ClaimTransition | Paid | Happened) -> tuple[datetime.datetime, int]:
    """Of what has one moment, as in a bordereau of days: the decision, then the money, then the closing."""
    closes = getattr(told, "command", "") == "close"
    return told.at, 2 if closes else 1 if isinstance(told, Paid) else 0


def replayed(claim: Claim, events: Sequence[Happened], rules: Rules) -> list[Clock]:
    """The clocks that the events start, meet and end, none of them stored."""
    clocks: list[Clock] = []
    for each in events:
        happen(claim, clocks, rules, each)
    return clocks
