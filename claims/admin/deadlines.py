"""Deadlines on the claim page: each clock with its rule, and what a person can do about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from claims import services
from claims.admin.commands import ClaimCommand
from claims.admin.forms import ReasonForm
from claims.clocks.jurisdiction import words_of
from claims.clocks.models import JURISDICTIONS, Clock, Event, Kind
from claims.clocks.reading import clocks_of, running_of, why
from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.workbench.dates import day
from vanguard.workbench.forms import RecordForm, story


@dataclass(frozen=True, slots=True)
class Shown:
    """A clock as the page tells of it."""

    clock: Clock
    reason: str
    state: str
    tone: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """What runs, the nearest deadline on top, and what ended, the latest first."""

    running: Sequence[Shown] = ()
    ended: Sequence[Shown] = ()

    @property
    def missed(self) -> int:
        """How many of those that ended were late."""
        return sum(each.clock.is_breached for each in self.ended)


def clocks_page(actor: User, record: Claim) -> Deadlines:
    """The claim's clocks. Nobody is shown them without the permission."""
    if not actor.has_perm("clocks.view_clock"):
        return Deadlines()
    clocks = list(record.clocks.all()) or clocks_of(record)
    running = sorted((clock for clock in clocks if clock.is_running), key=lambda clock: clock.due_at)
    ended = sorted((clock for clock in clocks if not clock.is_running), key=lambda clock: (clock.ended_at, clock.due_at), reverse=True)
    return Deadlines([_shown(clock) for clock in running], [_shown(clock) for clock in ended])


def _shown(clock: Clock) -> Shown:
    reason = why(clock, day(clock.started_at, weekday=False))
    late = clock.is_breached
    if clock.is_running:
        return Shown(clock, reason, "Late" if late else "Running", "denied" if late else "processing")
    by = f"by {Event(clock.ended_by).label}"
    if late:
        return Shown(clock, reason, "Missed", "denied", by)
    return Shown(clock, reason, "Met" if clock.met else "Ended", "approved" if clock.met else "closed", by)


class OnDeadlines(ClaimCommand):
    """On an open claim, in the menu."""

    lead = False

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open


class ExtensionForm(RecordForm):
    clock = forms.TypedChoiceField(label="Deadline", coerce=UUID)
    reason = story("Why it takes longer", max_length=2000)

    def offer(self, clocks: Sequence[Clock]) -> None:
        """The deadlines that can be put off."""
        field = self.fields["clock"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (str(each.pk), f"{each.rule.action}, due {day(each.due_at)}, by {each.rule.extension_days} days") for each in clocks
            ]


class Extend(OnDeadlines):
    name, permission = "extend", "clocks.extend_clock"
    form_class = ExtensionForm

    def offered(self, actor: User, record: Claim) -> bool:
        return bool(_extendable(record))

    def label(self, actor: User, record: Claim) -> str:
        return "Put a deadline off…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Put it off"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {
            "intro": "Once, before it is over, and counted from today. The law wants the insured told why: write the status letter too."
        }

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, ExtensionForm):
            # What a first click has put off stays a choice, so that the second is told so by the service.
            form.offer([clock for clock in running_of(record) if clock.rule.extension_days] if form.is_bound else _extendable(record))

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.extend_clock(actor, record.pk, sent["clock"], reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The deadline of {record} is put off."


class JurisdictionForm(RecordForm):
    jurisdiction = forms.ChoiceField(label="State", required=False, choices=JURISDICTIONS)
    reason = story("Reason", 2, max_length=2000)


class CorrectJurisdiction(OnDeadlines):
    name, permission = "jurisdiction", "claims.change_claim"
    form_class = JurisdictionForm

    def label(self, actor: User, record: Claim) -> str:
        return "Correct the jurisdiction…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Count the deadlines anew"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "What runs is counted by the other rules, from the same start. What was met or missed stays as it was."}

    def initial(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"jurisdiction": record.jurisdiction}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        given = {"jurisdiction": sent["jurisdiction"], "reason": sent["reason"], "version": sent["version"]}
        return services.correct_jurisdiction(actor, record.pk, **given)

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is under the deadlines of {words_of((fresh or record).jurisdiction)}."


class Inquiry(OnDeadlines):
    name, permission = "inquire", "claims.ask_claim"
    form_class = ReasonForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and not _is_asked(record)

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        form.fields["reason"].label = "What the department asks"

    def label(self, actor: User, record: Claim) -> str:
        return "Record an inquiry of the department…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Record the inquiry"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The days to answer the insurance department run from now on."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.record_inquiry(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The inquiry about {record} is recorded."


class Answer(OnDeadlines):
    name, permission = "answer", "claims.ask_claim"
    form_class = ReasonForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and _is_asked(record)

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        form.fields["reason"].label = "What was answered"

    def label(self, actor: User, record: Claim) -> str:
        return "Record the answer to the department…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Record the answer"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The department has an adequate answer: its clock stops."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.record_answer(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The answer about {record} is recorded."


COMMANDS = (Extend(), CorrectJurisdiction(), Inquiry(), Answer())


def _extendable(record: Claim) -> list[Clock]:
    return [clock for clock in running_of(record) if clock.allows_extension and not clock.is_breached]


def _is_asked(record: Claim) -> bool:
    return any(clock.kind == Kind.INQUIRY for clock in running_of(record))
