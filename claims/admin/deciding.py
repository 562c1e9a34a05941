"""Denials, appeals, questions and letters: a letter is shown before it goes, in the words in which it goes."""

from typing import Any

from django.utils.crypto import salted_hmac

from claims import services
from claims.admin.commands import ClaimCommand, interest
from claims.admin.deciding_forms import AppealForm, DenialForm, LetterForm, QuestionForm, ReceivedForm
from claims.decisions.models import DenialReason
from claims.letters.models import LetterKind
from claims.letters.services import draft, draft_denial, draft_request, kinds_of
from claims.models import Claim, Stage
from claims.services.appeals import open_appeal
from claims.services.asking import drafted_request
from claims.services.denying import drafted_denial
from policies.reading import form_of
from vanguard.accounts.models import User
from vanguard.documents.papers import Paper
from vanguard.errors import StaleVersion
from vanguard.workbench.dates import day
from vanguard.workbench.forms import PreviewedForm, RecordForm

NOT_SEEN = ("confirmed", "seen", "version")


class LetterFirst(ClaimCommand):
    """Sent once it shows the letter, sent again with the same letter and fields it is done."""

    template = "claims/letter_fields.html"

    def letter(self, actor: User, record: Claim, form: RecordForm) -> Paper:
        """The letter as it would go out now. Raises DomainError for what is to correct."""
        raise NotImplementedError

    def preview(self, actor: User, record: Claim, form: RecordForm) -> dict[str, Any]:
        if not isinstance(form, PreviewedForm):
            raise TypeError("A command that shows its letter asks by a PreviewedForm.")
        if form.cleaned_data["version"] not in (None, record.version):
            raise StaleVersion("Somebody else changed this record meanwhile.")
        paper = self.letter(actor, record, form)
        seen = _digest(paper, form)
        if form.cleaned_data["confirmed"] == seen:
            return {}
        form.show_again(seen)
        return {"letter": paper, "submit": self.send(actor, record), "aside": "Nothing is sent yet"}

    def submit(self, actor: User, record: Claim) -> str:
        return "Show the letter"

    def send(self, actor: User, record: Claim) -> str:
        """The words of the button below the letter."""
        raise NotImplementedError


class Deny(LetterFirst):
    name, permission, key, tone = "deny", "claims.deny_claim", "d", "danger"
    form_class = DenialForm

    def why_not(self, actor: User, record: Claim) -> str:
        if why := interest(actor, record):
            return why
        if record.first_decided_by_id == actor.pk:
            return "You made the decision that is appealed, so another person decides on the appeal."
        return super().why_not(actor, record)

    def label(self, actor: User, record: Claim) -> str:
        return "Uphold the denial…" if record.appealed_at else "Deny…"

    def title(self, actor: User, record: Claim) -> str:
        return "Deny the claim again" if record.appealed_at else "Deny the claim"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        insured = record.policy.customer.full_name
        return {"intro": f"{insured} gets a letter with the reason, the clause of the policy and your words. You see it before it goes."}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        """No ground is chosen before somebody chooses it: it stands in the letter."""
        if isinstance(form, DenialForm):
            form.offer(
                DenialReason.objects.filter(is_active=True).values_list("code", "label"),
                [(clause.reference, clause.label) for clause in form_of(record.policy).clauses],
            )

    def letter(self, actor: User, record: Claim, form: RecordForm) -> Paper:
        return draft_denial(drafted_denial(actor, record, **_sent(form), appeal=open_appeal(record)))

    def send(self, actor: User, record: Claim) -> str:
        return "Deny and send this letter"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.deny_claim(actor, record.pk, **_sent(form), version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"Denied: {record}. The letter is in the file."


class Appeal(ClaimCommand):
    name, permission = "appeal", "claims.appeal_claim"
    form_class = AppealForm

    def why_not(self, actor: User, record: Claim) -> str:
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return "Record an appeal…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {
            "intro": "The claim is processing again, and another person decides, by a new deadline. The denial and its letter stay as they "
            f"are, and {record.policy.customer.full_name} gets a letter that the appeal has come."
        }

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.appeal_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        claim = fresh or record
        owner = "" if claim.assignee_id else " It needs an owner who did not decide before."
        return f"The appeal is recorded; decide it by {day(claim.due_at)}.{owner}" if claim.due_at else f"The appeal is recorded.{owner}"


class Ask(LetterFirst):
    name, permission, key, lead = "ask", "claims.ask_claim", "i", False
    form_class = QuestionForm

    def offered(self, actor: User, record: Claim) -> bool:
        return super().offered(actor, record) and record.stage not in (Stage.AWAITING_INFORMATION, Stage.AWAITING_APPROVAL)

    def label(self, actor: User, record: Claim) -> str:
        return "Ask for information…"

    def initial(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"asked_of": record.policy.customer.full_name}

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {
            "intro": "The claim waits for the answer; its deadlines go on, unless its state has us wait. You see the letter before it goes."
        }

    def letter(self, actor: User, record: Claim, form: RecordForm) -> Paper:
        return draft_request(drafted_request(actor, record, **_sent(form)))

    def send(self, actor: User, record: Claim) -> str:
        return "Send this letter and wait"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.ask_information(actor, record.pk, **_sent(form), version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} waits for information. The letter is in the file."


class Received(ClaimCommand):
    name, permission = "received", "claims.ask_claim"
    form_class = ReceivedForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.stage == Stage.AWAITING_INFORMATION

    def label(self, actor: User, record: Claim) -> str:
        return "Information received…"

    def title(self, actor: User, record: Claim) -> str:
        return "The information has come"

    def submit(self, actor: User, record: Claim) -> str:
        return "Go on with the claim"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The claim goes back to the work, as that stands now. Add what came to its documents."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.receive_information(actor, record.pk, note=form.cleaned_data["note"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The answer is recorded; {record} goes on."


class WriteLetter(LetterFirst):
    name, permission, lead = "letter", "letters.add_claimletter", False
    form_class = LetterForm

    def offered(self, actor: User, record: Claim) -> bool:
        return True

    def why_not(self, actor: User, record: Claim) -> str:
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return "Write a letter…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The letter says what is on file now. You see it before it goes; it is then kept and cannot be changed."}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, LetterForm):
            paid = record.paid_amount > 0
            form.offer(kinds_of(record, has_proof=record.approved_amount is not None, is_paid=paid))

    def letter(self, actor: User, record: Claim, form: RecordForm) -> Paper:
        return draft(record, LetterKind(form.cleaned_data["kind"]))

    def send(self, actor: User, record: Claim) -> str:
        return "Send this letter"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        services.write_letter(actor, record.pk, kind=form.cleaned_data["kind"])
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The letter is in the file."


def _sent(form: RecordForm) -> dict[str, Any]:
    """The fields of the form, without what it carries along."""
    return {name: value for name, value in form.cleaned_data.items() if name not in NOT_SEEN}


def _digest(paper: Paper, form: RecordForm) -> str:
    sent = sorted((name, str(value)) for name, value in _sent(form).items())
    return salted_hmac("claims.admin.deciding", f"{paper} {sent}", algorithm="sha256").hexdigest()
