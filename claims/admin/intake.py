"""Triage, release and links on the claim page: the commands, and the panel that shows what belongs together."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q

from claims import services
from claims.admin.commands import ClaimCommand
from claims.admin.forms import ReasonForm
from claims.intake.models import ClaimLink, Queue, Severity, Triage
from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.workbench.forms import RecordForm, TextInput


class TriageForm(RecordForm):
    severity = forms.ChoiceField(label="Severity", choices=Severity.choices)
    queue = forms.ModelChoiceField(Queue.objects.filter(active=True), label="Queue", empty_label="Choose a queue")
    reason = TextInput(label="Reason", max_length=500)

    lines = (("severity", "queue"),)


class LinkForm(RecordForm):
    other = TextInput(label="The other claim", max_length=50, help_text="Its number.")
    reason = TextInput(label="What makes it one event", max_length=500)

    def clean_other(self) -> Claim:
        """The claim that the number names."""
        found = Claim.objects.filter(claim_number__iexact=self.cleaned_data["other"]).first()
        if found is None:
            raise forms.ValidationError(f"There is no claim {self.cleaned_data['other']}. Look its number up in the worklist.")
        return found


class OfOpenClaims(ClaimCommand):
    """On an open claim, in the menu."""

    lead = False

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open


class TriageAnew(OfOpenClaims):
    name, permission = "triage", "intake.change_triage"
    form_class = TriageForm

    def label(self, actor: User, record: Claim) -> str:
        return "Triage anew…"

    def title(self, actor: User, record: Claim) -> str:
        return "Say how severe it is, and where it waits"

    def submit(self, actor: User, record: Claim) -> str:
        return "Triage it so"

    def initial(self, actor: User, record: Claim) -> dict[str, Any]:
        triage = triage_of(record)
        return {"severity": triage.severity, "queue": triage.queue_id} if triage else {"severity": Severity.MEDIUM.value}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.triage_claim(
            actor, record.pk, severity=sent["severity"], queue_id=sent["queue"].pk, reason=sent["reason"], version=sent["version"]
        )

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is triaged."


class Release(OfOpenClaims):
    name, permission = "release", "claims.assign_claim"
    form_class = ReasonForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and record.assignee_id is not None

    def why_not(self, actor: User, record: Claim) -> str:
        """To give it away is for who has a part in it too."""
        return self.whose(actor, record)

    def label(self, actor: User, record: Claim) -> str:
        return "Put back into the queue…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": f"It is no longer {record.assignee}’s and waits for whoever takes next. Its deadline stays."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.release_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} waits for an owner."


class Link(OfOpenClaims):
    name, permission = "link", "claims.change_claim"
    form_class = LinkForm

    def label(self, actor: User, record: Claim) -> str:
        return "Link a claim of the same event…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Link the two claims"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.link_claims(actor, record.pk, other_id=sent["other"].pk, reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is linked."


COMMANDS = (TriageAnew(), Release(), Link())


@dataclass(frozen=True, slots=True)
class Related:
    """Another claim, why it is shown here, and in whose words."""

    claim: Claim
    link: ClaimLink


def triage_of(claim: Claim) -> Triage | None:
    """How the claim stands in triage; None where it was never triaged. No query where the list has read it along."""
    return getattr(claim, "triage", None)


def related(claim: Claim) -> list[Related]:
    """The claims that are linked with this one. One query."""
    links = ClaimLink.objects.filter(Q(earlier=claim) | Q(later=claim)).select_related("earlier", "later", "actor")
    return [Related(link.later if link.earlier_id == claim.pk else link.earlier, link) for link in links]
