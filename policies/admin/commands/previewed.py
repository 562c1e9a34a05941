"""Commands that show what they come to before they are given: figures made by the service, on what is stored now."""

import datetime
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from policies.models import Policy
from policies.reading import Draft, older
from policies.rules import label_of
from policies.terms import is_of_cover, split_field
from vanguard.accounts.models import User
from vanguard.errors import StaleVersion
from vanguard.money import dollars
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown as in_words
from vanguard.workbench.dates import instant
from vanguard.workbench.forms import PreviewedForm, RecordForm

SECOND_CLICK = datetime.timedelta(minutes=10)
NOT_SEEN = ("confirmed", "seen", "version")


class Previewed(Command[Policy]):
    """Sent once it shows the figures, sent again with the same figures and fields it is done."""

    # What the history row of this command is called.
    step: str = ""

    def preview(self, actor: User, record: Policy, form: RecordForm) -> dict[str, Any]:
        if not isinstance(form, PreviewedForm):
            raise TypeError("A previewed command asks by a PreviewedForm.")
        if form.cleaned_data["version"] not in (None, record.version):
            raise StaleVersion("Somebody else changed this record meanwhile.")
        figures, shown = self.figures(actor, record, form)
        seen = _digest(figures, form)
        if form.cleaned_data["confirmed"] == seen and not shown.get("clashes"):
            return {}
        form.show_again(seen)
        return shown

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        """The figures that must not change between looking and doing, and what the page shows."""
        raise NotImplementedError

    def done_before(self, actor: User, record: Policy, form: RecordForm) -> str:
        last = record.transitions.last()
        mine = last is not None and last.command == self.step and last.actor_id == actor.pk
        return f"You did this at {instant(last.at)}." if last and mine and timezone.now() - last.at < SECOND_CLICK else ""


def of_draft(draft: Draft) -> dict[str, Any]:
    """A draft as the page shows it, with what it comes to on renewals."""
    shown = {"draft": draft, "change": dollars(draft.premium_change), "signed": signed(draft)}
    return shown | {
        "along": [{"draft": each, "signed": signed(each)} for each in draft.all_along],
        "older": older(draft.behind),
        "behind": _shown(draft),
        "covers": _of_covers(draft),
    }


def _of_covers(draft: Draft) -> list[tuple[str, str, str]]:
    """The figures of single coverages that the booking changes: label, before, after."""
    before, after = draft.before.at(draft.new.effective_at), draft.after.at(draft.new.effective_at)
    if before is None or after is None:
        return []
    rows = []
    for name in filter(is_of_cover, draft.new.changes):
        figure, code = split_field(name)
        was, now = (dict(zip(("limit", "deductible"), each.terms.figures_for(code), strict=True))[figure] for each in (before, after))
        rows.append((label_of(name), in_words(was), in_words(now)))
    return rows


def _shown(draft: Draft) -> list[tuple[str, str, str, bool]]:
    """The fields in which the renewal stands on other terms: label, there, here, and whether on purpose."""
    return [(label_of(each.field), in_words(each.renewal), in_words(each.now), each.own) for each in draft.behind]


def figures_along(draft: Draft) -> str:
    """What must not change on renewals either between looking and doing."""
    return " ".join(f"{each.policy.pk} {each.premium_change}" for each in draft.all_along)


def signed(draft: Draft) -> str:
    """+120.99, −504.11, 0.00."""
    return f"{'+' if draft.premium_change > 0 else ''}{dollars(draft.premium_change)}"


def _digest(figures: str, form: RecordForm) -> str:
    sent = sorted((name, str(value)) for name, value in form.cleaned_data.items() if name not in NOT_SEEN)
    return salted_hmac("policies.admin.previewed", f"{figures} {sent}", algorithm="sha256").hexdigest()
