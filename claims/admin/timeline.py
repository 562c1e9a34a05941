"""A claim's one stream: steps, notes, documents and payments, the newest first."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch

from claims.diary.models import DiaryEntry, DiaryMove
from claims.letters.models import ClaimLetter
from claims.models import Claim, ClaimDocument, ClaimNote, ClaimTransition, DocumentKind, EntryKind, LedgerEntry, Stage
from vanguard.money import ZERO, dollars
from vanguard.workbench.dates import day
from vanguard.workbench.templatetags.workbench import person


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is what the filter asks for; `strong` is the part of the sentence that counts."""

    kind: str
    icon: str
    at: datetime.datetime
    key: UUID
    says: str
    strong: str = ""
    why: str = ""
    quote: str = ""
    document: ClaimDocument | None = None
    letter: ClaimLetter | None = None
    command: str = ""


WORDS: dict[str, Callable[[ClaimTransition, str], tuple[str, str]]] = {
    "submit": lambda step, who: (f"Reported by {who}," if step.actor else "Reported,", f"${dollars(step.amount or ZERO)} claimed"),
    "assign": lambda step, who: _assigned(step, who),
    "release": lambda step, who: (f"{who} put the claim back", ""),
    "triage": lambda step, who: (f"{who} triaged the claim", ""),
    "link": lambda step, who: (f"{who} linked a claim of the same event", ""),
    "add_claimant": lambda step, who: (f"{who} named a claimant", ""),
    "end_claimant": lambda step, who: (f"{who} ended a claimant", ""),
    "refer": lambda step, who: (f"{who} referred the claim to special investigation", ""),
    "end_referral": lambda step, who: ("Special investigation has ended", ""),
    "start": lambda step, who: (f"{who} started the claim", ""),
    "edit": lambda step, who: (
        f"{who} corrected the facts",
        f"(before: ${dollars(step.amount)} claimed)" if step.amount is not None else "",
    ),
    "check_cover": lambda step, who: _cover(step, who),
    "investigate": lambda step, who: (f"{who} looks into the loss again", ""),
    "evaluate": lambda step, who: (f"{who} established the loss", ""),
    "propose": lambda step, who: (f"{who} asked a second person to approve", _amount(step)),
    "withdraw": lambda step, who: (_taken_back(step, who), _amount(step)),
    "approve": lambda step, who: (f"{who} approved", _amount(step)),
    "deny": lambda step, who: (f"{who} denied the claim", ""),
    "close": lambda step, who: (f"{who} closed the file", ""),
    "reopen": lambda step, who: (f"{who} reopened the claim", ""),
    "appeal": lambda step, who: ("The denial is appealed", ""),
    "ask": lambda step, who: (f"{who} asked for information", ""),
    "received": lambda step, who: (f"{who} answered" if step.actor and not step.actor.is_staff else "The information has come", ""),
    "extend": lambda step, who: (f"{who} put a deadline off", ""),
    "jurisdiction": lambda step, who: (f"{who} corrected the jurisdiction", ""),
    "inquire": lambda step, who: ("The insurance department has asked", ""),
    "answer": lambda step, who: (f"{who} answered the insurance department", ""),
    "request_payment": lambda step, who: (f"{who} asked to pay", _amount(step)),
    "approve_payment": lambda step, who: (f"{who} approved a payment of", _amount(step)),
    "pay": lambda step, who: (f"{who} paid" if step.actor else "Paid", _amount(step)),
    "clear_payment": lambda step, who: ("The bank paid out", _amount(step)),
    "stop_payment": lambda step, who: (f"{who} stopped a payment of", _amount(step)),
    "void_payment": lambda step, who: (f"{who} voided a payment of", _amount(step)),
}
DONE = {
    "submit": "Reported",
    "assign": "Assigned",
    "release": "Put back into its queue",
    "triage": "Triaged anew",
    "link": "Linked",
    "add_claimant": "Claimant named",
    "end_claimant": "Claimant ended",
    "refer": "Referred to special investigation",
    "end_referral": "Special investigation ended",
    "start": "Started",
    "edit": "Facts corrected",
    "check_cover": "Cover checked",
    "investigate": "Looked into again",
    "evaluate": "Loss established",
    "propose": "Put to a second person",
    "withdraw": "Request to approve taken or sent back",
    "approve": "Approved",
    "deny": "Denied",
    "close": "Closed",
    "reopen": "Reopened",
    "appeal": "Appealed",
    "ask": "Information asked for",
    "received": "Information received",
    "extend": "Deadline put off",
    "jurisdiction": "Jurisdiction corrected",
    "inquire": "Inquiry of the department",
    "answer": "Department answered",
    "request_payment": "Payment asked for",
    "approve_payment": "Payment approved",
    "pay": "Paid",
    "clear_payment": "Payment cleared",
    "stop_payment": "Payment stopped",
    "void_payment": "Payment voided",
}
ICONS = {"submit": "flag", "assign": "person", "start": "right", "propose": "two", "approve": "check", "deny": "stop", "close": "lock"}
MONEY = ("approve", "propose", "withdraw", "pay", "request_payment", "approve_payment", "clear_payment", "stop_payment", "void_payment")
ICONS |= {"appeal": "flag", "ask": "note", "received": "check", "extend": "clock", "inquire": "flag", "answer": "check"}
ICONS |= {"add_claimant": "person", "end_claimant": "person"}
ICONS |= {"check_cover": "policy", "withdraw": "stop"}
ICONS |= {"pay": "money", "request_payment": "money", "approve_payment": "two", "stop_payment": "stop", "void_payment": "stop"}
BOOKED: dict[str, str] = {
    EntryKind.RESERVE: "raised the reserve by",
    EntryKind.RECOVERY: "booked a recovery of",
    EntryKind.RECOVERY_REVERSAL: "reversed a recovery of",
}
BASIS = {"own_authority": "On own authority", "second_person": "As second person"}


