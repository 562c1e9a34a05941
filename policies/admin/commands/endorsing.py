"""Endorsing, and the second person's word on it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from policies import services
from policies.admin.commands.previewed import Previewed, figures_along, of_draft, signed
from policies.admin.forms import DeclineForm, EndorseForm
from policies.models import EndorsementRequest, Policy
from policies.models.values import restored
from policies.reading import coverages_of, older, principal_of, words_of_renewal
from policies.rules import Endorsement, field_of, label_of
from policies.services.endorsing import ENDORSABLE, unsaid_clashes
from policies.terms import FieldClash
from vanguard.accounts.models import User
from vanguard.errors import Invalid
from vanguard.money import dollars
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown as in_words
from vanguard.workbench.dates import full_instant
from vanguard.workbench.forms import PreviewedForm, RecordForm


class Endorse(Previewed):
    name, permission = "endorse", "policies.endorse_policy"
    form_class = EndorseForm
    template = "policies/commands/endorse.html"

    def offered(self, actor: User, record: Policy) -> bool:
        return record.current_status == Policy.Status.ACTIVE

    def label(self, actor: User, record: Policy) -> str:
        return "Endorse…"

    def title(self, actor: User, record: Policy) -> str:
        return f"Endorse {record}"

    def submit(self, actor: User, record: Policy) -> str:
        return "Show what it costs"

    def initial(self, actor: User, record: Policy) -> dict[str, Any]:
        return {name: getattr(record, name) for name in ENDORSABLE}

    def prepare(self, actor: User, record: Policy, form: RecordForm) -> None:
        if isinstance(form, EndorseForm) and record.product_version_id:
            names, own, principal = coverages_of(record), record.own_covers, principal_of(record)
            form.ask_covers(own, names, {code: name for code, name in names.items() if code not in own and code != principal})

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "Only what you change changes, from the moment on that you name; before it everything stays."}

    def figures(self, actor: User, record: Policy, form: PreviewedForm) -> tuple[str, dict[str, Any]]:
        asked = _asked(form)
        draft = services.draft_endorsement(actor, record, asked)
        if isinstance(form, EndorseForm) and draft.rated is not None:
            asked = _at_rates(form, asked, draft.rated)
            draft = services.draft_endorsement(actor, record, asked)
        if older(draft.behind) and isinstance(form, EndorseForm):
            form.ask_to_carry(draft.renewal)
        clashes = [_clash(each) for each in unsaid_clashes(draft, asked)]
        kept = [_clash(each) | {"keep": asked.keep[field_of(each.field)]} for each in draft.clashes if not clashes]
        words = "Ask for the approval" if draft.waits else f"Endorse, {signed(draft)}"
        return f"{draft.premium_change} {draft.waits} {sorted(asked.keep.items())} {figures_along(draft)}", of_draft(draft) | {
            "submit": "Go on with what I chose" if clashes else words,
            "on_rates": form.cleaned_data["premium_amount"] == draft.rated,
            "clashes": clashes,
            "kept": kept,
        }

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        return services.endorse_policy(actor, record.pk, _asked(form), version=form.cleaned_data["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        if fresh and fresh.booked_versions == record.booked_versions:
            return f"Asked for: another underwriter has to approve the endorsement of {record}."
        return f"{record} is endorsed. {words_of_renewal(fresh) if fresh else ''}".strip()


def _asked(form: RecordForm) -> Endorsement:
    sent = form.cleaned_data
    # Where somebody else's value was chosen over the own one, the own one is not sent.
    changed = [name for name in ENDORSABLE if name in form.changed_data and form.data.get(f"keep_{name}") != "theirs"]
    keep = {key.removeprefix("keep_"): value for key, value in form.data.items() if key.startswith("keep_") and value in ("this", "later")}
    return Endorsement(
        terms={name: sent[name] for name in changed},
        factors={sent["factor_name"]: sent["factor"]} if sent["factor_name"] else {},
        effective_at=sent["effective_date"],
        reason=sent["reason"],
        keep=keep,
        no_known_loss=sent["no_known_loss"],
        covers=form.covers() if isinstance(form, EndorseForm) else {},
        carry_to_renewal=sent["carry_to_renewal"],
    )


def _at_rates(form: EndorseForm, asked: Endorsement, rated: Decimal) -> Endorsement:
    """With the premium that the rates come to, unless another one was typed. Raises Invalid for one that nobody gives a reason for."""
    premium = form.cleaned_data["premium_amount"]
    if premium == rated:
        return asked
    if form.premium_is_ours:
        form.propose(rated)
        return replace(asked, terms={**asked.terms, "premium_amount": rated})
    if not asked.reason.strip():
        message = f"At the product’s rates a whole term comes to {dollars(rated)}. Say why the premium is another one."
        raise Invalid(message, code="off_rates", field="reason")
    return asked


def _clash(clash: FieldClash) -> dict[str, Any]:
    return {
        "field": field_of(clash.field),
        "label": label_of(clash.field),
        "version": clash.number,
        "effective_at": clash.effective_at,
        "later": in_words(clash.later),
        "this": in_words(clash.this),
    }


def waiting(record: Policy) -> EndorsementRequest | None:
    """What waits for a second person."""
    return next((each for each in record.endorsement_requests.all() if each.outcome == EndorsementRequest.Outcome.WAITING), None)


class ApproveEndorsement(Command[Policy]):
    name, permission = "approve", "policies.approve_endorsement"

    def offered(self, actor: User, record: Policy) -> bool:
        return waiting(record) is not None

    def why_not(self, actor: User, record: Policy) -> str:
        request = waiting(record)
        mine = request is not None and request.requested_by_id == actor.pk
        return "You asked for it yourself; another underwriter approves it." if mine else ""

    def label(self, actor: User, record: Policy) -> str:
        request = waiting(record)
        return f"Approve {request.kind if request else 'endorsement'}…"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        request = waiting(record)
        if request is None:
            return {"intro": ""}
        again = ["in force again"] if request.kind == EndorsementRequest.Kind.REINSTATEMENT else []
        terms = [f"{label_of(name).lower()} {in_words(value)}" for name, value in restored(request.terms).items()]
        factors = [f"factor {name} {value}" for name, value in request.factors.items()]
        if request.kind == EndorsementRequest.Kind.CORRECTION:
            return {
                "intro": f"{', '.join(terms).capitalize()}, for the whole term: more of the past would be covered. "
                f"The insured’s statement: {request.statement}"
            }
        return {
            "intro": f"{', '.join(again + terms + factors).capitalize()} from {full_instant(request.effective_at)} on, "
            f"before a loss that is known. The insured’s statement: {request.statement}"
        }

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        return services.approve_endorsement(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        return f"{record} is changed as it was asked for."


class DeclineEndorsement(Command[Policy]):
    name, permission, lead = "decline", "policies.endorse_policy", False
    form_class = DeclineForm

    def offered(self, actor: User, record: Policy) -> bool:
        return waiting(record) is not None

    def label(self, actor: User, record: Policy) -> str:
        request = waiting(record)
        return f"Decline {request.kind if request else 'endorsement'}…"

    def page(self, actor: User, record: Policy) -> dict[str, str]:
        return {"intro": "Nothing of it is booked. Who asked for it can ask again."}

    def run(self, actor: User, record: Policy, form: RecordForm) -> Policy:
        sent = form.cleaned_data
        return services.decline_endorsement(actor, record.pk, reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Policy, fresh: Policy | None) -> str:
        request = waiting(record)
        return f"The {request.kind if request else 'endorsement'} of {record} is declined."
