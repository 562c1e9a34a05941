"""A claim's life so far, told with its true times. The services cannot do that: for them every step happens now."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from claims.authority import FIRST_LIMITS
from claims.clocks.models import Clock
from claims.clocks.running import Rules, next_of
from claims.clocks.steps import events_in, replayed
from claims.decisions.models import CoverageCheck
from claims.models import Claim, ClaimNote, ClaimTransition, CostType, EntryKind, LedgerEntry, Stage, Status
from claims.services.checking import Step, check_of
from claims.services.denying import drafted_denial, keep_denial
from claims.settlement import settle
from claims.stages import Work
from vanguard.accounts.models import User
from vanguard.money import ZERO

Basis = ClaimTransition.Basis
WITHIN_AUTHORITY = FIRST_LIMITS["Adjuster"]
# Which steps lead to a stage, after the first notice.
STEPS_TO: dict[Stage, tuple[str, ...]] = {
    Stage.REPORTED: (),
    Stage.ASSIGNED: ("assign",),
    Stage.INVESTIGATION: ("assign", "start"),
    Stage.COVERAGE_CHECK: ("assign", "start", "question"),
    Stage.EVALUATION: ("assign", "start", "evaluate"),
    Stage.AWAITING_APPROVAL: ("assign", "start", "propose"),
    Stage.PAYMENT_PENDING: ("assign", "start", "approve"),
    Stage.DENIED: ("assign", "start", "deny"),
}
REOPENED = ("assign", "start", "deny", "close", "reopen")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts in one claim's story, and what they say."""

    reporter: User | None
    owner: User
    supervisor: User
    denial: tuple[str, str]
    reopening: str
    question: str


