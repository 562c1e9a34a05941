"""What a claim that is processing waits for, as a function that reads nothing: services, the bulk import and the demo's book ask it."""

from dataclasses import dataclass, replace

from claims.models import Stage

# While somebody is waited for the claim stays there, whatever is found out meanwhile.
WAITS = (Stage.AWAITING_APPROVAL, Stage.AWAITING_INFORMATION)
# What the history says of the work: whether the loss is still looked into after the step, ...
LOOKED_INTO = {"start": False, "investigate": False, "evaluate": True, "propose": True, "approve": True, "deny": True, "reopen": True}
# ... and whether special investigation has it.
REFERRED = {"refer": True, "end_referral": False}


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of the work on a claim. `cover_open`: its last coverage check found no cover, or left a question."""

    appealed: bool = False
    referred: bool = False
    cover_open: bool = False
    looked_into: bool = False

    def after(self, command: str) -> "Work":
        """As it is once the step was taken."""
        return replace(
            self,
            looked_into=LOOKED_INTO.get(command, self.looked_into),
            referred=REFERRED.get(command, self.referred),
        )

    @property
    def stage(self) -> Stage:
        """An appeal is looked at as a whole. Else who investigates comes first, then the cover, the loss, and the sum."""
        if self.appealed:
            return Stage.APPEAL
        if self.referred:
            return Stage.INVESTIGATION
        if self.cover_open:
            return Stage.COVERAGE_CHECK
        return Stage.EVALUATION if self.looked_into else Stage.INVESTIGATION
