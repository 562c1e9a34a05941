"""What stands in the diaries of the demo's adjusters: a next action on each open claim, some of it late, some for today, some done."""

from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

from claims.bordereau.bulk import insert_all
from claims.bordereau.people import SEED
from claims.diary.models import DiaryEntry, DiaryMove
from claims.diary.rules import working_day
from claims.models import Claim, Status
from vanguard.accounts.zones import today_of
from vanguard.audit import unit_of_work

TO_DO: dict[str, tuple[str, ...]] = {
    Status.PENDING: ("Make first contact with the insured", "Ask for photos of the damage", "Find out which contractor was called"),
    Status.PROCESSING: (
        "Call the insured about the inspection",
        "Check the contractor’s estimate",
        "Ask the fire brigade for its report again",
        "Video inspection of the damage",
        "Compare the invoice with the estimate",
        "Ask the neighbor what was seen",
    ),
    Status.APPROVED: ("See that the payment has arrived", "Ask for the final invoice", "See what is left, and close the file"),
    Status.DENIED: ("See whether an appeal has come, and close the file",),
}
DONE = (
    ("Make first contact with the insured", "Reached by phone; photos come by mail."),
    ("Ask for the estimate", "The contractor sends it this week."),
    ("Read the policy’s endorsements", "None touches this loss."),
)
PUT_OFF = ("Nobody answered, try again", "The insured is abroad", "The contractor needs two more days")
# In days from today: few are late, some are for today, most come within the next two weeks.
AHEAD = (-3, -1, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 10, 13)


def fill_diaries() -> int:
    """An entry for each open claim that has none, with what was done before. Returns how many are open."""
    rng = Random(SEED)  # noqa: S311  # invents work, guards nothing
    with unit_of_work(None):
        rows = Claim.objects.open().exclude(pk__in=DiaryEntry.objects.open().values("claim")).select_related("assignee")
        claims = list(rows.order_by("reported_date", "id"))
        entries = [_open_entry(claim, place, rng) for place, claim in enumerate(claims)]
        insert_all(DiaryEntry, entries)
        insert_all(DiaryEntry, [_done_entry(claim, rng) for claim in claims if claim.status != Status.PENDING and rng.random() < 0.6])
        insert_all(DiaryMove, [_move(entry, rng) for entry in entries if entry.made_by_id and rng.random() < 0.2])
    return len(entries)


def _open_entry(claim: Claim, place: int, rng: Random) -> DiaryEntry:
    today = today_of(claim.assignee)
    ahead = AHEAD[place % len(AHEAD)] if claim.assignee_id else rng.choice((1, 2))
    day = today + timedelta(days=ahead)
    words = rng.choice(TO_DO[claim.status])
    made_by = claim.assignee if words != TO_DO[claim.status][0] else None
    since = _within(claim, rng)
    return DiaryEntry(
        claim=claim,
        owner=claim.assignee,
        due_on=_not_before(working_day(day) if ahead > 0 else day, claim.reported_date.date()),
        what=words,
        made_by=made_by,
        created_at=since,
        updated_at=since,
    )


def _done_entry(claim: Claim, rng: Random) -> DiaryEntry:
    what, outcome = rng.choice(DONE)
    at = _within(claim, rng)
    return DiaryEntry(
        claim=claim,
        owner=claim.assignee,
        due_on=at.date(),
        what=what,
        created_at=claim.reported_date,
        updated_at=at,
        ending=DiaryEntry.Ending.DONE,
        done_at=at,
        done_by=claim.assignee,
        outcome=outcome,
    )


def _move(entry: DiaryEntry, rng: Random) -> DiaryMove:
    before = entry.due_on - timedelta(days=rng.randint(1, 4))
    return DiaryMove(
        entry=entry, from_day=before, to_day=entry.due_on, reason=rng.choice(PUT_OFF), moved_by=entry.made_by, moved_at=entry.created_at
    )


def _within(claim: Claim, rng: Random) -> datetime:
    """A moment since the report."""
    now = timezone.now()
    return claim.reported_date + (now - claim.reported_date) * rng.uniform(0.1, 0.9)


def _not_before(day: date, first: date) -> date:
    return max(day, first)
