"""A record made or edited in a form. The service decides; here is what the form asks and what it is called."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest

from vanguard.accounts.models import User
from vanguard.models import DomainModel
from vanguard.workbench.forms import RecordForm, WorkbenchForm


class Creation[M: DomainModel]:
    """How a record comes in."""

    permission: ClassVar[str]
    label: ClassVar[str]
    submit: ClassVar[str]
    form_class: ClassVar[type[WorkbenchForm]]
    intro: ClassVar[str] = ""

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        """The form, filled from the address where that names something."""
        return self.form_class(request.POST if bound else None, initial=self.initial(request), auto_id="new_%s")

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """What the form starts with."""
        return {}

    def create(self, actor: User, form: WorkbenchForm) -> M:
        """Call the service."""
        raise NotImplementedError

    def done(self, record: M) -> str:
        """What was done, in a sentence."""
        raise NotImplementedError


class Editing[M: DomainModel]:
    """How the editable facts of a record are changed."""

    permission: ClassVar[str]
    label: ClassVar[str]
    submit: ClassVar[str] = "Save"
    form_class: ClassVar[type[RecordForm]]
    intro: ClassVar[str] = ""

    def initial(self, record: M) -> dict[str, Any]:
        """The record's values, in the form's own terms."""
        raise NotImplementedError

    def hints(self, record: M) -> Mapping[str, str]:
        """Help at single fields that depends on the record."""
        return {}

    def form(self, request: HttpRequest, record: M, seen: str, *, bound: bool) -> RecordForm:
        """The form, filled from the record, or from what was sent."""
        initial = {"version": record.version, "seen": seen} | self.initial(record)
        form = self.form_class(request.POST if bound else None, initial=initial, auto_id="edit_%s")
        for name, hint in self.hints(record).items():
            form.fields[name].help_text = hint
        return form

    def changes(self, record: M, form: RecordForm) -> dict[str, Any]:
        """What was changed, in the service's terms."""
        return {name: form.cleaned_data[name] for name in form.changed_data if name not in ("version", "seen")}

    def save(self, actor: User, record: M, version: int, changes: dict[str, Any]) -> M:
        """Call the service."""
        raise NotImplementedError
