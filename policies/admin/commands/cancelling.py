"""Cancelling and reinstating, with what is given back and charged again."""

from typing import Any

from django.utils import timezone

from policies import services
from policies.admin.commands.previewed import Previewed, figures_along, of_draft, signed
from policies.admin.forms import CancelForm, ReinstateForm
from policies.models import Policy
from policies.reading import words_of_renewal
from vanguard.accounts.models import User
from vanguard.money import dollars
from vanguard.workbench.dates import full_instant
from vanguard.workbench.forms import PreviewedForm, RecordForm


class Cancel(Previewed):
    name, permission, tone = "cancel", "policies.cancel_policy", "danger"
    form_class = CancelForm
    template = "policies/commands/cancel.html"

    def offered(self, actor: User, record: Policy) -> bool:
        # Also one that has lapsed and is not booked as cancelled yet: from before the lapse.
        covered = record.lapsed_from() > record.start_date
        return record.status == Policy.Status.ACTIVE and record.end_date > timezone.now() and covered

    def label(self, actor: User, record: Policy) -> str:
        return "Cancel policy…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Cancel {record}"

    def submit(self, actor: User, record: Policy) -> str:
        return "Show the refund"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "From the moment it takes effect no loss is covered. Losses before it stay covered."}

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        draft = services.draft_cancellation(actor, record, **_cancellation(form))
        figures = draft.settled
        shown = of_draft(draft) | {"settled": figures, "submit": f"Cancel, refund {dollars(figures.refund)}"}
        return f"{figures} {figures_along(draft)}", shown

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        return services.cancel_policy(actor, record.pk, version=form.cleaned_data["version"], **_cancellation(form))

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        when = f" from {full_instant(fresh.cancelled_at)}" if fresh and fresh.cancelled_at else ""
        return f"{record} is cancelled{when}. {words_of_renewal(fresh) if fresh else ''}".strip()


def _cancellation(form: RecordForm) -> dict[str, Any]:
    sent = form.cleaned_data
    share = sent["penalty"] if sent["penalty"] is None else sent["penalty"] / 100
    return {"reason": sent["reason"], "effective_at": sent["effective_date"], "method": sent["method"], "penalty_share": share}


class Reinstate(Previewed):
    name, permission = "reinstate", "policies.reinstate_policy"
    form_class = ReinstateForm
    template = "policies/commands/reinstate.html"

    def offered(self, actor: User, record: Policy) -> bool:
        return record.cancelled_at is not None and record.cancelled_at <= record.lapsed_from()

    def label(self, actor: User, record: Policy) -> str:
        return "Reinstate…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Reinstate {record}"

    def submit(self, actor: User, record: Policy) -> str:
        return "Show the charge"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "Without a gap it is as if the policy had not been cancelled; with a gap losses in between stay uncovered."}

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        sent = form.cleaned_data
        draft = services.draft_reinstatement(actor, record, effective_at=sent["effective_date"], no_known_loss=sent["no_known_loss"])
        gap = draft.new.effective_at != record.cancelled_at
        submit = "Ask for the approval" if draft.waits else f"Reinstate, {signed(draft)}"
        return f"{draft.premium_change} {draft.waits} {figures_along(draft)}", of_draft(draft) | {"gap": gap, "submit": submit}

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        sent = form.cleaned_data
        terms = {"effective_at": sent["effective_date"], "reason": sent["reason"], "no_known_loss": sent["no_known_loss"]}
        return services.reinstate_policy(actor, record.pk, version=sent["version"], **terms)

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        if fresh and fresh.booked_versions == record.booked_versions:
            return f"Asked for: another underwriter has to approve the reinstatement of {record}."
        return f"{record} is reinstated. {words_of_renewal(fresh) if fresh else ''}".strip()
