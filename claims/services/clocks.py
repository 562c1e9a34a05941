"""Deadlines by hand: put one off where its rule allows, say under which state's law a claim is, record what others ask of us."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from claims.clocks.calendar import due_after
from claims.clocks.jurisdiction import STATES, words_of
from claims.clocks.keeping import all_of, counted_anew
from claims.clocks.models import Clock, Kind
from claims.clocks.running import next_of
from claims.models import Claim, Stage, Status
from claims.rules import refuse_parties, require_open
from claims.services.moving import claim_for, move, required_reason
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import found_or_refuse


def chosen_jurisdiction(actor: User | None, jurisdiction: str) -> str:
    """What staff say at a first notice. Raises NotAllowed for who may not, Invalid for what is no state."""
    require(actor, "claims.add_claim")
    return _known(jurisdiction)


def extend_clock(actor: User | None, claim_id: UUID, clock_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Put a deadline off by the days that its rule allows, counted from today; once, and before it is over. The insured is to be told why.

    Raises NotFound for a clock of another claim; Conflict "not_running", "no_extension", "already_extended", "too_late".
    """
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "clocks.extend_clock", claim_id, version)
        refuse_parties(actor, claim)
        clocks = all_of(claim)
        clock = found_or_refuse(next((each for each in clocks if each.pk == clock_id), None), Clock, field="clock_id")
        _refuse_extension(clock)
        now = timezone.now()
        clock.extended_at, clock.extended_from, clock.extended_by, clock.extension_reason = now, clock.due_at, actor, why
        clock.due_at = max(due_after(now, clock.rule.extension_days or 0, business=False), clock.due_at)
        clock.save(update_fields=["extended_at", "extended_from", "extended_by", "extension_reason", "due_at"])
        said = f"{clock.rule.action}, by {clock.due_at:%Y-%m-%d} instead of {clock.extended_from:%Y-%m-%d}: {why}"
        first = next_of(clocks)
        return _step(claim, actor, "extend", said, due_at=first.due_at if first else None)


def _refuse_extension(clock: Clock) -> None:
    if not clock.is_running:
        raise Conflict("This deadline does not run any more.", code="not_running", field="clock_id")
    if clock.rule.extension_days is None:
        raise Conflict(f"{clock.rule.citation} knows no extension of this deadline.", code="no_extension", field="clock_id")
    if clock.extended_at is not None:
        raise Conflict("This deadline was put off before; it can be only once.", code="already_extended", field="clock_id")
    if clock.is_breached:
        raise Conflict("This deadline is over; it could be put off only until then.", code="too_late", field="clock_id")


def correct_jurisdiction(actor: User | None, claim_id: UUID, *, jurisdiction: str, reason: str, version: int | None = None) -> Claim:
    """Say under which state's law an open claim is; what runs is counted by its rules from the same start. Raises Invalid; Conflict."""
    why, state = required_reason(reason), _known(jurisdiction)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.change_claim", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        if state == claim.jurisdiction:
            raise Conflict(f"{claim.claim_number} is under {words_of(state)} already.", code="unchanged", field="jurisdiction")
        due = counted_anew(claim, state)
        said = f"From {words_of(claim.jurisdiction)} to {words_of(state)}: {why}"
        return _step(claim, actor, "jurisdiction", said, jurisdiction=state, due_at=due)


def record_inquiry(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """The insurance department has asked about the claim: from now on so many days to answer. Raises Conflict while one is open."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = _open_claim(actor, claim_id, version)
        if _asked(claim) is not None:
            raise Conflict("An inquiry is open already. Record the answer first.", code="already_asked", field="reason")
        return _step(claim, actor, "inquire", why)


def record_answer(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """The department has our answer. Raises Conflict where it had asked nothing."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = _open_claim(actor, claim_id, version)
        if _asked(claim) is None:
            raise Conflict(f"No inquiry about {claim.claim_number} is open.", code="not_allowed_now", field="reason")
        return _step(claim, actor, "answer", why)


def _open_claim(actor: User | None, claim_id: UUID, version: int | None) -> Claim:
    claim = claim_for(actor, "claims.ask_claim", claim_id, version)
    refuse_parties(actor, claim)
    require_open(claim)
    return claim


def _asked(claim: Claim) -> Clock | None:
    return claim.clocks.running().filter(kind=Kind.INQUIRY).first()


def _known(jurisdiction: str) -> str:
    if jurisdiction and jurisdiction not in STATES:
        raise Invalid("Name a state as US-CA, or nothing for the company's standard.", code="unknown", field="jurisdiction")
    return jurisdiction


def _step(claim: Claim, actor: User | None, command: str, said: str, **values: Any) -> Claim:
    status, stage = Status(claim.status), Stage(claim.stage)
    return move(claim, actor, command, status=status, stage=stage, reason=said, **values)
