"""Renewing."""

from typing import Any

from django.utils import timezone

from policies import services
from policies.admin.commands.previewed import Previewed
from policies.admin.forms import RenewForm
from policies.models import Policy
from policies.rules import renewed_until
from vanguard.accounts.models import User
from vanguard.accounts.zones import zone_of
from vanguard.money import dollars
from vanguard.workbench.forms import PreviewedForm, RecordForm, same_minute

TERMS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "end_date")


def renewal_of(record: Policy) -> Policy | None:
    """The policy that renews this one."""
    return getattr(record, "renewal", None)


class Renew(Previewed):
    name, permission = "renew", "policies.renew_policy"
    form_class = RenewForm
    template = "policies/commands/renew.html"

    def offered(self, actor: User, record: Policy) -> bool:
        return record.current_status != Policy.Status.CANCELLED and renewal_of(record) is None

    def label(self, actor: User, record: Policy) -> str:
        return "Renew…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Renew {record}"

    def submit(self, actor: User, record: Policy) -> str:
        return "Show the renewal"

    def initial(self, actor: User, record: Policy) -> dict[str, Any]:
        renewal = services.draft_renewal(actor, record, as_sold=True)
        return {name: getattr(renewal, name) for name in TERMS} | {"end_date": timezone.localtime(renewal.end_date)}

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "The renewal is a policy of its own. It starts at the instant at which this one ends."}

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        renewal = services.draft_renewal(actor, record, terms=_terms(record, form), as_sold=True)
        shown = {"renewal": renewal, "submit": f"Renew for {dollars(renewal.premium_amount)}"}
        return f"{renewal.premium_amount} {renewal.end_date}", shown

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        return services.renew_policy(actor, record.pk, terms=_terms(record, form), version=form.cleaned_data["version"], as_sold=True)

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        return f"{record} is renewed{f' as {fresh}' if fresh else ''}."


def _terms(record: Policy, form: RecordForm) -> dict[str, Any]:
    terms = {name: form.cleaned_data[name] for name in TERMS}
    # The field shows minutes: an end that was not touched keeps the seconds that it has.
    usual = renewed_until(record.start_date, record.end_date, zone_of(record))
    return terms | {"end_date": usual if same_minute(terms["end_date"], usual) else terms["end_date"]}
