"""Commands on a record. The page asks, the service decides: here is only the form around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest

from vanguard.accounts.models import User
from vanguard.models import DomainModel
from vanguard.workbench.forms import RecordForm


@dataclass(frozen=True, slots=True)
class Offer:
    """A command as one person finds it on one record: the words of its button, or why it is off."""

    name: str
    label: str
    url: str
    key: str
    tone: str
    why_not: str
    lead: bool
    direct: bool
    placed: bool
    form: RecordForm | None
    page: Mapping[str, Any]

    @property
    def dialog(self) -> str:
        """The id of the dialog that holds the form."""
        return f"do-{self.name}"


class Command[M: DomainModel]:
    """One verb. A subclass names it, asks for what it needs, and calls one service."""

    name: ClassVar[str]
    permission: ClassVar[str]
    key: ClassVar[str] = ""
    # "" for a plain button, "danger" for one that takes something away.
    tone: ClassVar[str] = ""
    # Whether it stands on the decision bar, or in the menu behind it.
    lead: ClassVar[bool] = True
    # Nothing is asked: the button does it, with no form in between.
    direct: ClassVar[bool] = False
    # The page has a place of its own for the form, so it gets neither button nor dialog.
    placed: ClassVar[bool] = False
    # It needs a code of the second factor that was given a moment ago; who has no second factor is not asked.
    step_up: ClassVar[bool] = False
    # The name of another command that its page leads to, where this one cannot be done.
    instead: ClassVar[str] = ""
    form_class: ClassVar[type[RecordForm]] = RecordForm
    template: ClassVar[str] = "workbench/command_fields.html"

    def offered(self, actor: User, record: M) -> bool:
        """Whether it makes sense now, whoever asks; what does not is not shown."""
        return True

    def why_not(self, actor: User, record: M) -> str:
        """Why this person cannot do it now; empty when they can."""
        return ""

    def label(self, actor: User, record: M) -> str:
        """The words of the button that opens the form."""
        raise NotImplementedError

    def title(self, actor: User, record: M) -> str:
        """The heading of the form."""
        return self.label(actor, record).removesuffix("…")

    def submit(self, actor: User, record: M) -> str:
        """The words of the button that does it."""
        return self.title(actor, record)

    def initial(self, actor: User, record: M) -> dict[str, Any]:
        """What the form starts with."""
        return {}

    def page(self, actor: User, record: M) -> dict[str, Any]:
        """What else the form shows."""
        return {}

    def again(self, actor: User, record: M, form: RecordForm) -> dict[str, Any]:
        """What the form says differently after a refusal."""
        return {}

    def prepare(self, actor: User, record: M, form: RecordForm) -> None:
        """A chance to fill in choices that depend on the record."""

    def preview(self, actor: User, record: M, form: RecordForm) -> dict[str, Any]:
        """What has to be seen before it is done, for the form to show; empty when it was seen, or when there is nothing to see."""
        return {}

    def run(self, actor: User, record: M, form: RecordForm) -> M | None:
        """Call the service with what was asked for. Returns the record as it now is, or None when it is gone."""
        raise NotImplementedError

    def done(self, actor: User, record: M, fresh: M | None) -> str:
        """What was done, in a sentence."""
        raise NotImplementedError

    def form(self, request: HttpRequest, record: M, actor: User, seen: str, *, bound: bool) -> RecordForm:
        """The form, filled from the record, or from what was sent."""
        initial = {"version": record.version, "seen": seen} | self.initial(actor, record)
        form = self.form_class(
            request.POST if bound else None, request.FILES if bound else None, initial=initial, auto_id=f"{self.name}_%s"
        )
        self.prepare(actor, record, form)
        return form
