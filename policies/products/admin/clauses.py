"""Clauses of a draft: written and taken out on their version's page."""

from typing import Any

from policies.products import services
from policies.products.admin.forms import ClauseForm, ClauseToRemoveForm
from policies.products.admin.parts import MAY_EDIT
from policies.products.models import ProductVersion
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm


class WriteClause(Command[ProductVersion]):
    """Into a draft."""

    name, permission, lead, form_class = "clause", MAY_EDIT, False, ClauseForm

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Write a clause…"

    def page(self, actor: User, record: ProductVersion) -> dict[str, Any]:
        return {
            "intro": "A clause with a reference that the draft has is written anew. Published versions keep the words they were sold with."
        }

    def prepare(self, actor: User, record: ProductVersion, form: RecordForm) -> None:
        if isinstance(form, ClauseForm):
            form.offer(record.coverages.all())

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> ProductVersion:
        names = ("reference", "topic", "heading", "text", "coverage", "version")
        services.set_clause(actor, record.pk, **{name: form.cleaned_data[name] for name in names})
        return record

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return "The clause is in the draft."


class RemoveClause(Command[ProductVersion]):
    """Out of a draft."""

    name, permission, lead, tone, form_class = "removeclause", MAY_EDIT, False, "danger", ClauseToRemoveForm

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Take a clause out…"

    def prepare(self, actor: User, record: ProductVersion, form: RecordForm) -> None:
        if isinstance(form, ClauseToRemoveForm):
            form.offer(record.clauses.all())

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> ProductVersion:
        services.remove_clause(actor, record.pk, reference=form.cleaned_data["reference"], version=form.cleaned_data["version"])
        return record

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return "The clause is taken out of the draft."
