"""Correcting the terms as they were meant from the beginning."""

from typing import Any

from django.utils import timezone

from policies import services
from policies.admin.commands.previewed import Previewed, figures_along, of_draft, signed
from policies.admin.forms import TermsForm, suggestions
from policies.models import Policy
from policies.rules import label_of
from policies.services.correcting import can_be_corrected
from vanguard.accounts.models import User
from vanguard.workbench.conflicts import shown as in_words
from vanguard.workbench.forms import PreviewedForm, RecordForm, same_minute

TERMS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "start_date", "end_date")
MOMENTS = ("start_date", "end_date")


class Correct(Previewed):
    name, permission, step = "edit", "policies.change_policy", "change"
    form_class = TermsForm
    template = "policies/commands/correct.html"

    def offered(self, actor: User, record: Policy) -> bool:
        return record.current_status != Policy.Status.CANCELLED

    def why_not(self, actor: User, record: Policy) -> str:
        if can_be_corrected(record):
            return ""
        return "More was booked since the first version: endorse it from the day on which the change takes effect."

    def label(self, actor: User, record: Policy) -> str:
        return "Edit terms…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Edit the terms of {record}"

    def submit(self, actor: User, record: Policy) -> str:
        return "Show what it comes to"

    def initial(self, actor: User, record: Policy) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in TERMS}
        return values | {name: timezone.localtime(values[name]) for name in MOMENTS}

    def prepare(self, actor: User, record: Policy, form: RecordForm) -> None:
        form.lists = {"policy-types": suggestions()}

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        intro = "Corrects the terms as they were meant. Losses that are reported stay inside the term; a term that it meets moves along."
        return {"intro": intro}

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        sent = _changes(record, form)
        draft = services.draft_correction(actor, record, sent, as_sold=True, no_known_loss=form.cleaned_data["no_known_loss"])
        changed = [(label_of(name), in_words(getattr(record, name)), in_words(value)) for name, value in draft.new.changes.items()]
        return f"{draft.premium_change} {draft.waits} {sorted(draft.new.changes)} {figures_along(draft)}", of_draft(draft) | {
            "submit": "Ask for the approval" if draft.waits else f"Save the terms, {signed(draft)}",
            "changed": changed,
            "rerated": "premium_amount" in draft.new.changes and "premium_amount" not in sent,
        }

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        sent = form.cleaned_data
        return services.update_policy(
            actor,
            record.pk,
            version=sent["version"],
            changes=_changes(record, form),
            as_sold=True,
            reason=sent["reason"],
            no_known_loss=sent["no_known_loss"],
        )

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        if fresh and fresh.booked_versions == record.booked_versions:
            return f"Asked for: another underwriter has to approve the correction of {record}."
        return f"The terms of {record} are corrected."


def _changes(record: Policy, form: RecordForm) -> dict[str, Any]:
    """What was changed. Where somebody else's value was chosen over the own one, the own one is not sent; and the fields show minutes: a
    moment that was not touched keeps the seconds that it has. The premium is sent as it is where it is to stay."""
    changed = [name for name in TERMS if name in form.changed_data and form.data.get(f"keep_{name}") != "theirs"]
    found = {name: form.cleaned_data[name] for name in changed}
    kept = [name for name in MOMENTS if name in found and same_minute(found[name], getattr(record, name))]
    agreed = {"premium_amount": record.premium_amount} if form.cleaned_data["premium_stays"] else {}
    return agreed | {name: value for name, value in found.items() if name not in kept}
