"""The commands on a policy."""

import datetime

from django.utils import timezone

from policies import services
from policies.admin.forms import CancelForm
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import full_instant, instant
from vanguard.workbench.forms import RecordForm

SECOND_CLICK = datetime.timedelta(minutes=10)


class Cancel(Command[Policy]):
    name, permission, tone = "cancel", "policies.cancel_policy", "danger"
    form_class = CancelForm

    def offered(self, actor: User, record: Policy) -> bool:
        return record.current_status == Policy.Status.ACTIVE

    def label(self, actor: User, record: Policy) -> str:
        return "Cancel policy…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Cancel {record}"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "From the moment it takes effect no loss is covered. Losses before it stay covered."}

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        sent = form.cleaned_data
        return services.cancel_policy(actor, record.pk, reason=sent["reason"], effective_at=sent["effective_date"], version=sent["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        return f"{record} is cancelled{f' from {full_instant(fresh.cancelled_at)}' if fresh and fresh.cancelled_at else ''}."

    def done_before(self, actor: User, record: Policy, form: RecordForm) -> str:
        last = record.transitions.last()
        mine = last is not None and last.command == "cancel" and last.actor_id == actor.pk and timezone.now() - last.at < SECOND_CLICK
        return f"You cancelled {record} at {instant(last.at)}." if mine and last else ""


class Remove(Command[Policy]):
    """Only what should never have been booked."""

    name, permission, lead, tone = "remove", "policies.delete_policy", False, "danger"

    def label(self, actor: User, record: Policy) -> str:
        return "Delete…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Delete {record}"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "For a policy that was booked by mistake and has no claims. This cannot be undone."}

    def run(self, actor: User, record: Policy, form: RecordForm) -> None:
        services.delete_policy(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        return f"{record} is deleted."
