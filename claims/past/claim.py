"""The claim at an instant."""

import copy
import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from claims.clocks.models import Clock
from claims.clocks.reading import clocks_of, next_known_at
from claims.models import DECIDED, Claim, ClaimNote, ClaimTransition, CostType, LedgerQuerySet, Stage, Status
from claims.past.facts import values_at
from vanguard.accounts.models import User
from vanguard.money import ZERO

# The instant that a step stores on the claim, and that of the step itself, are this close.
SAME = datetime.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class PastClaim:
    """`claim` is a copy that holds what was known at `moment`, and must never be saved; `steps` were made by then, `later` since."""

    claim: Claim
    moment: datetime.datetime
    steps: list[ClaimTransition] = field(default_factory=list)
    later: int = 0
    # The deadline that was next.
    clock: Clock | None = None

    @property
    def entries(self) -> LedgerQuerySet:
        """What was booked by then."""
        return self.claim.entries.filter(effective_at__lte=self.moment)


def claim_known_at(claim: Claim, moment: datetime.datetime) -> PastClaim | None:
    """The claim as it was known at `moment`; None where it had not been entered by then. Five queries, for most.

    The step that entered it counts, not the day of the loss or of the report. Its owner, and facts that were corrected since, come
    from the audit trail; a book that was taken over brought none, and its facts are those of the take-over.
    """
    steps = list(claim.transitions.select_related("actor").order_by("at", "id"))
    known = [step for step in steps if step.at <= moment]
    if not known:
        return None
    past = copy.copy(claim)
    past._state = copy.copy(claim._state)
    past._state.fields_cache = dict(claim._state.fields_cache)
    past._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # Django keeps what it prefetched here
    for name, value in (values_at(claim, moment) | _description(claim, moment) | _state(claim, known, moment)).items():
        setattr(past, name, value)
    clock, past.due_at = next_known_at(clocks_of(claim, steps), moment) or (None, None)
    return PastClaim(past, moment, known, len(steps) - len(known), clock)


def notes_for(claim: Claim, viewer: User | None, until: datetime.datetime | None = None) -> QuerySet[ClaimNote]:
    """The notes that `viewer` may read (None is the platform itself), as of `until`: asked by pages of the past and by packs alike."""
    if viewer is not None and not viewer.has_perm("claims.view_claimnote"):
        return claim.notes.none()
    notes = claim.notes.select_related("author")
    return notes if until is None else notes.filter(created_at__lte=until)


def _description(claim: Claim, moment: datetime.datetime) -> dict[str, str]:
    """How it read at that moment, where it was changed since. Before such texts were kept apart, the audit trail had them."""
    earlier = claim.earlier_descriptions.filter(until__gt=moment).first()
    return {} if earlier is None else {"description": earlier.text}


def _state(claim: Claim, known: list[ClaimTransition], moment: datetime.datetime) -> dict[str, Any]:
    last = known[-1]
    closed, reopened = _closed(known), _last(known, "reopen")
    return (
        {
            "status": last.to_status,
            "stage": last.stage,
            "closed_at": _as_stored(claim.closed_at, closed),
            "reopened_at": _as_stored(claim.reopened_at, reopened),
            "processed_date": _as_stored(claim.processed_date, _last(known, "approve", "deny")) if last.to_status in DECIDED else None,
            "approved_amount": _approved(claim, known) if last.to_status == Status.APPROVED else None,
            "paid_amount": _paid(claim, moment, inclusive=True),
            "updated_at": last.at,
        }
        | _appeal(claim, known)
        | _proposal(known)
        | _nobody_yet(known)
    )


def _nobody_yet(known: list[ClaimTransition]) -> dict[str, Any]:
    """Nobody owns a claim before somebody was given it, or started it. A book that was taken over has no audit trail to tell so."""
    return {} if _last(known, "assign", "start") else {"assignee_id": None}


def _closed(known: list[ClaimTransition]) -> ClaimTransition | None:
    """The step that closed the file, unless work was taken up again after it."""
    closed = None
    for step in known:
        if step.command == "close":
            closed = step
        elif step.to_status not in DECIDED:
            closed = None
    return closed


def _last(known: list[ClaimTransition], *commands: str) -> ClaimTransition | None:
    return next((step for step in reversed(known) if step.command in commands), None)


def _as_stored(stored: datetime.datetime | None, step: ClaimTransition | None) -> datetime.datetime | None:
    """The step's instant; the claim's own one where it is the same event."""
    if step is None:
        return None
    return stored if stored is not None and abs(stored - step.at) < SAME else step.at


def _approved(claim: Claim, known: list[ClaimTransition]) -> Decimal | None:
    """What an approval approves comes on top of what was paid before it."""
    step = _last(known, "approve")
    return claim.approved_amount if step is None else (step.amount or ZERO) + _paid(claim, step.at)


def _paid(claim: Claim, moment: datetime.datetime, *, inclusive: bool = False) -> Decimal:
    upto = {"effective_at__lte" if inclusive else "effective_at__lt": moment}
    return claim.entries.filter(cost_type=CostType.INDEMNITY, **upto).balance().paid


def _appeal(claim: Claim, known: list[ClaimTransition]) -> dict[str, Any]:
    """Since when one was open, and whose denial it is about; the next decision ends it."""
    last = _last(known, "appeal", "approve", "deny")
    if last is None or last.command != "appeal":
        return {"appealed_at": None, "first_decided_by_id": None}
    denial = _last(known, "deny")
    return {"appealed_at": _as_stored(claim.appealed_at, last), "first_decided_by_id": denial.actor_id if denial else None}


def _proposal(known: list[ClaimTransition]) -> dict[str, Any]:
    step = _last(known, "propose") if known[-1].stage == Stage.AWAITING_APPROVAL else None
    return {"proposed_amount": step.amount if step else None, "proposed_by": step.actor if step else None}
