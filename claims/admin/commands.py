"""The commands on a claim: what each button says, asks and calls. Whether it may be done is the service's to say."""

from typing import Any
from uuid import UUID

from claims import services
from claims.admin.approval import approval_page, is_over, readable
from claims.admin.forms import ApprovalForm, AssignForm, OptionalReasonForm, ReasonForm
from claims.admin.owners import loads
from claims.models import DECIDED, Claim, Status
from claims.parties.matching import is_claimant, is_record_of
from claims.rules import ALLOWED_FROM, is_among
from claims.services.proving import settlement_of
from vanguard.accounts.models import User
from vanguard.money import ZERO, dollars
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import day
from vanguard.workbench.forms import RecordForm


class ClaimCommand(Command[Claim]):
    """What the commands on a claim share: by its owner, or by who may handle any, and nobody who is insured by it or claims on it."""

    def offered(self, actor: User, record: Claim) -> bool:
        return record.status in ALLOWED_FROM[self.name]

    def why_not(self, actor: User, record: Claim) -> str:
        return party(actor, record) or self.whose(actor, record)

    def whose(self, actor: User, record: Claim) -> str:
        """Why it is not for this person by whose claim it is; empty when it is."""
        if record.assignee_id in (None, actor.pk) or actor.has_perm("claims.handle_any_claim"):
            return ""
        return f"This claim is {record.assignee}’s. Ask for it, or ask a supervisor."


class Decision(ClaimCommand):
    """What decides on the claim: nobody does who is paid on it either (claims.rules)."""

    def why_not(self, actor: User, record: Claim) -> str:
        return interest(actor, record) or super().why_not(actor, record)


def party(actor: User, record: Claim) -> str:
    """Why the person handles nothing of the claim, as `claims.rules.refuse_parties`; mostly nothing. Reads what the page has read."""
    if is_record_of(record.policy.customer, actor):
        return "You are the insured of this claim, so another person handles it."
    if is_claimant(actor, record.claimants.all()):
        return "You are a claimant of this claim, so another person handles it."
    return ""


def interest(actor: User, record: Claim) -> str:
    """Why the person has no part in decisions on the claim; mostly nothing. Reads the payments and claimants that the page has read."""
    if why := party(actor, record):
        return why
    if is_among((payment.payee for payment in record.payments.all()), actor):
        return "You are a payee of this claim, so another person decides it."
    return ""


class Take(ClaimCommand):
    """Nobody's claim becomes mine."""

    name, permission, key, direct = "take", "claims.assign_claim", "t", True

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and record.assignee_id is None

    def label(self, actor: User, record: Claim) -> str:
        return "Take this claim"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.assign_claim(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is yours now."


class Start(ClaimCommand):
    name, permission, key, direct = "start", "claims.start_claim", "s", True

    def label(self, actor: User, record: Claim) -> str:
        return "Start"

    def title(self, actor: User, record: Claim) -> str:
        return "Start the claim"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The claim becomes processing, and yours if nobody owns it."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.start_claim(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is started."


class Approve(Decision):
    name, permission, key = "approve", "claims.approve_claim", "a"
    form_class, template = ApprovalForm, "claims/approve_fields.html"

    def why_not(self, actor: User, record: Claim) -> str:
        if why := interest(actor, record):
            return why
        if record.first_decided_by_id == actor.pk:
            return "You made the decision that is appealed, so another person decides on the appeal."
        if record.proposed_by_id == actor.pk and record.proposed_amount is not None:
            return f"You asked for ${dollars(record.proposed_amount)} yourself. It is above your authority, so a second person approves it."
        return super().why_not(actor, record)

    def label(self, actor: User, record: Claim) -> str:
        return f"Approve ${dollars(self._amount(record))}…"

    def submit(self, actor: User, record: Claim) -> str:
        return f"Approve ${dollars(self._amount(record))}"  # unless the page has found that it takes a second person

    def initial(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"amount": self._amount(record)}

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return approval_page(actor, record, self._amount(record))

    def again(self, actor: User, record: Claim, form: RecordForm) -> dict[str, Any]:
        amount = form.cleaned_data.get("amount") if hasattr(form, "cleaned_data") else None
        words = {"submit": "Approve this amount", "aside": "Not approved", "aside_tone": "bad"}
        if amount is None:
            # The field is refused: its amount is read once more, for the words of the page.
            amount = readable(form.data.get("amount", ""))
        return approval_page(actor, record, amount) | words | {"title": f"Approve ${dollars(amount)}"} if amount is not None else words

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        form.fields["amount"].label = f"Amount to {record.policy.customer.full_name}"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.approve_claim(actor, record.pk, amount=sent["amount"], reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        claim = fresh or record
        if claim.status == Status.APPROVED and claim.approved_amount is not None:
            return f"Approved: ${dollars(claim.approved_amount - claim.paid_amount)} to {claim.policy.customer.full_name}."
        by = f" The decision clock goes on: due {day(claim.due_at)}." if claim.due_at else ""
        amount = claim.proposed_amount or ZERO
        why = " is above your authority." if is_over(actor, claim, amount) else ". Whatever the amount, this claim takes two people."
        return f"Sent to a second person: ${dollars(amount)}{why}{by}"

    def _amount(self, record: Claim) -> Any:
        return record.proposed_amount if record.proposed_amount is not None else settlement_of(record).payable


class Reassign(ClaimCommand):
    name, permission, lead = "assign", "claims.reassign_claim", False
    form_class = AssignForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open

    def why_not(self, actor: User, record: Claim) -> str:
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return "Reassign…"

    def title(self, actor: User, record: Claim) -> str:
        return "Give the claim to somebody else" if record.assignee_id else "Give the claim an owner"

    def submit(self, actor: User, record: Claim) -> str:
        return "Give it to them"

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, AssignForm):
            # What was sent from a page opened earlier may name who has become the owner meanwhile: that is for done_before to tell.
            form.offer(loads(), None if form.is_bound else record.assignee_id)

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        owner = UUID(form.cleaned_data["assignee"])
        return services.assign_claim(actor, record.pk, assignee_id=owner, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is now {fresh.assignee if fresh else 'reassigned'}’s."


class Close(Decision):
    name, permission = "close", "claims.close_claim"
    form_class = OptionalReasonForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and record.status in DECIDED

    def label(self, actor: User, record: Claim) -> str:
        return "Close the file…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        unpaid = (record.approved_amount or ZERO) - record.paid_amount
        if unpaid <= ZERO:
            return {}
        return {"intro": f"${dollars(unpaid)} is approved and not paid. Nothing will remind of the money on a closed claim."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.close_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is closed. Its status stays {record.get_status_display().lower()}."


class Reopen(Decision):
    name, permission = "reopen", "claims.reopen_claim"
    form_class = ReasonForm

    def label(self, actor: User, record: Claim) -> str:
        return "Reopen…"

    def title(self, actor: User, record: Claim) -> str:
        return "Reopen the claim"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "It is processing again, and its decision clock starts anew. The history stays."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.reopen_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is open again."


class Remove(ClaimCommand):
    """Only what should never have been filed."""

    name, permission, lead, tone = "remove", "claims.delete_claim", False, "danger"

    def offered(self, actor: User, record: Claim) -> bool:
        return record.status == Status.PENDING

    def label(self, actor: User, record: Claim) -> str:
        return "Delete…"

    def title(self, actor: User, record: Claim) -> str:
        return f"Delete {record}"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "For a claim filed by mistake that holds nothing yet. Its history goes with it, and this cannot be undone."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> None:
        services.delete_claim(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is deleted."
