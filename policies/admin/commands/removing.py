"""Taking away what should never have been booked."""

from policies import services
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm


class Remove(Command[Policy]):
    """Only what should never have been booked."""

    name, permission, lead, tone = "remove", "policies.delete_policy", False, "danger"

    def label(self, actor: User, record: Policy) -> str:
        return "Delete…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Delete {record}"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "For a policy that was booked by mistake and that nothing refers to yet. This cannot be undone."}

    def run(self, actor: User, record: Policy, form: RecordForm) -> None:
        services.delete_policy(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        return f"{record} is deleted."
