"""Writing into the diary, doing what stands there, moving it; and keeping it in step with its claim.

A claim is locked before its entries, so of two people who end the same entry one has an effect, and an open claim is never left without.
"""

import datetime
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from claims.authority import claim_handlers
from claims.diary.models import DiaryEntry, DiaryMove, DiaryRule
from claims.diary.rules import check_day, next_entry, rule_for
from claims.events import ClaimDiaryChanged
from claims.intake.models import Severity, Triage
from claims.models import STAGES_OF, Claim, Status
from claims.rules import refuse_parties, require_open, require_own
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.zones import today_of
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid, StaleVersion
from vanguard.events import publish
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import check

CLOSED_WITH = "The file was closed."


def add_entry(actor: User | None, claim_id: UUID, *, due_on: datetime.date, what: str, owner_id: UUID | None = None) -> DiaryEntry:
    """Put something to do into the diary of an open claim: for its owner, or for another handler.

    Raises Invalid for the day, the words or the person; NotAllowed; Conflict "party", "not_allowed_now" for a closed file.
    """
    require(actor, "diary.add_diaryentry")
    with unit_of_work(actor):
        claim = locked(Claim.objects.all(), claim_id)
        _refuse(actor, claim, None)
        require_open(claim)
        entry = _new(actor, claim, due_on, what, claim.assignee if owner_id is None else _handler(owner_id), ("due_on", "what"))
        _tell(claim, actor)
        return entry


def complete_entry(
    actor: User | None,
    entry_id: UUID,
    *,
    outcome: str = "",
    next_on: datetime.date | None = None,
    next_what: str = "",
    version: int | None = None,
) -> DiaryEntry:
    """It is done, with what came of it, and what comes next where that is said. Where nothing else is open, the rule says what comes next.

    Raises Conflict "done_already"; Invalid for half of a next action; NotAllowed.
    """
    with unit_of_work(actor):
        entry = _locked(actor, entry_id, version)
        claim = entry.claim
        if (next_on is None) != (not next_what.strip()):
            missing = "next_on" if next_on is None else "next_what"
            raise Invalid("Say both what comes next and on which day.", code="required", field=missing)
        _end(entry, actor, DiaryEntry.Ending.DONE, outcome)
        if next_on is not None:
            _new(actor, claim, next_on, next_what, entry.owner or claim.assignee, ("next_on", "next_what"))
        keep_diary(claim, actor)
        _tell(claim, actor)
        return entry


def move_entry(actor: User | None, entry_id: UUID, *, to_day: datetime.date, reason: str, version: int | None = None) -> DiaryEntry:
    """Put it off, or forward, with the reason; the earlier days stay. Raises Invalid, NotAllowed, Conflict "done_already", "same_day"."""
    if not reason.strip():
        raise Invalid("Give a reason.", code="required", field="reason")
    with unit_of_work(actor):
        entry = _locked(actor, entry_id, version)
        check_day(to_day, today_of(entry.owner), "to_day")
        if to_day == entry.due_on:
            raise Conflict("It stands on that day already.", code="same_day", field="to_day")
        moved = DiaryMove(entry=entry, from_day=entry.due_on, to_day=to_day, reason=reason.strip(), moved_by=actor)
        check(moved)
        moved.save(force_insert=True)
        change(entry, due_on=to_day)
        _tell(entry.claim, actor)
        return entry


def keep_diary(claim: Claim, actor: User | None, former_owner_id: UUID | None = None, former_stage: str = "") -> None:
    """After a step of the claim, in its transaction: open entries go with its owner, end with its file; an open claim always has one.

    What the platform itself planned for the stage that the claim has left is not needed any more.
    """
    entries = list(claim.diary.open())
    if not claim.is_open:
        for entry in entries:
            _end(entry, actor, DiaryEntry.Ending.CLOSED, CLOSED_WITH)
        return
    passed = _passed(claim, entries, former_stage)
    for entry in passed:
        _end(entry, actor, DiaryEntry.Ending.CLOSED, f"The claim has gone on: {claim.get_stage_display().lower()}.")
    entries = [entry for entry in entries if entry not in passed]
    for entry in entries:
        # What was meant for somebody else than the owner stays theirs.
        if entry.owner_id in (None, former_owner_id) and entry.owner_id != claim.assignee_id:
            change(entry, owner=claim.assignee)
    if not entries:
        next_entry(claim, DiaryRule.objects.all(), _severity(claim)).save(force_insert=True)