@dataclass(slots=True)
class Life:
    """Moves a claim as `claims.services` would, at given times, and keeps the history rows."""

    claim: Claim
    cast: Cast
    history: list[ClaimTransition] = field(default_factory=list)
    notes: list[ClaimNote] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)

    @property
    def payable(self) -> Decimal:
        policy = self.claim.policy
        return settle(self.claim.claim_amount, policy.deductible_amount, policy.coverage_amount).payable

    def live(self, commands: tuple[str, ...], times: list[datetime], rules: Rules) -> None:
        """The first notice at the first of `times`, then each of `commands` at the next one; its clocks run by `rules`."""
        self._record("submit", times[0], self.cast.reporter, from_status="", amount=self.claim.claim_amount)
        for command, at in zip(commands, times[1:], strict=True):
            steps: dict[str, Callable[[datetime], None]] = {
                "assign": self.assign,
                "start": self.start,
                "question": self.question,
                "evaluate": self.evaluate,
                "propose": self.propose,
                "approve": self.approve,
                "deny": self.deny,
                "close": self.close,
                "reopen": self.reopen,
            }
            steps[command](at)
        self.clocks = replayed(self.claim, events_in(self.claim.reported_date, self.history), rules)
        first = next_of(self.clocks)
        self.claim.due_at = first.due_at if first else None

    def assign(self, at: datetime) -> None:
        owner = self.cast.owner
        self._move("assign", at, self.cast.supervisor, Status.PENDING, Stage.ASSIGNED, reason=f"To {owner}", assignee=owner)

    def start(self, at: datetime) -> None:
        self._move("start", at, self.cast.owner, Status.PROCESSING, Work().after("start").stage)
        self._set_aside(at, self.payable, "First estimate, from the notice")

    def question(self, at: datetime) -> None:
        self._move("check_cover", at, self.cast.owner, Status.PROCESSING, Work(cover_open=True).stage, reason=self.cast.question)

    def evaluate(self, at: datetime) -> None:
        self._move("evaluate", at, self.cast.owner, Status.PROCESSING, Work().after("evaluate").stage)

    def propose(self, at: datetime) -> None:
        amount, owner = self.payable, self.cast.owner
        why = f"Above the authority of {WITHIN_AUTHORITY:,.2f}"
        values: dict[str, Any] = {"proposed_amount": amount, "proposed_by": owner}
        self._move("propose", at, owner, Status.PROCESSING, Stage.AWAITING_APPROVAL, amount=amount, reason=why, **values)

    def approve(self, at: datetime) -> None:
        """Alone where the owner's authority reaches, else by a second person after the owner's proposal."""
        amount = self.payable
        actor, basis, maker = self.cast.owner, Basis.OWN_AUTHORITY, None
        if amount > WITHIN_AUTHORITY:
            self.propose(self.history[-1].at + (at - self.history[-1].at) / 2)
            actor, basis, maker = self.cast.supervisor, Basis.SECOND_PERSON, self.cast.owner
        values: dict[str, Any] = {"approved_amount": amount, "processed_date": at, "proposed_amount": None, "proposed_by": None}
        stage = Stage.PAYMENT_PENDING
        self._move("approve", at, actor, Status.APPROVED, stage, amount=amount, basis=basis, maker=maker, **values)

    def deny(self, at: datetime) -> None:
        self._move("deny", at, self.cast.owner, Status.DENIED, Stage.DENIED, reason=self.cast.denial[1], processed_date=at)

    def close(self, at: datetime) -> None:
        self._move("close", at, self.cast.owner, Status.DENIED, Stage.DENIED, closed_at=at)
        self._set_aside(at, ZERO, "The file is closed")

    def reopen(self, at: datetime) -> None:
        values: dict[str, Any] = {"reopened_at": at, "closed_at": None, "processed_date": None}
        stage, why = Work().after("reopen").stage, self.cast.reopening
        self._move("reopen", at, self.cast.supervisor, Status.PROCESSING, stage, reason=why, **values)
        self._set_aside(at, self.payable, self.cast.reopening)

    def keep_denials(self) -> None:
        """What a denial leaves beside its step, with its letter: by the service, of the moment of the step. Expects stored rows."""
        code, reason = self.cast.denial
        for step in self.history:
            if step.command == "deny":
                denial = drafted_denial(step.actor, self.claim, reason=reason, reason_code=code, at=step.at)
                keep_denial(step.actor, denial)

    def checks(self) -> list[CoverageCheck]:
        """What a check of the cover leaves beside its step. Expects the stored policy."""
        steps = [step for step in self.history if step.command == "check_cover"]
        made = [check_of(self.claim, step.actor, Step.CHECK, left_open=step.reason) for step in steps]
        for step, check in zip(steps, made, strict=True):
            check.made_at = step.at
        return made

    def note(self, at: datetime, text: str) -> None:
        self.notes.append(ClaimNote(claim=self.claim, author=self.cast.owner, text=text, created_at=at))

    def _set_aside(self, at: datetime, amount: Decimal, reason: str) -> None:
        """From then on so much is outstanding. On no coverage's line: which one answers is said when the rows are stored."""
        change = amount - sum((entry.outstanding for entry in self.entries), ZERO)
        if change:
            booked = {"cost_type": CostType.INDEMNITY, "kind": EntryKind.RESERVE, "effective_at": at, "booked_at": at}
            self.entries.append(LedgerEntry(claim=self.claim, outstanding=change, actor=self.cast.owner, reason=reason, **booked))

    def _move(
        self,
        command: str,
        at: datetime,
        actor: User,
        status: Status,
        stage: Stage,
        *,
        amount: Decimal | None = None,
        reason: str = "",
        basis: str = "",
        maker: User | None = None,
        **values: Any,
    ) -> None:
        before = self.claim.status
        self.claim.status, self.claim.stage = status, stage
        for name, value in values.items():
            setattr(self.claim, name, value)
        self._record(command, at, actor, from_status=before, amount=amount, reason=reason, basis=basis, maker=maker)

    def _record(self, command: str, at: datetime, actor: User | None, *, from_status: str, **values: Any) -> None:
        claim = self.claim
        self.history.append(
            ClaimTransition(
                claim=claim,
                at=at,
                actor=actor,
                command=command,
                from_status=from_status,
                to_status=claim.status,
                stage=claim.stage,
                **values,
            )
        )
