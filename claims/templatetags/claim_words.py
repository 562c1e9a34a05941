"""A claim in the workbench's words: its loss, its stage, what is next and why."""

from dataclasses import dataclass
from decimal import Decimal

from django import template

from claims.clocks.models import Event
from claims.clocks.reading import next_clock, why
from claims.diary.models import DiaryEntry
from claims.models import Claim, Stage
from vanguard.accounts.models import User
from vanguard.money import ZERO, dollars
from vanguard.workbench.dates import day, day_clock

register = template.Library()
# What comes before the decision that the deadline asks for.
FIRST = {Stage.COVERAGE_CHECK: "Settle the cover", Stage.AWAITING_INFORMATION: "Get what was asked for"}


@dataclass(frozen=True, slots=True)
class Step:
    """The next action, the reason for its date, and the rule behind it."""

    action: str
    reason: str
    citation: str


@register.filter
def loss(claim_type: str) -> str:
    """water_damage → Water damage."""
    return claim_type.replace("_", " ").strip().capitalize()


@register.filter
def stage(claim: Claim) -> str:
    """The finer stage, where it says more than the status does."""
    if not claim.is_open:
        return "Closed"
    return "" if claim.stage == claim.status else loss(claim.stage)


@register.filter
def next_step(claim: Claim, viewer: User | None = None) -> Step:
    """What now, and why. Who asked for a second person waits for them; to everybody else it is there to be approved.

    What holds a claim that seems to be filed twice comes first: until a person has decided that, nothing is approved or paid on it.
    """
    clock = None if claim.closed_at else next_clock(claim)
    if clock is None:
        return Step("Nothing to do", f"Closed {day(claim.closed_at)}" if claim.closed_at else "No clock runs", "")
    action = clock.rule.action
    decides = clock.rule.stops == Event.DECISION
    if decides and (first := FIRST.get(Stage(claim.stage))):
        action = f"{first}, then {action[:1].lower()}{action[1:]}"
    if decides and claim.stage == Stage.AWAITING_APPROVAL and claim.proposed_amount is not None:
        asked = f"${dollars(claim.proposed_amount)}"
        waits = viewer is not None and claim.proposed_by_id == viewer.pk
        action = f"Wait for a second person: {asked}" if waits else f"Approve {asked} as second person"
    if twice := getattr(claim, "undecided", []):
        action = f"Decide whether it is the same loss as {twice[0].earlier}, then {action[:1].lower()}{action[1:]}"
    return Step(action, why(clock, day(clock.started_at, weekday=False)), clock.rule.citation)


@register.filter
def to_pay(claim: Claim) -> Decimal:
    """What is approved and has not left us."""
    return (claim.approved_amount or ZERO) - claim.paid_amount


@register.filter
def may_end(entry: DiaryEntry, viewer: User) -> bool:
    """Whether this person is offered to end or move it: on the own claim, on nobody's, and what is in the own diary."""
    own = entry.claim.assignee_id in (None, viewer.pk) or entry.owner_id == viewer.pk
    return viewer.has_perm("diary.change_diaryentry") and (own or viewer.has_perm("claims.handle_any_claim"))


@register.filter
def in_diary(claim: Claim) -> str:
    """What the diary has for today, or late: “Diary: call the roofer, 2 days late”. Empty where it has nothing, or was not read along."""
    pressing = getattr(claim, "pressing", [])
    if not pressing:
        return ""
    more = f" and {len(pressing) - 1} more" if len(pressing) > 1 else ""
    when = day_clock(pressing[0].due_on)
    return f"Diary: {pressing[0].what}, {'due today' if when.tone == 'today' else when.left}{more}"
