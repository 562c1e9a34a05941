"""The work before the decision: whether the policy covers the loss, what happened, and a request to approve that is taken back."""

from typing import Any

from claims import services
from claims.admin.commands import ClaimCommand, Decision
from claims.admin.forms import ReasonForm
from claims.admin.investigation import open_referral
from claims.models import Claim, Stage
from vanguard.accounts.models import User
from vanguard.workbench.forms import RecordForm, story

PERMISSION = "claims.start_claim"


def _waits_for_its_cover(fresh: Claim | None) -> bool:
    return fresh is not None and fresh.stage == Stage.COVERAGE_CHECK


class OpenCoverForm(RecordForm):
    left_open = story("What is open", max_length=2000, help_text="As the exclusion that may apply, and what would settle it.")


class FurtherForm(RecordForm):
    reason = story("What has to be found out", max_length=2000)


class SettleCover(ClaimCommand):
    """One press: the cover is read anew, and nothing is left open."""

    name, permission, key, direct = "check-cover", PERMISSION, "c", True

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage == Stage.COVERAGE_CHECK

    def label(self, actor: User, record: Claim) -> str:
        return "Cover is settled"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.check_claim_cover(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        if _waits_for_its_cover(fresh):
            return f"The policy was not in force at the loss, so {record} stays in coverage check."
        return f"The policy covers the loss; {record} goes on."


class QuestionCover(ClaimCommand):
    name, permission, lead = "question-cover", PERMISSION, False
    form_class = OpenCoverForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage in (Stage.COVERAGE_CHECK, Stage.INVESTIGATION, Stage.EVALUATION)

    def label(self, actor: User, record: Claim) -> str:
        return "Question the cover…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The claim waits in coverage check until the cover is settled. It can still be approved or denied from there."}

    def submit(self, actor: User, record: Claim) -> str:
        return "Keep this question"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.check_claim_cover(actor, record.pk, left_open=sent["left_open"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The question is kept; settle the cover of {record}."


class Evaluate(ClaimCommand):
    """One press: what happened is known."""

    name, permission, key, direct = "evaluate", PERMISSION, "e", True

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage == Stage.INVESTIGATION and open_referral(record) is None

    def label(self, actor: User, record: Claim) -> str:
        return "Loss is established"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.evaluate_claim(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        if _waits_for_its_cover(fresh):
            return f"What happened is known; {record} is in coverage check: settle its cover."
        return f"{record} is in evaluation: work out the settlement."


class LookFurther(ClaimCommand):
    name, permission, lead = "look-further", PERMISSION, False
    form_class = FurtherForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage == Stage.EVALUATION

    def label(self, actor: User, record: Claim) -> str:
        return "Look into the loss again…"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.investigate_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        if _waits_for_its_cover(fresh):
            return f"{record} is in coverage check: settle its cover, then look into the loss again."
        return f"{record} is investigated again."


class Withdraw(Decision):
    name, permission, lead = "withdraw", "claims.approve_claim", False
    form_class = ReasonForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage == Stage.AWAITING_APPROVAL

    def label(self, actor: User, record: Claim) -> str:
        return "Take the request back…" if record.proposed_by_id == actor.pk else "Send the request back…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "Nobody is asked to approve any more, and the claim goes back to the work. The reason stands in the history."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.withdraw_approval(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} waits for no second person any more."


COMMANDS = (Evaluate(), QuestionCover(), LookFurther(), Withdraw())