def diary_of(claim: Claim) -> Iterable[DiaryEntry]:
    """All that ever stood in its diary, with how it was moved. Two queries; the claim itself is the one given."""
    moves = Prefetch("moves", DiaryMove.objects.select_related("moved_by"))
    rows = DiaryEntry.objects.filter(claim=claim).select_related("owner", "made_by", "done_by").prefetch_related(moves)
    for entry in rows:
        entry.claim = claim
        yield entry


def timeline(claim: Claim, letters: Iterable[ClaimLetter] | None = None, diary: Iterable[DiaryEntry] | None = None) -> list[Entry]:
    """Three queries, whatever the length; one for the letters and two for the diary where not given, one for the ledger if unread."""
    letters = claim.letters.select_related("made_by").defer("file") if letters is None else letters
    entries = [step_entry(each) for each in claim.transitions.select_related("actor")]
    entries += [_note(each) for each in claim.notes.select_related("author")]
    entries += [_letter(each) for each in letters]
    entries += [_document(each) for each in claim.documents.select_related("uploaded_by")]
    entries += [told for each in (diary_of(claim) if diary is None else diary) for told in _of_diary(each)]
    entries += [_booking(each) for each in claim.entries.all() if each.kind in BOOKED]
    return sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)


def _assigned(step: ClaimTransition, who: str) -> tuple[str, str]:
    owner = step.reason.removeprefix("To ").partition(": ")[0]
    if step.actor is None:
        return ("Its queue gave the claim to", owner)
    return (f"{who} took the claim", "") if owner == who else (f"{who} gave the claim to", owner)


def _cover(step: ClaimTransition, who: str) -> tuple[str, str]:
    return (f"{who} checked the cover:", "not settled") if step.stage == Stage.COVERAGE_CHECK else (f"{who} checked the cover", "")


def _taken_back(step: ClaimTransition, who: str) -> str:
    return f"{who} {'took' if step.actor_id == step.maker_id else 'sent'} back the request to approve"


def _amount(step: ClaimTransition) -> str:
    return f"${dollars(step.amount)}" if step.amount is not None else ""


def step_entry(step: ClaimTransition) -> Entry:
    """One step, as the timeline tells it."""
    who = person(step.actor)
    says, strong = WORDS[step.command](step, who) if step.command in WORDS else (f"{who}: {step.command.replace('_', ' ')}", _amount(step))
    kind = "money" if step.command in MONEY else "step"
    # What a person wrote is quoted; what the platform says about the step stands small below it.
    own_words = step.command in ("deny", "reopen", "close", "approve", "appeal", "received", "withdraw", "investigate")
    why = BASIS.get(step.basis, "") if own_words else _why(step)
    return Entry(
        kind,
        ICONS.get(step.command, "history"),
        step.at,
        step.id,
        says,
        strong,
        why,
        step.reason if own_words else "",
        command=step.command,
    )


def _why(step: ClaimTransition) -> str:
    """What the sentence does not say already."""
    if step.command == "assign":
        return step.reason.partition(": ")[2]
    return "" if step.command in ("refer", "end_referral") else step.reason


def _note(note: ClaimNote) -> Entry:
    return Entry("note", "note", note.created_at, note.id, person(note.author), quote=note.text)


def _letter(letter: ClaimLetter) -> Entry:
    says = f"Letter by {person(letter.made_by)}:" if letter.made_by else "Letter:"
    return Entry("document", "doc", letter.made_at, letter.id, says, letter.get_kind_display(), letter=letter)


def _document(document: ClaimDocument) -> Entry:
    kind = "" if document.kind == DocumentKind.OTHER else str(document.get_kind_display())
    return Entry(
        "document", "doc", document.created_at, document.id, f"added by {person(document.uploaded_by)}", why=kind, document=document
    )


def _booking(entry: LedgerEntry) -> Entry:
    """Reserves and recoveries change nothing of the claim itself, so they are told by their entries."""
    lowered = entry.kind == EntryKind.RESERVE and entry.outstanding < ZERO
    says = f"{person(entry.actor)} {'lowered the reserve by' if lowered else BOOKED[entry.kind]}"
    return Entry("money", "money", entry.booked_at, entry.id, says, f"${dollars(abs(entry.amount))}", entry.reason)


def _of_diary(entry: DiaryEntry) -> list[Entry]:
    """What people wrote into the diary, moved and did; what a rule put there, or ended with the file, is told by the steps."""
    moves = list(entry.moves.all())
    told = [_moved(entry, move) for move in moves]
    if entry.made_by_id:
        says = f"{person(entry.made_by)} planned “{entry.what}” for"
        first_day = moves[0].from_day if moves else entry.due_on
        whom = f"For {entry.owner}" if entry.owner_id not in (None, entry.made_by_id) else ""
        told.append(Entry("diary", "diary", entry.created_at, entry.id, says, day(first_day), whom))
    if entry.done_at and entry.ending == DiaryEntry.Ending.DONE:
        told.append(Entry("diary", "check", entry.done_at, entry.id, f"{person(entry.done_by)} did:", entry.what, quote=entry.outcome))
    return told


def _moved(entry: DiaryEntry, move: DiaryMove) -> Entry:
    says = f"{person(move.moved_by)} moved “{entry.what}” to"
    return Entry("diary", "diary", move.moved_at, move.id, says, day(move.to_day), quote=move.reason)
