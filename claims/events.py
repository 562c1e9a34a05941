"""What claims tells others, after the commit. The names are the commands' in the past tense."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """`amount` is what the step was about: claimed, approved, or None."""

    claim_id: UUID
    claim_number: str
    claim_type: str
    status: str
    stage: str
    amount: Decimal | None
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class DecisionConsidered:
    """Asked inside the transaction before money is decided on: each room that wants a second person, whatever the amount, adds why."""

    claim_id: UUID
    second_person: list[str] = field(default_factory=list)


class ClaimSubmitted(ClaimEvent):
    pass


class ClaimAssigned(ClaimEvent):
    pass


class ClaimReleased(ClaimEvent):
    """Nobody owns it any more; it waits in its queue."""


class ClaimTriaged(ClaimEvent):
    """A person said anew how severe it is and where it waits."""


class ClaimStarted(ClaimEvent):
    pass


class ClaimApprovalProposed(ClaimEvent):
    """The amount is above the maker's authority; another person is waited for."""


class ClaimApprovalWithdrawn(ClaimEvent):
    """Who asked for another person took that back, or was sent it back."""


class ClaimStageChanged(ClaimEvent):
    """The work before the decision has come to another point: the cover, the loss, the settlement."""


class ClaimApproved(ClaimEvent):
    pass


class ClaimDenied(ClaimEvent):
    pass


class ClaimAppealed(ClaimEvent):
    """A denial was appealed: the claim is processing again."""


class ClaimAppealDecided(ClaimEvent):
    """Overturned where the claim is approved now, upheld where it is denied."""


class ClaimInformationRequested(ClaimEvent):
    pass


class ClaimInformationReceived(ClaimEvent):
    pass


@dataclass(frozen=True, slots=True)
class ClaimLetterSent(ClaimEvent):
    """A letter was written; `kind` is one of claims.letters' kinds. Clocks that a letter meets listen here."""

    letter_id: UUID
    kind: str


class ClaimClosed(ClaimEvent):
    pass


class ClaimReopened(ClaimEvent):
    pass


class ClaimReserved(ClaimEvent):
    """So much is set aside from now on."""


class ClaimPaymentRequested(ClaimEvent):
    pass


class ClaimPaid(ClaimEvent):
    """Money has left us."""


class ClaimRecovered(ClaimEvent):
    """Money came back: salvage, subrogation, a deductible."""


class ClaimChanged(ClaimEvent):
    """Something else of it is different now: its facts, the state of a payment."""


class ClaimNoted(ClaimEvent):
    """A note is in the file."""


class ClaimDocumented(ClaimEvent):
    """A document is in the file."""


class ClaimDiaryChanged(ClaimEvent):
    """Something was written into its diary, done, or moved."""


class ClaimRemoved(ClaimEvent):
    """It is gone: filed by mistake."""