def _passed(claim: Claim, entries: list[DiaryEntry], left: str) -> list[DiaryEntry]:
    """Of the open entries those that a rule made for the stage that was `left`, and nobody moved. The first contact is still to be made."""
    own = [entry for entry in entries if entry.made_by_id is None]
    if not own or left in (claim.stage, "") or left in STAGES_OF[Status.PENDING]:
        return []
    rule = rule_for(DiaryRule.objects.all(), left, _severity(claim))
    if rule is None or rule.stage != left:
        return []
    moved = set(DiaryMove.objects.filter(entry__in=own).values_list("entry", flat=True))
    return [entry for entry in own if entry.what == rule.what and entry.pk not in moved]


def first_entry(claim: Claim, rules: Iterable[DiaryRule], triage: Triage | None) -> DiaryEntry:
    """What a claim that is being filed starts with, not stored yet: it goes in with the claim."""
    return next_entry(claim, rules, triage.severity if triage else Severity.MEDIUM)


def _severity(claim: Claim) -> str:
    return Triage.objects.filter(claim=claim).values_list("severity", flat=True).first() or Severity.MEDIUM


def _locked(actor: User | None, entry_id: UUID, version: int | None) -> DiaryEntry:
    """The entry, its claim locked first. Raises NotFound, NotAllowed, Conflict."""
    require(actor, "diary.change_diaryentry")
    claim_id = get_or_refuse(DiaryEntry.objects.all(), entry_id).claim_id
    claim = locked(Claim.objects.all(), claim_id)
    entry = locked(DiaryEntry.objects.all(), entry_id)
    entry.claim = claim
    _refuse(actor, claim, entry)
    if not entry.is_open:
        by = f" by {entry.done_by}" if entry.done_by else ""
        raise Conflict(f"“{entry.what}” was ended already{by}.", code="done_already", field="status")
    if version is not None and entry.version != version:
        raise StaleVersion("Somebody else changed this entry meanwhile. Nothing was saved; read it again.")
    return entry


def _refuse(actor: User | None, claim: Claim, entry: DiaryEntry | None) -> None:
    """A claim's diary is its owner's, nobody's claim's anybody's; what is in somebody's own diary is theirs as well."""
    refuse_parties(actor, claim)
    if entry is None or actor is None or entry.owner_id != actor.pk:
        require_own(actor, claim)


def _handler(owner_id: UUID) -> User:
    owner = User.objects.filter(claim_handlers(), pk=owner_id).distinct().first()
    if owner is None:
        raise Invalid("This person does not handle claims.", code="not_a_handler", field="owner_id")
    return owner


def _new(actor: User | None, claim: Claim, day: datetime.date, what: str, owner: User | None, fields: tuple[str, str]) -> DiaryEntry:
    on, says = fields
    words = " ".join(what.split())
    if not words:
        raise Invalid("Say what is to be done.", code="required", field=says)
    entry = DiaryEntry(claim=claim, owner=owner, due_on=check_day(day, today_of(owner), on), what=words, made_by=actor)
    check(entry)
    entry.save(force_insert=True)
    return entry


def _end(entry: DiaryEntry, actor: User | None, ending: DiaryEntry.Ending, outcome: str) -> None:
    values: dict[str, Any] = {"ending": ending, "done_at": timezone.now(), "done_by": actor, "outcome": outcome.strip()}
    change(entry, **values)


def _tell(claim: Claim, actor: User | None) -> None:
    actor_id = actor.pk if actor else None
    publish(ClaimDiaryChanged(claim.pk, claim.claim_number, claim.claim_type, claim.status, claim.stage, None, actor_id))
